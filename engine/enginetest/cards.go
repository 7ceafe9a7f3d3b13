package enginetest

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type numberInput struct {
	N int `json:"n"`
}

type listInput struct {
	Count int `json:"count"` // number of records
	Size  int `json:"size"`  // number of records on a page
}

// number is a record of fake.number.list.
type number struct {
	ID string `json:"id"`
	N  int    `json:"n"`
}

// lists returns fake.number.list: the numbers from 0, page by page. An empty page follows each full one, as in some
// lists of Okta. page is called with each page's index before the page is returned; nil does nothing.
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

// doing is the work of a card for a number.
type doing func(ctx context.Context, n int) error

// does returns a card that logs "start n", does its work, and logs "end n"; "cut n" if its context ended it.
func (w *world) does(name string, effect card.Effect, do doing) card.Card {
	return cardtest.Fake(name, effect, func(ctx context.Context, _ card.Call, in numberInput) (numberInput, error) {
		w.happens(func() {
			w.log = append(w.log, fmt.Sprint("start ", in.N))
			w.inFlight++
			w.peak = max(w.peak, w.inFlight)
		})
		err := do(ctx, in.N)
		word := "end "
		if err != nil && ctx.Err() != nil {
			word = "cut "
		}
		w.happens(func() {
			w.log = append(w.log, fmt.Sprint(word, in.N))
			w.inFlight--
		})
		return in, err
	})
}

// fakeDo returns the card fake.do, a write that most tests call.
func (w *world) fakeDo(do doing) card.Card { return w.does("fake.do", card.Idempotent, do) }

func nothing(context.Context, int) error { return nil }

// takes is the work of a card that takes some time.
func (w *world) takes(units int) doing {
	return func(ctx context.Context, _ int) error {
		timer := time.NewTimer(w.units(units))
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// meets blocks each call until this number of calls were in flight at the same time.
func (w *world) meets(n int) doing {
	return func(ctx context.Context, _ int) error {
		return w.wait(ctx, fmt.Sprintf("%d calls in flight", n), func() bool { return w.peak >= n })
	}
}

// hangs blocks until its context ends.
func (w *world) hangs(ctx context.Context, n int) error {
	return w.wait(ctx, fmt.Sprintf("the end of the context of call %d", n), func() bool { return false })
}

// read returns a stream's reader over fake.number.list, without retries.
func read(count, size int) func(engine.Runtime, card.Cursor) (engine.Batch, error) {
	index, number := 0, 0
	return func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
		page, err := rt.Page(engine.Invocation{Place: list, Attempt: 1, Card: "fake.number.list",
			In: map[string]any{"count": count, "size": size}}, at)
		batch := engine.Batch{Items: len(page.Items), Next: page.Next}
		for _, item := range page.Items {
			place := list.Record(number, fmt.Sprint("n", index), 0)
			batch.Records = append(batch.Records, engine.Record{Place: place, Index: index, Value: item})
			index++
		}
		number++
		return batch, err
	}
}

// list is the place of the stream in a test.
var list = engine.Place{}.Step("list")

// call returns a stream's body that calls a card with the record's number.
func call(name string) func(engine.Runtime, engine.Record) (engine.Outcome, error) {
	return func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
		_, err := rt.Call(callAt(r.Place, name, r.Index))
		return engine.Outcome{Status: engine.Succeeded}, err
	}
}

// spot is a place for tests in which the place does not matter.
var spot = engine.Place{}.Step("spot")

// do calls fake.do with a number.
func do(rt engine.Runtime, n int) error {
	_, err := rt.Call(callAt(spot, "fake.do", n))
	return err
}

// callAt returns the first attempt of a call of a card with a number.
func callAt(around engine.Place, name string, n int) engine.Invocation {
	return engine.Invocation{Place: around.Step(fmt.Sprint("do", n)), Attempt: 1, Card: name, In: map[string]any{"n": n}}
}
