package terminal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// silent is progress that prints nothing.
type silent struct{}

func (silent) See(engine.Event) {}
func (silent) Done()            {}

func refusedByLimit(wait time.Duration) engine.Event {
	return engine.Event{
		Kind: engine.Retrying, Place: place("sweep[a].card-1"), Card: "okta.user.suspend", Wait: wait,
		Err: &card.Error{Kind: card.RateLimit, Message: "API call exceeded rate limit"},
	}
}

func TestAWaitOnARateLimitIsShownWhileItLasts(t *testing.T) {
	t.Parallel()
	const users, groups = "GET /api/v1/users", "GET /api/v1/groups"
	start := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		live   bool
		events map[int]engine.Event                // by second
		waits  func(second int) map[string]float64 // the seconds of waiting up to this second
		want   map[int]string
	}{
		"none": {},
		"a window of a minute": {
			waits: func(s int) map[string]float64 { return map[string]float64{users: float64(min(max(s-10, 0), 50))} },
			want:  map[int]string{13: "waiting on rate limits for 3s: " + users, 43: "waiting on rate limits for 33s: " + users},
		},
		"two windows": {
			waits: func(s int) map[string]float64 {
				return map[string]float64{users: float64(min(s, 5) + min(max(s-30, 0), 4)), groups: float64(min(s, 5))}
			},
			want: map[int]string{3: "waiting on rate limits for 3s: " + groups + ", " + users, 33: "waiting on rate limits for 3s: " + users},
		},
		"two windows without a break": {
			events: map[int]engine.Event{29: ended("sweep[a].card-1", "card", "okta.user.suspend", engine.Succeeded, nil)},
			waits:  func(s int) map[string]float64 { return map[string]float64{users: float64(s)} },
			want:   map[int]string{3: "waiting on rate limits for 3s: " + users, 33: "waiting on rate limits for 4s: " + users},
		},
		"a little, again and again": {
			waits: func(s int) map[string]float64 { return map[string]float64{users: 0.3 * float64(s)} },
		},
		"after a refusal": {
			events: map[int]engine.Event{10: refusedByLimit(21 * time.Second), 12: refusedByLimit(41 * time.Second), 13: refusedByLimit(time.Second)},
			want:   map[int]string{13: "waiting on rate limits for 3s: okta.user.suspend", 43: "waiting on rate limits for 33s: okta.user.suspend"},
		},
		"another error": {
			events: map[int]engine.Event{10: {Kind: engine.Retrying, Wait: time.Minute, Err: &card.Error{Kind: card.Unavailable}}},
		},
		"on a terminal, next to a bar": {
			live: true, events: map[int]engine.Event{0: began("sweep", "stream", "okta.user.list"), 40: refusedByLimit(20 * time.Second)},
			waits: func(s int) map[string]float64 { return map[string]float64{users: float64(min(s, 30))} },
			want:  map[int]string{43: "waiting on rate limits for 3s: okta.user.suspend"},
		},
		"on a terminal, without a stream": {
			live: true, events: map[int]engine.Event{0: began("user", "card", "okta.user.get")},
			waits: func(s int) map[string]float64 { return map[string]float64{users: float64(s)} },
			want:  map[int]string{3: "waiting on rate limits for 3s: " + users, 33: "waiting on rate limits for 33s: " + users},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := paper(80)
			s.live = test.live
			second := 0
			waited := func() host.Waits {
				w := host.Waits{ByLimit: map[string]time.Duration{}}
				if test.waits == nil {
					return w
				}
				for name, seconds := range test.waits(second) {
					d := time.Duration(seconds * float64(time.Second))
					w.ByLimit[name] = d
					w.Total = max(w.Total, d)
				}
				return w
			}
			w := newWaiting(s, silent{}, waited, start)
			got := map[int]string{}
			for ; second < 60; second++ {
				now := start.Add(time.Duration(second) * time.Second)
				if line := w.line(now); line != "" {
					got[second] = line
				}
				if e, ok := test.events[second]; ok {
					w.note(e, now)
				}
			}
			want := test.want
			if want == nil {
				want = map[int]string{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitsEndWithTheProgress(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	w := showWaits(s, silent{}, func() host.Waits { return host.Waits{} })
	w.See(refusedByLimit(time.Minute))
	w.Done()
	w.Done()
	if out.Len() > 0 {
		t.Errorf("got %q", out)
	}
}
