package engine

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// CallCard calls a card.
type CallCard struct {
	leaf
	Card       card.Card
	Connection string // empty: the connection of the card's service
	With       Template
	Retry      Retry
	Timeout    time.Duration     // of one attempt; 0 means no limit
	Result     Result            // list cards: how much of the list to return
	Max        int               // list cards: the maximum number of records for All
	Required   bool              // for First: no record is an error
	Missing    Template          // the message of that error; nil: a default one
	AllIfEmpty bool              // an empty filter or search lists everything; otherwise it is an error
	Check      func(Value) error // checks the inputs that are known against the card's schema; nil if they are all literal and were checked before the run
}

// Result selects how much of a list a card step returns.
type Result string

const (
	First Result = "first" // the first record, or nil
	Some  Result = "some"  // an object {items, truncated}: at most SomeItems, however many the server puts on a page
	All   Result = "all"   // a list of at most Max records; more is an error
)

// SomeItems is the maximum number of items that `result: some` returns.
const SomeItems = 200

// DefaultMax is the default of Max: the maximum number of records for `result: all`.
const DefaultMax = 10_000

// Effect returns the strongest effect that a call of the step can have, given the inputs that are written in the flow.
// An input that is computed during the run may have any value.
func (c CallCard) Effect() card.Effect {
	in := make(map[string]any, len(c.With.Fields))
	for _, field := range c.With.Fields {
		if v := field.Value.written(c.Card.Name); v != nil { // an input that is nil counts as not given
			in[field.Name] = v
		}
	}
	return c.Card.EffectOf(in)
}

func (c CallCard) run(f *frame, at Place) (result, error) {
	call, err := c.call(f, at)
	if err != nil {
		return result{}, err
	}
	return c.make(f, call)
}

// make makes a call with these inputs.
func (c CallCard) make(f *frame, call Invocation) (result, error) {
	at := call.Place
	target := c.Card
	target.Effect = target.EffectOf(call.In)
	unknown := f.dry && hasUnknown(call.In)
	if unknown && target.Effect != card.Reads {
		if err := c.undecided(call); err != nil {
			return result{}, err
		}
	}
	switch {
	case c.Card.IsList() && unknown:
		return result{value: c.unknownList(at)}, nil
	case c.Card.IsList():
		v, err := c.items(f, call)
		if v == nil && err == nil && c.Required {
			err = c.missing(f, call)
		}
		return result{value: v}, err
	case unknown || f.dry && target.Effect != card.Reads:
		if r := c.Card.Refusal(call.In); r != nil {
			return result{}, c.failure(at, 1, invalid(r.Hint, "%s", r.Message))
		}
		v, err := c.withheld(f, call, target.Effect)
		return result{value: v}, err
	}
	var out Value
	var w wrote
	tries, err := c.Retry.attempts(f, f.rt, at, at, target, func(rt Runtime, nth int) error {
		call.Attempt = nth
		var err error
		out, err = rt.Call(call)
		call.Last = card.AsError(err)
		if target.Effect != card.Reads {
			w.see(out, err)
		}
		return err
	})
	if w.inDoubt(err) {
		f.rt.Emit(Event{Kind: InDoubt, Place: at, Card: c.Card.Name, Err: err})
	}
	if err != nil {
		if w.changed {
			f.rt.Emit(Event{Kind: Wrote, Place: at, Card: c.Card.Name, Changed: true, Err: err})
		}
		return result{}, c.failure(at, tries, w.failed(err))
	}
	out = w.marked(out)
	f.learn(f.rt, at, c.Card.Secrets(out))
	if target.Effect != card.Reads {
		f.rt.Emit(Event{Kind: Wrote, Place: at, Card: c.Card.Name, Changed: card.Changed(out)})
	}
	return result{value: out}, nil
}

// missing returns the error of a step that must find a record, and has found none.
func (c CallCard) missing(f *frame, call Invocation) error {
	message, err := c.Missing.eval(f, f.scope(call.Place))
	if err != nil {
		return err
	}
	e := &Error{Cause: &card.Error{Kind: card.NotFound}, Place: call.Place, Card: c.Card.Name}
	if message == nil || message == "" {
		message = c.Card.Name + " found no record" + c.selection(call.In)
	}
	e.Cause.Message = e.text("message", message)
	return e
}

