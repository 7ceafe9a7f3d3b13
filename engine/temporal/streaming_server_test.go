package temporal_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// recordsVariable is the number of records of the long stream.
const recordsVariable = "FLOWDECK_TEST_RECORDS"

// The histories of a stream stay short, however long its list is, and all of them can be replayed.
func TestALongStreamHasShortHistories(t *testing.T) {
	t.Parallel()
	data, failures := sealing()
	c := dial(t, client.Options{DataConverter: data, FailureConverter: failures})
	records := 2000
	if n, err := strconv.Atoi(os.Getenv(recordsVariable)); err == nil {
		records = n
	}
	var made atomic.Int64
	people := crowd{pages: records / 200, size: 200, bytes: 1000, does: func(string) { made.Add(1) }}
	cards := people.cards()
	plan := planOf(t, fmt.Sprintf(sweeping, "50", "allow: all"), cards)
	flows := &temporal.Workflows{
		Cards: cards, Plan: func(temporal.Origin) (*engine.Plan, error) { return plan, nil },
		Watch: func(func() time.Time) temporal.Watch { return &tallying{} },
	}
	ended, id := onWorker(t, c, flows, cards, engine.Start{Run: "r-" + rand.Text(), By: "ada"}, nil)
	tally, _ := ended.Outcome.Value.(map[string]any)
	if ended.Err.Err != nil || tally["read"] != records || tally["failed"] != records/10 || made.Load() != int64(records) {
		t.Errorf("got %v, %v, %d calls", ended.Outcome, ended.Err.Err, made.Load())
	}
	all := historiesOf(t, c, id, ended)
	most := struct {
		events int
		bytes  int64
	}{}
	news := 0
	for i, of := range all {
		info, err := c.DescribeWorkflowExecution(t.Context(), of.ID, of.RunID)
		if err != nil {
			t.Fatal(err)
		}
		most.events = max(most.events, int(info.WorkflowExecutionInfo.HistoryLength))
		most.bytes = max(most.bytes, info.WorkflowExecutionInfo.HistorySizeBytes)
		if info.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW {
			news++
		}
		if i < 40 {
			replaysAs(t, flows, client.Options{DataConverter: data, FailureConverter: failures}, of.ID, historyOf(t, c, of))
		}
	}
	t.Logf("%d records: %d histories, %d continued as new, at most %d events and %d bytes", records, len(all), news, most.events, most.bytes)
	if most.events > 5000 || most.bytes > 5<<20 {
		t.Error("a history is too long")
	}
}

// A chunk that somebody terminates fails the loop: nobody knows what its records have done, except from its history.
func TestAChunkThatIsTerminatedFailsItsLoop(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{})
	hold := make(chan struct{})
	people := crowd{pages: 3, size: 40, does: func(id string) {
		if id == "p50" {
			<-hold
		}
	}}
	cards := people.cards()
	plan := planOf(t, fmt.Sprintf(sweeping, "4", "allow: all"), cards)
	flows := &temporal.Workflows{Cards: cards, Plan: func(temporal.Origin) (*engine.Plan, error) { return plan, nil }}
	start := engine.Start{Run: "r-" + rand.Text()}
	stream := temporal.StreamID(start.Run, engine.Place{}.Step("people"))
	ended, _ := onWorker(t, c, flows, cards, start, func(string) {
		defer close(hold)
		for range time.Tick(50 * time.Millisecond) {
			var s temporal.State
			answer, err := c.QueryWorkflow(t.Context(), stream, "", temporal.StateQuery)
			if err == nil {
				err = answer.Get(&s)
			}
			if err == nil && len(s.Children) == 1 && s.Children[0].ID > temporal.ChunkID(stream, 3) {
				if err := c.TerminateWorkflow(t.Context(), s.Children[0].ID, "", "a test"); err != nil {
					t.Error(err)
				}
				return
			}
		}
	})
	if ended.Outcome.Status != engine.Failed || !strings.Contains(fmt.Sprint(ended.Err.Err), "ended without a result") {
		t.Errorf("got %s, %v", ended.Outcome.Status, ended.Err.Err)
	}
}

// onWorker runs a flow as a workflow of a worker of its own. during is called while it goes on.
func onWorker(
	t *testing.T, c client.Client, flows *temporal.Workflows, cards card.Set, start engine.Start, during func(id string),
) (ended temporal.Ended, id string) {
	t.Helper()
	id = start.Run
	o := temporal.Options()
	w := worker.New(c, id, o)
	flows.Register(w)
	activities := &temporal.Activities{Open: func(context.Context, string, string) (local.Config, error) {
		return local.Config{Cards: cards, Connections: generated.Connections()}, nil
	}}
	activities.Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	ctx := context.Background()
	run, err := c.ExecuteWorkflow(ctx, startOf(id), temporal.RunWorkflow, temporal.Job{Flow: "f", Start: start, Origin: temporal.Origin{Run: id, Flow: "f"}})
	if err == nil && during != nil {
		during(id)
	}
	if err == nil {
		err = run.Get(ctx, &ended)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ended, id
}

// historiesOf returns all workflows of a run that has ended: its own, and those of its streams and their chunks.
func historiesOf(t *testing.T, c client.Client, id string, ended temporal.Ended) (all []workflow.Execution) {
	t.Helper()
	all = append(all, workflow.Execution{ID: id})
	var add func(m temporal.Made)
	add = func(m temporal.Made) {
		for _, stream := range m.Streams {
			var done temporal.Streamed
			if err := c.GetWorkflow(t.Context(), stream.ID, "").Get(t.Context(), &done); err != nil {
				t.Fatal(err)
			}
			for of, more := (workflow.Execution{ID: stream.ID}), true; more; more = of.RunID != "" {
				all = append(all, of)
				events := c.GetWorkflowHistory(t.Context(), of.ID, of.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
				first, err := events.Next()
				if err != nil {
					t.Fatal(err)
				}
				of.RunID = first.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
			}
			for n := range done.Chunks {
				chunk := workflow.Execution{ID: temporal.ChunkID(stream.ID, n)}
				all = append(all, chunk)
				var did temporal.Chunked
				if err := c.GetWorkflow(t.Context(), chunk.ID, "").Get(t.Context(), &did); err != nil {
					t.Fatal(err)
				}
				add(did.Made)
			}
		}
	}
	add(ended.Made)
	return all
}

// historyOf returns the history of a workflow.
func historyOf(t *testing.T, c client.Client, of workflow.Execution) *history.History {
	t.Helper()
	all := &history.History{}
	for events := c.GetWorkflowHistory(t.Context(), of.ID, of.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		all.Events = append(all.Events, e)
	}
	return all
}

// replaysAs replays the history of one of the workflows.
func replaysAs(t *testing.T, flows *temporal.Workflows, o client.Options, id string, h *history.History) {
	t.Helper()
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: o.DataConverter, FailureConverter: o.FailureConverter})
	if err != nil {
		t.Fatal(err)
	}
	flows.Register(replayer)
	err = replayer.ReplayWorkflowHistoryWithOptions(silent{}, h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}})
	if err != nil {
		t.Errorf("%s, %d events: %v", id, len(h.Events), err)
	}
}
