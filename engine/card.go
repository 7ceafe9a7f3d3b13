package engine

import (
	"time"

	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Card calls a card.
type Card struct {
	leaf
	Card       card.Card
	Connection string // empty: the one of the card's service
	With       Template
	Retry      Retry
	Timeout    time.Duration     // of one attempt; 0 means none
	Result     Result            // list cards: how much of the list
	Max        int               // list cards: how many records All may find
	Check      func(Value) error // whether the inputs fit the card's schema; nil if they are all literal and were checked before
}

// Result is how much of a list a card step answers.
type Result string

const (
	First Result = "first" // a record, or nil
	Some  Result = "some"  // {items, truncated}: SomeItems at most, however the server pages
	All   Result = "all"   // a list, Max at most: one more is an error
)

// SomeItems is how many items `result: some` answers at most.
const SomeItems = 200

// DefaultMax is how many records `result: all` may find where the step does not say.
const DefaultMax = 10_000

func (c Card) run(f *frame, path string) (result, error) {
	call, err := c.call(f, path)
	if err != nil {
		return result{}, err
	}
	if c.Card.IsList() {
		v, err := c.items(f, call)
		return result{value: v}, err
	}
	var out Value
	target := c.Card
	target.Effect = target.EffectOf(call.In)
	tries, err := c.Retry.attempts(f, f.rt, path, target, func(rt Runtime, attempt int) error {
		call.Attempt = attempt
		return c.attempt(rt, func(rt Runtime) (err error) {
			out, err = rt.Call(call)
			return err
		})
	})
	if err != nil {
		return result{}, c.failure(path, tries, err)
	}
	if target.Effect != card.Reads && !f.dry() {
		f.rt.Emit(Event{Kind: Wrote, Path: path, Card: c.Card.Name, Changed: changed(out)})
	}
	return result{value: out}, nil
}

// changed is what a write's answer says; one that does not say has changed something.
func changed(out Value) bool {
	fields, _ := out.(map[string]any)
	changed, says := fields["changed"].(bool)
	return changed || !says
}

// attempt makes one attempt, which Timeout bounds.
func (c Card) attempt(rt Runtime, do func(Runtime) error) error {
	if c.Timeout == 0 {
		return do(rt)
	}
	return rt.Within(Limit{For: c.Timeout}, do)
}

// call evaluates the inputs: once, before the first attempt.
func (c Card) call(f *frame, path string) (Call, error) {
	call := Call{Path: path, Card: c.Card.Name, Connection: c.connection(f.conns)}
	v, err := c.With.eval(f, f.scope(path))
	if err != nil {
		return call, err
	}
	in, _ := v.(map[string]any)
	given := make(map[string]any, len(in))
	for name, value := range in {
		if value != nil { // an input that is nil counts as not given
			given[name] = value
		}
	}
	if c.Check != nil {
		// A placeholder of a dry run stands for a value of any type.
		if err := c.Check(given); err != nil && (!f.dry() || placeholder(given) == "") {
			return call, invalid("", "%s: %v", c.Card.Name, err)
		}
	}
	call.In = given
	return call, nil
}

// items reads as much of the list as Result asks for.
func (c Card) items(f *frame, call Call) (Value, error) {
	var items []any
	read := c.pages(f, call)
	for at := card.Cursor(""); ; {
		page, err := read(f.rt, at)
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		at = page.Next
		switch {
		case c.Result == First && len(items) > 0:
			return items[0], nil
		case c.Result == Some && (len(items) > SomeItems || at == "" || len(items) == SomeItems):
			n := min(len(items), SomeItems)
			return map[string]any{"items": items[:n:n], "truncated": n < len(items) || at != ""}, nil
		case c.Result == All && len(items) > c.Max:
			return nil, invalid("use `stream` for long lists, or raise `max`",
				"%s found more than %d records", c.Card.Name, c.Max)
		case at == "":
			if c.Result == First {
				return nil, nil
			}
			return items, nil
		}
	}
}

// pages reads a list page by page, each with its retries. It must be called with the cursors in their
// order: a cursor that comes again is an error, since following it would never end.
func (c Card) pages(f *frame, call Call) func(Runtime, card.Cursor) (card.Page, error) {
	seen := map[card.Cursor]bool{}
	n := 0
	return func(rt Runtime, at card.Cursor) (page card.Page, err error) {
		if seen[at] {
			return page, c.failure(call.Path, 0, &card.Error{
				Kind:    card.Unavailable,
				Message: fmt.Sprintf("%s: page %d has a cursor that came before; the list would never end", c.Card.Name, n),
			})
		}
		seen[at] = true
		n++
		tries, err := c.Retry.attempts(f, rt, call.Path, c.Card, func(rt Runtime, attempt int) error {
			call := call
			call.Attempt = attempt
			return c.attempt(rt, func(rt Runtime) (err error) {
				page, err = rt.Page(call, at)
				return err
			})
		})
		return page, c.failure(call.Path, tries, err)
	}
}

// failure is an error of the card at path, after so many tries.
func (c Card) failure(path string, tries int, err error) error {
	if _, placed := err.(*Error); err == nil || placed || IsCanceled(err) {
		return err
	}
	return &Error{Cause: card.AsError(err), Step: path, Card: c.Card.Name, Attempts: tries}
}
