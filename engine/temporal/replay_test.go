package temporal_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// histories has, for each flow, the history of a run of it on a server. They are recorded again by UPDATE=1 make temporal-test: see
// docs/decisions/106 before you do so.
const histories = "testdata/histories"

// A worker with new code must go on with runs that an older one began.
func TestHistoriesOfEarlierRunsAreReplayed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(histories + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no histories: %v", err)
	}
	cards := generated.Cards()
	for _, file := range files {
		recorded, err := os.Open(strings.TrimSuffix(file, ".yaml") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		defer recorded.Close()
		h, err := client.HistoryFromJSON(recorded, client.HistoryJSONOptions{})
		if err != nil {
			t.Fatal(err)
		}
		replays(t, flowIn(t, file, cards), cards, h)
	}
}

// Whatever a flow does, its workflow is deterministic.
func TestGeneratedFlowsAreReplayed(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{})
	cards := generated.Cards()
	for i := range 100 {
		text := generated.Text(fmt.Appendf(nil, "seed %d", i))
		if plan := generated.Plan(text, cards); plan != nil {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				h := record(t, c, 3*time.Second, plan, cards)
				t.Logf("%d events", len(h.Events))
				if replays(t, plan, cards, h); t.Failed() {
					t.Log(text)
				}
			})
		}
	}
}

func TestHistoriesAreRecorded(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{})
	if os.Getenv("UPDATE") == "" {
		t.Skip("UPDATE is not set: the histories of earlier code stay")
	}
	files, _ := filepath.Glob(histories + "/*.yaml")
	cards := generated.Cards()
	for _, file := range files {
		data, err := protojson.Marshal(record(t, c, time.Minute, flowIn(t, file, cards), cards))
		if err == nil {
			err = os.WriteFile(strings.TrimSuffix(file, ".yaml")+".json", append(data, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func flowIn(t *testing.T, file string, cards card.Set) *engine.Plan {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plan := generated.Plan(string(text), cards)
	if plan == nil {
		t.Fatalf("%s is not accepted", file)
	}
	return plan
}

// result is that of a workflow.
type result struct {
	Out engine.Outcome
	Err engine.ErrorJSON
}

// workflowOf returns the workflow of a flow. It counts the events of its steps.
func workflowOf(plan *engine.Plan, cards card.Set, events *atomic.Int64) func(workflow.Context) (result, error) {
	return func(ctx workflow.Context) (result, error) {
		rt, err := temporal.New(ctx, temporal.Config{
			Run: "r1", Cards: cards, Keep: true, Listen: func(engine.Event) { events.Add(1) },
		})
		if err != nil {
			return result{}, err
		}
		out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
		return result{out, engine.ErrorJSON{Err: err}}, nil
	}
}

// replays replays a history, which must do the same, and emit nothing.
func replays(t *testing.T, plan *engine.Plan, cards card.Set, h *history.History) {
	t.Helper()
	var events atomic.Int64
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: options().Interceptors})
	if err != nil {
		t.Fatal(err)
	}
	replayer.RegisterWorkflowWithOptions(workflowOf(plan, cards, &events), workflow.RegisterOptions{Name: "flow"})
	id := h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
	err = replayer.ReplayWorkflowHistoryWithOptions(silent{}, h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}})
	if err != nil || events.Load() > 0 {
		t.Errorf("%d events in the history, and %d of steps: %v", len(h.Events), events.Load(), err)
	}
}

// record runs a flow on a server, cancels it after some time, and returns its history.
func record(t *testing.T, c client.Client, most time.Duration, plan *engine.Plan, cards card.Set) *history.History {
	t.Helper()
	queue := "test-" + rand.Text()
	var started starts
	var events atomic.Int64
	w := worker.New(c, queue, options())
	w.RegisterWorkflowWithOptions(workflowOf(plan, cards, &events), workflow.RegisterOptions{Name: "flow"})
	w.RegisterWorkflowWithOptions(started.child, workflow.RegisterOptions{Name: temporal.RunWorkflow})
	activities := &temporal.Activities{
		Open: func(context.Context, string, string) (local.Config, error) {
			return local.Config{
				Cards: cards, Connections: generated.Connections(), Keeper: keeper{}, Start: func(string, engine.Start) error { return nil },
			}, nil
		},
		Ask: func(ctx context.Context, _ string, at engine.Place, _ engine.Approval) error {
			return decide(ctx, c, queue, at, engine.Decision{Approved: len(at.ID())%2 == 0, By: "grace"})
		},
	}
	activities.Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	ctx := context.Background()
	run, err := c.ExecuteWorkflow(ctx, startOf(queue), "flow")
	if err != nil {
		t.Fatal(err)
	}
	// Some flows wait for hours. What they do until they are ended is replayed, too.
	defer time.AfterFunc(most, func() { _ = c.CancelWorkflow(ctx, queue, "") }).Stop()
	defer time.AfterFunc(2*most, func() { _ = c.TerminateWorkflow(ctx, queue, "", "it waits for too long") }).Stop()
	if ended := (*sdk.TerminatedError)(nil); !errors.As(run.Get(ctx, nil), &ended) {
		err = run.Get(ctx, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := &history.History{}
	for events := c.GetWorkflowHistory(ctx, queue, run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		all.Events = append(all.Events, e)
	}
	return all
}

// keeper keeps snapshots in memory, and results nowhere.
type keeper struct{}

func (keeper) Results(engine.Place) (engine.Results, error)   { return keeper{}, nil }
func (keeper) Snapshot(engine.Place) (engine.Snapshot, error) { return &snapshot{}, nil }

func (keeper) Add(engine.Record, engine.Outcome, error) error { return nil }
func (keeper) Close() (string, error)                         { return "results", nil }

type snapshot struct{ records []engine.Record }

func (s *snapshot) Write(records []engine.Record) error {
	s.records = append(s.records, records...)
	return nil
}

func (s *snapshot) Read() (records []engine.Record, err error) {
	records, s.records = s.records, nil
	return records, nil
}

func (*snapshot) Complete() (int, bool) { return 0, false }

func (*snapshot) Leave(bool) {}
