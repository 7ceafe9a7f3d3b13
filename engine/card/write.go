package card

import (
	"context"
	"fmt"
	"time"
)

// Write has the functions of a card that changes something. Spec.Effect and Spec.Undo decide which ones are needed.
// In and Out are as for NewRead.
type Write[In, Out any] struct {
	// Do makes one attempt of the change.
	Do func(context.Context, Call, In) (Out, error)

	// Before reads the state that a call would change, without changing anything: with one request, or a few if the others show who gains or loses
	// what, or one for each page of a list that the call replaces. It is for plans, and for Back and Did. If the thing does not exist it returns
	// State{Missing: true}, not an error.
	// A card whose Undo.NeedsBefore is true must have it.
	Before func(context.Context, Call, In) (State, error)

	// After returns what a call makes of the state before it, for plans, and to see later whether somebody else has changed it since. It
	// is pure. For the zero State, which is of a call whose state nobody has read, it returns what the call sets whatever was there. It
	// assumes that the service does the call: a refusal is not predicted, but for a name that is taken, and for what the card itself refuses, in
	// Predicted.Refused. A card without Before has none, and
	// a card with an Undo.Card must have it. nil: nobody can know it.
	After func(in In, before State) Predicted

	// Back returns the input with which the card Undo.Card undoes a call: a struct or an object, or nil if this call
	// cannot be undone. It is only called for calls that changed something. before is the zero State unless
	// Undo.NeedsBefore is true. A card has a Back if and only if it has an Undo.Card.
	Back func(in In, out Out, before State) any
	// Keeps names the fields of the state that Back reads besides those that After sets, or of which After sets only a part, in upper or lower
	// case: see Card.Kept. nil: there are none.
	Keeps func(in In) []string

	// Did finds out whether a call was done although its answer was lost, in a crash or on the network. out is then the
	// answer as far as it is known. before is the zero State if it was not read. Did returns an error if it cannot
	// decide. A card that creates or destroys must have a Did, or explain in Spec.InDoubt why it does not. An
	// idempotent card has none, since its call can be repeated.
	Did func(ctx context.Context, call Call, in In, before State) (out Out, done bool, err error)
}

// write is a Write without its types. A nil function is one that the card does not have.
type write struct {
	before func(context.Context, Call, Value) (State, error)
	after  func(in Value, before State) (Predicted, error)
	back   func(in, out Value, before State) (Value, error)
	keeps  func(in Value) ([]string, error)
	did    func(context.Context, Call, Value, State) (Value, bool, error)
}

// NewWrite binds a spec to the functions of a card that changes something. It panics if they contradict the spec's
// Effect or Undo, or if the spec is incomplete, which is a programming error.
func NewWrite[In, Out any](spec Spec, w Write[In, Out]) Card {
	c := describe[In, Out](spec)
	mistake := func(wrong bool, format string, args ...any) {
		if wrong {
			panic("card: " + spec.Name + ": " + fmt.Sprintf(format, args...))
		}
	}
	u, takenBack := spec.Undo, spec.Undo.Extent == Partial || spec.Undo.Extent == Exact
	onlyOnce := spec.Effect == Creates || spec.Effect == Destroys
	mistake(spec.Effect == Reads, "a card that reads is made by NewRead")
	mistake(w.Do == nil, "Do is missing")
	mistake(u.Extent == 0, "Undo has no extent")
	mistake((u.Card != "") != takenBack, "Undo is %s, and its card is %q", u.Extent, u.Card)
	mistake((u.Rest != "") != (u.Extent == Partial), "Undo is %s, and Rest is %q", u.Extent, u.Rest)
	mistake((w.Back != nil) != takenBack, "Undo is %s; has Back: %t", u.Extent, w.Back != nil)
	mistake(w.After != nil && w.Before == nil, "it has After, but Before is missing")
	mistake(u.Card != "" && w.After == nil, "its undo needs to see what others changed since, but After is missing")
	mistake(u.NeedsBefore && w.Before == nil, "Undo needs the state before, but Before is missing")
	mistake(w.Keeps != nil && !u.NeedsBefore, "it has Keeps, but Undo does not need the state before")
	mistake(u.NeedsBefore && !takenBack, "Undo is %s, but needs the state before", u.Extent)
	mistake(onlyOnce && (w.Did != nil) == (spec.InDoubt != ""), "a card that %s must have either Did or InDoubt", spec.Effect)
	mistake(!onlyOnce && (w.Did != nil || spec.InDoubt != ""), "an idempotent card has neither Did nor InDoubt")

	refuseEmpty(c.In)
	c.action = typedAction(w.Do)
	if w.Before != nil {
		c.write.before = func(ctx context.Context, call Call, in Value) (State, error) {
			typed, err := decodeInput[In](in)
			if err != nil {
				return State{}, err
			}
			return w.Before(ctx, call, typed)
		}
	}
	if w.After != nil {
		c.write.after = func(in Value, before State) (Predicted, error) {
			typed, err := decodeInput[In](in)
			if err != nil {
				return Predicted{}, err
			}
			after := w.After(typed, before)
			if after.Fields == nil {
				return after, nil
			}
			fields, err := encodeOutput(after.Fields) // an input has lists and objects of other types than a state
			after.Fields, _ = fields.(map[string]any)
			return after, err
		}
	}
	if w.Back != nil {
		c.write.back = func(in, out Value, before State) (Value, error) {
			typed, err := decodeInput[In](in)
			if err != nil {
				return nil, err
			}
			answer, err := decodeAnswer[Out](out)
			if err != nil {
				return nil, err
			}
			return encodeOutput(w.Back(typed, answer, before))
		}
	}
	if w.Keeps != nil {
		c.write.keeps = func(in Value) ([]string, error) {
			typed, err := decodeInput[In](in)
			if err != nil {
				return nil, err
			}
			return w.Keeps(typed), nil
		}
	}
	if w.Did != nil {
		c.write.did = func(ctx context.Context, call Call, in Value, before State) (Value, bool, error) {
			typed, err := decodeInput[In](in)
			if err != nil {
				return nil, false, err
			}
			out, done, err := w.Did(ctx, call, typed, before)
			if err != nil || !done {
				return nil, false, err
			}
			answer, err := encodeOutput(out)
			return answer, err == nil, err
		}
	}
	return c
}

