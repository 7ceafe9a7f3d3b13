package temporal

import (
	"context"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/flowdeck/flowdeck/engine/card"
)

// unasked is a server at which no worker asks for tasks.
type unasked struct{ client.Client }

func (unasked) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, serviceerror.NewFailedPrecondition("no poller seen for task queue recently, worker may be down")
}

func TestTheStateOfARunWithoutAWorker(t *testing.T) {
	t.Parallel()
	c := &Client{sdk: unasked{}, address: "temporal.example.com:7233"}
	if _, err := c.State(t.Context(), "r1"); card.AsError(err).Kind != card.Timeout {
		t.Errorf("got %v, which is not that no worker answers", err)
	}
}
