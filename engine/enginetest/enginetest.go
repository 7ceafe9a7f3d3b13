// Package enginetest is what every engine.Runtime must do, as tests, and the fake cards that they use.
//
// It knows the interpreter and no Runtime: each Runtime's own test hands it a Host.
package enginetest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

// A Host runs body in virtual time, on a fresh Runtime that offers the cards; cancel cancels the run.
// All that body starts must have ended when the Host returns.
type Host func(t *testing.T, cards card.Set, listen func(engine.Event), body func(t *testing.T, rt engine.Runtime, cancel func()))

// Run holds a Runtime to what is expected of every Runtime.
func Run(t *testing.T, host Host) {
	for _, suite := range []map[string]func(*testing.T, Host){streams, forks, limits, budgets, retries, endings, verbs, dryRuns, cancels, events} {
		for name, test := range suite {
			t.Run(name, func(t *testing.T) { test(t, host) })
		}
	}
}

// world is what the fake cards did.
type world struct {
	mu       sync.Mutex
	log      []string // "begin 3", "end 3", "page 2", in the order in which it happened
	inFlight int
	peak     int
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// count counts the log's lines that begin with word.
func (w *world) count(word string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.log {
		if len(l) >= len(word) && l[:len(word)] == word {
			n++
		}
	}
	return n
}

type numberInput struct {
	N int `json:"n"`
}

type listInput struct {
	Count int `json:"count"` // how many records there are
	Size  int `json:"size"`  // records a page
}

// number is a record of fake.number.list.
type number struct {
	ID string `json:"id"`
	N  int    `json:"n"`
}

// lists is fake.number.list: the numbers from 0, page by page. An empty page follows each full one, as
// Okta's lists may have. page is called with each page's index before it is answered; nil does nothing.
func (w *world) lists(page func(context.Context, int) error) card.Card {
	return card.NewList(card.Spec{Name: "fake.number.list", Effect: card.Reads, Key: "id"},
		func(ctx context.Context, _ card.Call, in listInput, at card.Cursor) ([]number, card.Cursor, error) {
			n, _ := strconv.Atoi(string(at))
			w.note("page %d", n)
			if page != nil {
				if err := page(ctx, n); err != nil {
					return nil, "", err
				}
			}
			var items []number
			if n%2 == 0 {
				first := n / 2 * in.Size
				for i := first; i < min(first+in.Size, in.Count); i++ {
					items = append(items, number{ID: fmt.Sprintf("n%d", i), N: i})
				}
				if first+in.Size >= in.Count {
					return items, "", nil
				}
			}
			return items, card.Cursor(strconv.Itoa(n + 1)), nil
		})
}

// does is a card that calls do, and notes when it begins and ends.
func (w *world) does(name string, effect card.Effect, do func(ctx context.Context, call card.Call, n int) error) card.Card {
	return cardtest.Fake(name, effect, func(ctx context.Context, call card.Call, in numberInput) (numberInput, error) {
		w.note("begin %d", in.N)
		w.mu.Lock()
		w.inFlight++
		w.peak = max(w.peak, w.inFlight)
		w.mu.Unlock()
		defer func() {
			w.mu.Lock()
			w.inFlight--
			w.mu.Unlock()
			w.note("end %d", in.N)
		}()
		return in, do(ctx, call, in.N)
	})
}

// read is a stream's reader over fake.number.list, without retries.
func read(count, size int) func(engine.Runtime, card.Cursor) (engine.Batch, error) {
	index, number := 0, 0
	return func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
		page, err := rt.Page(engine.Call{Place: list, Attempt: 1, Card: "fake.number.list",
			In: map[string]any{"count": count, "size": size}}, at)
		batch := engine.Batch{Next: page.Next}
		for _, item := range page.Items {
			place := list.Record(number, fmt.Sprint("n", index), 0)
			batch.Records = append(batch.Records, engine.Record{Place: place, Index: index, Value: item})
			index++
		}
		number++
		return batch, err
	}
}

// list is the place of the stream of a test.
var list = engine.Place{}.Step("list")

// call is a stream's body: it calls a card with the record's number.
func call(name string) func(engine.Runtime, engine.Record) (engine.Outcome, error) {
	return func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
		n := r.Value.(map[string]any)["n"]
		_, err := rt.Call(engine.Call{Place: r.Place.Step("call"), Attempt: 1, Card: name, In: map[string]any{"n": n}})
		return engine.Outcome{Status: engine.Succeeded}, err
	}
}

func sleeps(d time.Duration) func(context.Context, card.Call, int) error {
	return func(context.Context, card.Call, int) error {
		time.Sleep(d)
		return nil
	}
}

// is compares what was counted.
func is(t, want engine.Tally) bool {
	return t.Read == want.Read && t.OK == want.OK && t.Skipped == want.Skipped && t.Failed == want.Failed && t.WithErrors == want.WithErrors
}

func plain(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
