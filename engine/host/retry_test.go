package host_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

func TestARetryOfARunThatWasRemovedDoesNotStart(t *testing.T) {
	t.Parallel()
	w, checked, conns := prepare(t, workspace(t, map[string]string{"plain.yaml": "flow: plain\nsteps: [{return: 1}]\n"}), "plain")
	_, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Start: engine.Start{Repeats: "removed"}})
	if usage := (*host.UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), "run removed, which is repeated, was removed") {
		t.Errorf("got %v", err)
	}
	if runs, err := w.Runs(t.Context(), store.Filter{}); err != nil || len(runs) > 0 {
		t.Errorf("got %v, %v; want no run", runs, err)
	}
}