// selection returns the inputs that narrow the list, for messages.
func (c CallCard) selection(in Value) string {
	var parts []string
	given, _ := in.(map[string]any)
	for _, path := range c.Card.Narrowing() {
		if v := given[path[0]]; len(path) == 1 && v != nil {
			parts = append(parts, path[0]+": "+Words(v))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " with " + strings.Join(parts, ", ")
}

// call evaluates the inputs: once, before the first attempt.
func (c CallCard) call(f *frame, at Place) (Invocation, error) {
	call := Invocation{Place: at, Card: c.Card.Name, Connection: c.connection(f.conns), Timeout: c.Timeout}
	in, err := c.With.each(f, f.scope(at))
	if err != nil {
		return call, err
	}
	if name, empty := c.Card.EmptyNarrowing(in); empty && !c.AllIfEmpty {
		return call, invalid("give it a value, or leave it out to "+c.Card.Everything(),
			"input %q of %s is empty, which would %s", name, c.Card.Name, c.Card.Everything())
	}
	if path, name, found := c.Card.MisspelledNarrowing(in); found {
		return call, invalid(fmt.Sprintf("did you mean %q?", name), "%s has no input %q, so that it would %s", c.Card.Name, path, c.Card.Everything())
	}
	given := make(map[string]any, len(in))
	for name, value := range in {
		if value != nil { // an input that is nil counts as not given
			given[name] = value
		}
	}
	f.learn(f.rt, at, c.Card.InputSecrets(given))
	if c.Check != nil {
		if err := c.Check(given); err != nil {
			return call, invalid("", "%s: %v", c.Card.Name, err)
		}
	}
	call.In = given
	return call, nil
}

// items reads the part of the list that Result selects.
func (c CallCard) items(f *frame, call Invocation) (Value, error) {
	items := []any{} // not nil, which would clear an attribute; an empty list does not
	bytes := 0
	read := c.pages(f, call, &Pages{})
	for at := card.Cursor(""); ; {
		page, err := read(f.rt, at)
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		bytes += Size(page.Items, maxListBytes)
		at = page.Next
		switch {
		case c.Result == First && len(items) > 0:
			return items[0], nil
		case c.Result == Some && (len(items) > SomeItems || at == "" || len(items) == SomeItems):
			n := min(len(items), SomeItems)
			return map[string]any{"items": items[:n:n], "truncated": n < len(items) || at != "" || page.Cut != nil}, nil
		case c.Result == All && len(items) > c.Max:
			return nil, invalid("use `stream` for long lists, or raise `max`",
				"%s found more than %d records", c.Card.Name, c.Max)
		case bytes > maxListBytes:
			return nil, tooLarge("use `stream` for long lists", "the records of `result: "+string(c.Result)+"`", maxListBytes)
		case at == "" && c.Result == First:
			return nil, nil
		case page.Cut != nil:
			return nil, c.failure(call.Place, 0, page.Cut)
		case at == "":
			return items, nil
		}
	}
}

// maxEmptyPages is the number of consecutive empty pages after which reading a list fails. A few empty pages are normal
// for a search that filters its results.
const maxEmptyPages = 1000

// pages returns a reader that reads a list page by page, each page with its retries. It must be called with the cursors
// in order. A cursor that occurs twice is an error, because the list would never end; so are too many consecutive empty
// pages.
func (c CallCard) pages(f *frame, call Invocation, before *Pages) pageReader {
	seen := make(map[uint64]bool, len(before.Seen))
	for _, hash := range before.Seen {
		seen[hash] = true
	}
	first := before.Read - len(seen) // the number of those that are not known any more
	return func(rt Runtime, at card.Cursor) (page card.Page, err error) {
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(at)) // hash.Hash.Write never returns an error
		if seen[hash.Sum64()] {
			return page, c.failure(call.Place, 0, &card.Error{
				Kind:    card.Unavailable,
				Message: fmt.Sprintf("%s: page %d has a cursor that came before; the list would never end", c.Card.Name, first+len(seen)),
			})
		}
		spot := call.Place.Round(first + len(seen))
		seen[hash.Sum64()] = true
		before.add(hash.Sum64())
		tries, err := c.Retry.attempts(f, rt, call.Place, spot, c.Card, func(rt Runtime, nth int) (err error) {
			call := call
			call.Attempt = nth
			page, err = rt.Page(call, at)
			return err
		})
		if err != nil {
			return page, c.failure(call.Place, tries, err)
		}
		f.learnPage(rt, c, call.Place, page)
		if before.Empty++; len(page.Items) > 0 {
			before.Empty = 0
		}
		if before.Empty >= maxEmptyPages && page.Next != "" {
			return page, c.failure(call.Place, 0, &card.Error{
				Kind:    card.Unavailable,
				Message: fmt.Sprintf("%s: %d pages in a row are empty, and the list still has a next one", c.Card.Name, before.Empty),
			})
		}
		return page, nil
	}
}

// failure makes the error of a card at a place, after this number of attempts.
func (c CallCard) failure(at Place, tries int, err error) error {
	if _, placed := err.(*Error); err == nil || placed || IsCanceled(err) {
		return err
	}
	return &Error{Cause: card.AsError(err), Place: at, Card: c.Card.Name, Attempts: tries}
}
