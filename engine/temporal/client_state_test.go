package temporal

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
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
	said := ""
	c := &Client{sdk: unasked{}, address: "temporal.example.com:7233", stuck: func(context.Context, string) string { return said }}
	if _, err := c.State(t.Context(), "r1"); card.AsError(err).Kind != card.Timeout || card.AsError(err).Code != "" {
		t.Errorf("got %v, which is not that no worker answers", err)
	}
	said = "the flow cannot run on this worker"
	if _, err := c.State(t.Context(), "r1"); card.AsError(err).Kind != card.Timeout || card.AsError(err).Code != CodeStuck || card.AsError(err).Message != said {
		t.Errorf("got %v, and a worker has said why", err)
	}
}

func TestTheLogSaysThatARunWaitsForAWorkerThatCanRunItsFlow(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := warnings{slog.New(slog.NewTextHandler(&log, nil))}
	w.Error("Workflow panic", "Error", errors.New("panic: "+cannotPlan+"no connection okta"), stack, "goroutine 1")
	if text := log.String(); !strings.Contains(text, "a run waits for another worker") || !strings.Contains(text, "no connection okta") || strings.Contains(text, "goroutine") {
		t.Errorf("got %s", text)
	}
	log.Reset()
	w.Error("Workflow panic", "Error", errors.New("index out of range"), stack, "goroutine 1")
	if text := log.String(); !strings.Contains(text, "goroutine 1") {
		t.Errorf("of a fault of the program: %s", text)
	}
}
