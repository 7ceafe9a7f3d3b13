package host_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

func TestADecisionAboutAllRecordsLeavesEarlierOnes(t *testing.T) {
	t.Parallel()
	w, err := host.Open(workspace(t, nil), host.Config{Cards: cards.All()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	l, err := history.Create(t.Context(), store.Run{ID: "r1", Flow: "f"})
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range []string{"a", "b", "c"} {
		err = errors.Join(err, l.Begin(engine.Intent{Place: engine.Place{}.Step("s").Record(0, key, i).Step("w"), Card: "fake"}))
	}
	if err := errors.Join(err, l.Finish(engine.Failed, "", nil), l.Release()); err != nil {
		t.Fatal(err)
	}
	settle := func(want []string, decided ...host.Decision) {
		t.Helper()
		if ended, err := w.SettleEnded(t.Context(), "r1", decided); err != nil || !ended {
			t.Fatalf("got %v, %v", ended, err)
		}
		writes, err := history.Writes(t.Context(), "r1", store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range writes {
			if w.Settled != nil {
				got = append(got, fmt.Sprintf("%s=%v", w.Place, *w.Settled))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: got %v; want %v", decided, got, want)
		}
	}
	settle([]string{"s[a].w=true"}, host.Decision{Step: "s[a].w", Done: true})
	settle([]string{"s[a].w=true", "s[b].w=false", "s[c].w=false"}, host.Decision{Step: "s.w"})
	settle([]string{"s[a].w=true", "s[b].w=true", "s[c].w=false"}, host.Decision{Step: "s[b].w", Done: true})
	settle([]string{"s[a].w=false", "s[b].w=false", "s[c].w=false"}, host.Decision{Step: "s.w"})
}
