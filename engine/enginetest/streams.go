package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var streams = map[string]func(*testing.T, Host){
	"a stream begins every record once, in the order of the list": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(0)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(10, 3), call("fake.do"))
			if err != nil || !is(tally, engine.Tally{Read: 10, OK: 10}) {
				t.Fatalf("got %+v, %s", tally, plain(err))
			}
		})
		var begun []string
		for _, line := range w.log {
			if line[:5] == "begin" {
				begun = append(begun, line)
			}
		}
		var want []string
		for i := range 10 {
			want = append(want, fmt.Sprintf("begin %d", i))
		}
		if !slices.Equal(begun, want) {
			t.Errorf("got %v", begun)
		}
	},

	"an empty list is a stream of nothing": func(t *testing.T, host Host) {
		w := &world{}
		host(t, card.NewSet(w.lists(nil)), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 4}, read(0, 3), call("fake.do"))
			if err != nil || !is(tally, engine.Tally{}) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		})
	},

	"as many records as the window is wide are in flight, and no more": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			if _, err := rt.Stream(engine.Window{Place: list, Width: 5}, read(40, 3), call("fake.do")); err != nil {
				t.Fatal(err)
			}
			if took := rt.Now().Sub(begin); took != 8*time.Second {
				t.Errorf("40 records of 1s, 5 at a time, took %v; want 8s", took)
			}
		})
		if w.peak != 5 {
			t.Errorf("%d were in flight at most, want 5", w.peak)
		}
	},

	"the end of a page holds nobody up": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, func(_ context.Context, _ card.Call, n int) error {
			if n == 0 {
				time.Sleep(time.Hour)
			}
			return nil
		}))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			if _, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(30, 3), call("fake.do")); err != nil {
				t.Fatal(err)
			}
		})
		if last := w.log[len(w.log)-1]; last != "end 0" {
			t.Errorf("the slow record of the first page must be the last to end; it was %q", last)
		}
	},

	"at most one page is read ahead": func(t *testing.T, host Host) {
		w := &world{}
		ahead := 0
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, func(_ context.Context, _ card.Call, n int) error {
			time.Sleep(time.Minute) // long enough for a reader that does not wait to run away
			if n == 0 {
				ahead = w.count("page")
			}
			return nil
		}))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			if _, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(30, 5), call("fake.do")); err != nil {
				t.Fatal(err)
			}
		})
		// The page in work, and the (empty) one ahead.
		if ahead != 2 {
			t.Errorf("%d pages had been read while the first record of the first was in work, want 2", ahead)
		}
	},

	"max begins so many records and no more": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 4, Max: 7}, read(100, 3), call("fake.do"))
			if err != nil || !is(tally, engine.Tally{Read: 7, OK: 7}) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		})
		if n := w.count("page"); n > 6 {
			t.Errorf("%d pages were read for 7 records in pages of 3", n)
		}
	},

	"when stop says so no new record begins and those in flight finish": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, func(_ context.Context, _ card.Call, n int) error {
			time.Sleep(time.Duration(1+n%4) * time.Second)
			if n == 4 {
				return &card.Error{Kind: card.NotFound, Message: "no 4"}
			}
			return nil
		}))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			w4 := engine.Window{Place: list, Width: 4, Stop: func(t engine.Tally) bool { return t.Failed > 0 }}
			tally, err := rt.Stream(w4, read(100, 10), call("fake.do"))
			// 0…3 begin at 0s; 4 takes the place of 0 at 1s and fails at 2s, when 1 ends and 5 may have begun.
			if err != nil || tally.Failed != 1 || tally.Read != tally.OK+1 || tally.Read > 6 || tally.First == nil || tally.First.Index != 4 {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		})
		if begun, ended := w.count("begin"), w.count("end"); begun != ended {
			t.Errorf("%d began and %d ended", begun, ended)
		}
	},

	"the first failure is the one that stands first in the list": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, func(_ context.Context, _ card.Call, n int) error {
			time.Sleep(time.Duration(10-n) * time.Second) // the later in the list, the earlier it fails
			return &card.Error{Kind: card.Conflict, Message: fmt.Sprint("failed ", n)}
		}))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 5}, read(5, 5), call("fake.do"))
			if err != nil || tally.Failed != 5 || tally.First.Index != 0 || plain(tally.First.Err) != "failed 0" {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		})
	},

	"an error of a page comes after the records before it are done": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(
			w.lists(func(_ context.Context, page int) error {
				if page == 4 {
					return &card.Error{Kind: card.Unavailable, Message: "page 4 is gone"}
				}
				return nil
			}),
			w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(30, 3), call("fake.do"))
			e := (*card.Error)(nil)
			if !errors.As(err, &e) || e.Kind != card.Unavailable || !is(tally, engine.Tally{Read: 6, OK: 6}) {
				t.Errorf("got %+v, %s; want the 6 records of the pages before, and the error", tally, plain(err))
			}
		})
	},

	"a panic of a card is an error of kind internal": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.does("fake.do", card.Idempotent, func(context.Context, card.Call, int) error { panic("oops") }))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			_, err := rt.Call(engine.Call{Place: spot, Attempt: 1, Card: "fake.do", In: map[string]any{"n": 1}})
			e := (*card.Error)(nil)
			if !errors.As(err, &e) || e.Kind != card.Internal {
				t.Errorf("got %s", plain(err))
			}
		})
	},

	"errors of cards keep all that they say": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.does("fake.do", card.Idempotent, func(context.Context, card.Call, int) error {
			return &card.Error{Kind: card.Forbidden, Code: "E0000006", Status: 403, Message: "no", Hint: "ask", Wait: time.Second}
		}))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			_, err := rt.Call(engine.Call{Place: spot, Attempt: 1, Card: "fake.do", In: map[string]any{"n": 1}})
			e := (*card.Error)(nil)
			if !errors.As(err, &e) || e.Kind != card.Forbidden || e.Code != "E0000006" || e.Status != 403 || e.Hint != "ask" || e.Wait != time.Second {
				t.Errorf("got %#v", err)
			}
		})
	},
}
