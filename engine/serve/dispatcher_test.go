package serve

import (
	"fmt"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// After the end of a run, the dispatcher starts what it read before. What has become of it since then counts.
func TestWhatWasReadBeforeStartsNothingThatIsGone(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil, map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo})
	now := time.Now()
	for i := range 3 {
		s.submit(store.Occasion{Flow: "echo", Trigger: "test", Key: fmt.Sprint(i), At: now, Inputs: map[string]any{"n": i}})
	}
	d := &dispatcher{Server: s.Server, park: t.Context(), abort: t.Context(), freed: make(chan struct{}, 1)}
	var err error
	if d.left, err = s.history.Turns(t.Context(), atOnce); err != nil || len(d.left) != 3 {
		t.Fatalf("got %v, %v", d.left, err)
	}
	read := d.left
	if err := s.history.Drop(t.Context(), nil, read[1].ID, "a person removed it"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time all are gone
		if err := d.dispatch(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		s.runs.wait()
	}
	if len(d.left) != 0 {
		t.Errorf("%v is left", d.left)
	}
	runs, err := s.Workspace.Runs(t.Context(), store.Filter{Flow: "echo"})
	if err != nil || len(runs) != 2 {
		t.Errorf("got %d runs, %v; want those of the occasions that wait", len(runs), err)
	}
}