// HasBefore reports whether the card has a Before.
func (c Card) HasBefore() bool { return c.write.before != nil }

// Before reads the state that a call with this input would change: see Write. It returns the zero State if the card has no
// such function. Errors are those of Run.
func (c Card) Before(ctx context.Context, call Call, in Value) (State, error) {
	if c.write.before == nil {
		return State{}, nil
	}
	if err := c.refused(in); err != nil {
		return State{}, c.explain(call, err)
	}
	before, err := c.write.before(ctx, call, in)
	return before, c.explain(call, err)
}

// HasAfter reports whether the card has an After.
func (c Card) HasAfter() bool { return c.write.after != nil }

// After returns what a call makes of the state before it. It returns the zero Predicted if the card has no such function: see HasAfter. An
// error means that the input does not fit the card.
func (c Card) After(in Value, before State) (Predicted, error) {
	if c.write.after == nil {
		return Predicted{}, nil
	}
	return c.write.after(in, before)
}

// Back returns the input with which Undo.Card undoes a call, given the call's input, its answer, and the state before
// it, which is only used by a card with Undo.NeedsBefore. It returns nil if the call changed nothing, or if it cannot
// be undone. An error is a bug, or is caused by an answer from another version of the card.
func (c Card) Back(in, out Value, before State) (Value, error) {
	if c.write.back == nil || !Changed(out) {
		return nil, nil
	}
	back, err := c.write.back(in, out, before)
	if err != nil {
		return nil, fmt.Errorf("take %s back: %w", c.Name, err)
	}
	return back, nil
}

// HasDid reports whether the card has a Did.
func (c Card) HasDid() bool { return c.write.did != nil }

// Did finds out whether a call was done although its answer was lost, and returns the answer as far as it is known.
// before is the state before the call, or the zero State if it was not read. An error of kind Failed means that Did
// cannot decide this, so that a person must; a card without a Did always returns one.
func (c Card) Did(ctx context.Context, call Call, in Value, before State) (out Value, done bool, err error) {
	if c.write.did == nil {
		return nil, false, &Error{Kind: Failed, Message: "not known whether it was done: " + c.InDoubt}
	}
	if err := c.refused(in); err != nil {
		return nil, false, c.explain(call, err)
	}
	out, done, err = c.write.did(ctx, call, in, before)
	return out, done, c.explain(call, err)
}

// Changed reports whether a write changed something, by the field "changed" of its answer. It returns true if there is
// no such field.
func Changed(out Value) bool {
	fields, _ := out.(map[string]any)
	changed, says := fields["changed"].(bool)
	return changed || !says
}

// ChangedAt returns when a write made its change, by the clock of the service, by the field "changed_at" of its answer. It returns the zero
// time if there is no such field.
func ChangedAt(out Value) time.Time {
	fields, _ := out.(map[string]any)
	text, _ := fields["changed_at"].(string)
	at, _ := time.Parse(time.RFC3339, text) // the zero time if it is not one
	return at
}

// InDoubt reports whether the answer of a card that makes many changes names those that an earlier attempt may have made, in `in_doubt`.
func InDoubt(out Value) bool {
	fields, _ := out.(map[string]any)
	ids, _ := fields["in_doubt"].([]any)
	return len(ids) > 0
}
