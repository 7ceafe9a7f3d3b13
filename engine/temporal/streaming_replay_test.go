package temporal_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// streamHistories has a flow, and the histories of all workflows of a run of it.
const streamHistories = histories + "/streams"

// streamFlows returns the workflows of that flow, with small bounds, and its cards.
func streamFlows(t *testing.T) (*temporal.Workflows, card.Set) {
	t.Helper()
	people := crowd{pages: 3, size: 6}
	cards := people.cards()
	plan := flowIn(t, streamHistories+"/flow.yaml", cards)
	return temporal.Workflows{
		Cards: cards, Plan: func(temporal.Origin) (*engine.Plan, error) { return plan, nil },
		Watch: func(func() time.Time) temporal.Watch { return &tallying{} },
	}.Small(4, 5, 2), cards
}

// A worker with new code must go on with streams and chunks that an older one began.
func TestHistoriesOfEarlierStreamsAreReplayed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(streamHistories + "/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d histories: %v", len(files), err)
	}
	flows, _ := streamFlows(t)
	kinds := map[string]int{}
	for _, file := range files {
		recorded, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer recorded.Close()
		h, err := client.HistoryFromJSON(recorded, client.HistoryJSONOptions{})
		if err != nil {
			t.Fatal(err)
		}
		started := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
		kinds[started.GetWorkflowType().GetName()]++
		replaysAs(t, flows, client.Options{}, started.GetWorkflowId(), h)
	}
	if kinds[temporal.RunWorkflow] != 1 || kinds[temporal.StreamWorkflow] < 3 || kinds[temporal.ChunkWorkflow] < 4 {
		t.Errorf("the histories are of %v", kinds)
	}
}

func TestHistoriesOfStreamsAreRecorded(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{})
	if os.Getenv("UPDATE") == "" {
		t.Skip("UPDATE is not set: the histories of earlier code stay")
	}
	flows, cards := streamFlows(t)
	ended, id := onWorker(t, c, flows, cards, engine.Start{Run: "r-" + rand.Text()}, nil)
	old, _ := filepath.Glob(streamHistories + "/*.json")
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	for i, of := range historiesOf(t, c, id, ended) {
		data, err := protojson.Marshal(historyOf(t, c, of))
		if err == nil {
			err = os.WriteFile(fmt.Sprintf("%s/%02d.json", streamHistories, i), append(data, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
