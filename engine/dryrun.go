package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// A dry run makes every read and no write. It is a mode of the interpreter, so it works the same on every Runtime. A
// write is reported as an event, and its result is a placeholder in which everything that only a real run would know is
// an expr.Unknown. Every expression that needs an unknown value is unknown. An unknown may be passed to writes. A read
// that needs one is not sent, and a condition that needs one makes the record undecidable.

// Write describes a write that a dry run did not make.
type Write struct {
	Card   string         // the name of the card
	Target string         // the thing that the write would change, by the name that people know
	In     map[string]any // all inputs; a secret is shown as card.Hidden
	// Connection is that of the call; empty if its card needs none.
	Connection string
	Effect     card.Effect // of the call
	// Before is the state that the write would change; the zero State if it is not known. It is only read by a run that is a plan.
	Before card.State
	// After is what the write makes of Before: nil if its card cannot say, or Before was not read.
	After *card.Predicted
	// Again is what the write makes of another state, such as one that an earlier write leaves. nil if After is, and in another process.
	Again func(before card.State) card.Predicted `json:"-"`
}

// errUndecidable is wrapped by the error of a step that depends on a write that was not made. Like ErrCanceled it is
// not a failure: catch, on_error, retry and allow ignore it.
var errUndecidable = errors.New("undecidable")

// undecidable returns the error of a step that depends on u. It wraps errUndecidable, unless
// a secret is lost.
func undecidable(u expr.Unknown) *card.Error {
	if e := lost(u); e != nil {
		return e
	}
	return &card.Error{
		Kind: card.Failed, Code: "undecidable", Err: errUndecidable,
		Message: fmt.Sprintf("depends on the result of %s, unknown in a dry run", u.Of),
	}
}

// hasUnknown reports whether a value, or a part of it, is an expr.Unknown.
func hasUnknown(v Value) bool {
	_, found := expr.FirstUnknown(v)
	return found
}

// withheld returns the result of a card that a dry run does not call. It emits an event if the card would write. In a run that is a plan,
// the error is that of reading the state before.
func (c CallCard) withheld(f *frame, call Invocation, effect card.Effect) (Value, error) {
	in, _ := call.In.(map[string]any)
	if effect != card.Reads {
		shown, _ := card.Shown(c.Card.In, in).(map[string]any)
		w := &Write{Card: c.Card.Name, In: shown, Connection: call.Connection, Effect: effect}
		if f.planned && c.Card.HasBefore() && !hasUnknown(call.In) {
			if err := c.state(f, call, w); err != nil {
				return nil, err
			}
		}
		w.Target = c.Card.Target(in, w.Before)
		f.rt.Emit(Event{Kind: Withheld, Place: call.Place, Card: c.Card.Name, Write: w})
	}
	return standIn(c.Card.Out, c.unknown(call.Place)), nil
}

// state reads the state that a write would change, with the retries of a read.
func (c CallCard) state(f *frame, call Invocation, w *Write) error {
	var err error
	if w.Before, err = f.state(call.Place.Step("before"), c.Card, call.Connection, call.In); err != nil || !c.Card.HasAfter() {
		return err
	}
	after, err := c.Card.After(call.In, w.Before)
	w.After = &after
	w.Again = func(before card.State) card.Predicted {
		after, _ := c.Card.After(call.In, before) // the input fits: it was tried above
		return after
	}
	return c.failure(call.Place, 0, err)
}

// undecided returns the error of a call of which it depends on an unknown input whether it writes: without that input it only
// reads. It returns nil if the call writes, whatever the unknown inputs are.
func (c CallCard) undecided(call Invocation) error {
	in, _ := call.In.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		u, unknown := in[name].(expr.Unknown)
		if !unknown {
			continue
		}
		without := maps.Clone(in)
		delete(without, name)
		if c.Card.EffectOf(without) == card.Reads {
			return undecidable(u)
		}
	}
	return nil
}

// unknown returns the placeholder for the result of the card's call at a place.
func (c CallCard) unknown(at Place) expr.Unknown {
	return expr.Unknown{Of: c.Card.Name, Text: "«" + at.String() + "»"}
}

// unknownList returns the result of a list card's step whose inputs are unknown.
func (c CallCard) unknownList(at Place) Value {
	u := c.unknown(at)
	switch c.Result {
	case First, All:
		return u
	}
	return map[string]any{"items": u.Field("items"), "truncated": u.Field("truncated")}
}

// standIn returns a placeholder in the shape of a schema: an object whose fields are all unknown. It repeats no input: a
// field of the answer can have the name of an input and another value, such as the body of a request.
func standIn(s *jsonschema.Schema, u expr.Unknown) Value {
	if s == nil || len(s.Properties) == 0 {
		return u
	}
	out := make(map[string]any, len(s.Properties))
	for field, property := range s.Properties {
		out[field] = u.Field(field)
		if slices.Contains(s.Required, field) { // others may be nil
			out[field] = standIn(property, u.Field(field))
		}
	}
	return out
}

// wait sleeps; in a dry run it returns immediately.
func (f *frame) wait(at Place, until time.Time) error {
	if f.dry {
		return nil
	}
	return f.rt.Sleep(at, until)
}
