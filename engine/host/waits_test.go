package host

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAWaitAfterARefusalForARateLimitIsCountedOnce(t *testing.T) {
	t.Parallel()
	limited, down := &card.Error{Kind: card.RateLimit, Message: "429"}, &card.Error{Kind: card.Unavailable, Message: "503"}
	retrying := func(name string, err error) engine.Event {
		return engine.Event{Kind: engine.Retrying, Place: place(name), Card: name, Err: err}
	}
	waited := func(name string, err error) engine.Event {
		return engine.Event{Kind: engine.Waited, Place: place(name), Card: name, Err: err}
	}
	for name, test := range map[string]struct {
		events map[int]engine.Event           // by second
		door   func(second int) time.Duration // the waits that the connection counts
		want   map[string]int                 // seconds by name; "" is the total
	}{
		"one call":      {events: map[int]engine.Event{2: retrying("a", limited), 9: waited("a", limited)}, want: map[string]int{"": 7, "a": 7}},
		"another error": {events: map[int]engine.Event{2: retrying("a", down), 9: waited("a", down)}, want: map[string]int{"": 0}},
		"twice the same": {
			events: map[int]engine.Event{2: retrying("a", limited), 5: waited("a", limited), 6: retrying("a", limited), 8: waited("a", limited)},
			want:   map[string]int{"": 5, "a": 5},
		},
		"two calls at a time": {
			events: map[int]engine.Event{2: retrying("a", limited), 4: retrying("b", limited), 6: waited("a", limited), 9: waited("b", limited)},
			want:   map[string]int{"": 7, "a": 4, "b": 5},
		},
		"another request waits at the same time": {
			events: map[int]engine.Event{2: retrying("a", limited), 9: waited("a", limited)},
			door:   func(s int) time.Duration { return time.Duration(min(max(s-5, 0), 10)) * time.Second }, // from 5 to 15
			want:   map[string]int{"": 13, "a": 7, "users": 10},
		},
	} {
		second := 0
		start := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		connections := func() Waits {
			w := Waits{ByLimit: map[string]time.Duration{}}
			if test.door != nil {
				w.Total = test.door(second)
				w.ByLimit["users"] = w.Total
			}
			return w
		}
		w := NewWatch(func() time.Time { return start.Add(time.Duration(second) * time.Second) }, nil)
		w.waited = connections
		for ; second < 20; second++ {
			if e, ok := test.events[second]; ok {
				w.See(e)
			}
		}
		all := connections().and(w.refused)
		got := map[string]int{"": int(all.Total / time.Second)}
		for name, d := range all.ByLimit {
			got[name] = int(d / time.Second)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
