package meter_test

import (
	"context"
	"testing"

	"github.com/flowdeck/flowdeck/engine/meter"
)

func TestTheWorkOfAContextIsCounted(t *testing.T) {
	t.Parallel()
	var one, other meter.Meter
	ctx := meter.With(t.Context(), &one)
	inner, cancel := context.WithCancel(ctx)
	cancel()
	meter.Made(inner, meter.Noticed)
	meter.Made(ctx, 3*meter.Noticed)
	meter.Made(ctx, meter.Noticed-1)
	meter.Made(meter.With(ctx, &other), 5*meter.Noticed)
	meter.Made(t.Context(), meter.Noticed)
	if one.Bytes() != 4*meter.Noticed || other.Bytes() != 5*meter.Noticed {
		t.Errorf("got %d and %d", one.Bytes(), other.Bytes())
	}
}
