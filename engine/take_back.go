package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Undo is which writes of another run a run takes back.
type Undo struct {
	Run     string
	Records []string `json:",omitempty"` // only those of these records of its outer loops; nil: all
	Force   bool     `json:",omitempty"` // also what somebody else changed since
	Skip    []int    `json:",omitempty"` // the numbers of the writes that were taken back before, ascending
	// Keep and Already are the numbers of the writes that the plan, which a person confirmed, leaves as they are, and of those that it found as they
	// were before the run; ascending. None of them is written.
	Keep    []int `json:",omitempty"`
	Already []int `json:",omitempty"`
}

// TakeBack takes back writes of another run, one after the other. It is a step in a Loop that is made from the history of that run, not from
// a flow. A write whose result somebody else changed since is left as it is, and fails the record at its end.
type TakeBack struct {
	leaf
	Calls []CallCard // the cards that it may call, with their connections: each once
	// Of returns the writes of a record of the loop, in the order in which they are taken back. It is pure, but for what it reads of the history.
	Of func(record Value) ([]Back, error)
	// Own returns the Back.Own of a write, by its number, at this moment. Took is called with the answer to the call that took it back, or nil.
	Own  func(number int) time.Time
	Took func(number int, out Value)
}

// Back is a call that takes a write back.
type Back struct {
	Number     int // of the write in its run; the call has it in its Place
	Connection string
	Card       card.Card // takes it back, with
	In         Value
	Of         card.Card // made the write, with
	Was        Value
	Left       card.Left // what the write left
	Check      bool      // look first whether that was changed since
	Keep       bool      // the plan leaves it as it is
	Already    bool      // the plan found it as it was before the run
	ID         string    // of the thing at the time of the write; empty if that is not known
	Named      bool      // Was has only a name of the thing, which may be that of another one now
	// Own is when the run, or an undo of it, last changed what the write set, by the clock of the service; zero if that is not known.
	Own time.Time
}

// CodeChangedSince is the code of the error of a write that is not taken back, since somebody else has changed since what it left.
const CodeChangedSince = "changed_since"

func (t TakeBack) run(f *frame, at Place) (result, error) {
	backs, err := t.Of(f.roots["record"])
	if err != nil {
		return result{}, err
	}
	var kept []error
	for _, b := range backs {
		b.Own = t.Own(b.Number)
		out, err := b.take(f, at.Round(b.Number), len(kept) > 0)
		t.Took(b.Number, out)
		switch {
		case err == nil:
		case !IsCanceled(err) && card.AsError(err).Code == CodeChangedSince:
			kept = append(kept, err)
		default:
			return result{}, err // older ones may need this one to be taken back
		}
	}
	if len(kept) > 1 {
		first := *card.AsError(kept[0])
		first.Message += fmt.Sprintf("; and %d more writes", len(kept)-1)
		return result{}, &Error{Cause: &first, Place: at}
	}
	if len(kept) == 1 {
		return result{}, kept[0]
	}
	return result{}, nil
}

// take takes one write back, and returns the answer. kept reports whether a newer write of the record was left as it is.
func (b Back) take(f *frame, at Place, kept bool) (Value, error) {
	switch {
	case b.Keep:
		return nil, b.changed(at, "the plan leaves it as it is")
	case b.Check && b.Unmakes() && kept:
		return nil, b.changed(at, "a newer change was left as it is")
	case b.Check || b.Already:
		found, err := b.Look(func(place string, of card.Card, in Value) (card.State, error) {
			return f.state(at.Step(place), of, b.Connection, in)
		})
		switch {
		case err != nil:
			return nil, err
		case found.Done:
			return nil, nil
		case found.Why != "":
			return nil, b.changed(at, found.Why)
		case len(found.Since) > 0:
			return nil, b.changed(at, Changed(found.Since))
		case b.Already:
			return nil, b.changed(at, "the plan found it as it was before the run, and it is not so now")
		}
	}
	f.learn(f.rt, at, b.Card.InputSecrets(b.In))
	call := CallCard{Card: b.Card, Connection: b.Connection, Retry: DefaultRetry()}
	done, err := call.make(f, Invocation{Place: at, Card: b.Card.Name, Connection: b.Connection, In: b.In})
	return done.value, err
}

// Unmakes reports whether the write created something, which must not go while it has what somebody else changed.
func (b Back) Unmakes() bool { return b.Of.EffectOf(b.Was) == card.Creates }

// Lists are the fields of the state of a thing with what goes with it when it is removed: ids, as far as they are known.
var Lists = []string{"members", "applications"}

// loses describes what goes with the thing of a state when it is removed; empty if nothing is known to.
func loses(s card.State) string {
	var all []string
	for _, name := range Lists {
		if list, _ := s.Fields[name].([]any); len(list) > 0 {
			all = append(all, fmt.Sprintf("%d or more %s", len(list), name))
		}
	}
	return strings.Join(all, " and ")
}

// removes reports whether the call that takes the write back removes something.
func (b Back) removes() bool {
	after, err := b.Card.After(b.In, card.State{})
	return err == nil && after.Gone
}

// Found is what is there now of what a write left.
type Found struct {
	Now   card.State
	Done  bool              // it is as it was before the write
	Since []card.Difference // what somebody else changed since: see card.Left.Since
	Why   string            // why it is not what the write left, if Since does not show it
	Lost  bool              // there is nothing more that could be taken back
}

// Look compares what a write left with what is there now. read reads the state that a call would change; place is different for each.
func (b Back) Look(read func(place string, of card.Card, in Value) (card.State, error)) (found Found, err error) {
	if found.Now, err = read("now", b.Of, b.Was); err != nil {
		return found, err
	}
	id, _ := found.Now.Fields["id"].(string)
	found.Since = b.Left.Since(found.Now)
	switch {
	case b.ID != "" && id != "" && id != b.ID:
		found.Since, found.Why = nil, fmt.Sprintf("it is another one now: its id is %q, and was %q", id, b.ID)
		return found, nil
	case b.Named:
		found.Since, found.Why = nil, "it is not known who had this login when the run changed it"
		return found, nil
	case len(found.Since) > 0 && b.Left.Reverted(found.Now):
		found.Since, found.Done = nil, true
		return found, nil
	}
	if field, at, ok := b.Left.MovedSince(found.Now, b.Own); ok && len(found.Since) == 0 {
		found.Why = fmt.Sprintf("%s is as the run left it, but was changed again at %s", field, at.UTC().Format(time.RFC3339))
		return found, nil
	}
	if !b.Card.HasBefore() || !b.Card.HasAfter() || len(found.Since) == 0 && !b.removes() {
		return found, nil
	}
	would, err := read("back", b.Card, b.In)
	if err != nil {
		return found, err
	}
	after, err := b.Card.After(b.In, would)
	switch {
	case err != nil: // a bug of the card, which then predicts nothing
	case len(found.Since) > 0 && !after.Changes(would):
		found.Since, found.Done = nil, true
	case len(found.Since) == 0 && after.Gone && loses(would) != "":
		found.Why = "it has " + loses(would) + " that the run did not add"
	case len(found.Since) == 0 && after.Gone && would.Missing:
		found.Why, found.Lost = "what the run made is gone, and there is another one now, with another id", true
	}
	return found, nil
}

func (b Back) changed(at Place, how string) error {
	return &Error{Place: at, Card: b.Card.Name, Cause: &card.Error{
		Kind: card.Conflict, Code: CodeChangedSince, Message: "changed since by somebody else: " + how,
		Hint: "look at it; flowdeck undo with --force takes it back nevertheless",
	}}
}

// Changed describes for people what somebody else changed since: see card.Left.Since.
func Changed(since []card.Difference) string {
	var all []string
	for _, d := range since {
		switch text := func(v Value) string {
			if v == nil {
				return "not set"
			}
			return fmt.Sprintf("%q", Words(v))
		}; {
		case len(d.Path) == 0:
			all = append(all, fmt.Sprintf("it is %s now", d.New))
		default:
			all = append(all, fmt.Sprintf("%s is %s now, the run left %s", strings.Join(d.Path, "."), text(d.New), text(d.Old)))
		}
	}
	return strings.Join(all, ", ")
}

// state reads the state that a call would change.
func (f *frame) state(at Place, c card.Card, connection string, in Value) (now card.State, err error) {
	reads := c
	reads.Effect = card.Reads
	call := Invocation{Place: at, Card: c.Name, Connection: connection, In: in, State: true}
	_, err = DefaultRetry().attempts(f, f.rt, at, at, reads, func(rt Runtime, nth int) error {
		call.Attempt = nth
		value, err := rt.Call(call)
		call.Last = card.AsError(err)
		now = StateOf(value)
		return err
	})
	return now, CallCard{Card: c}.failure(at, 1, err)
}

// StateValue returns a state as the answer of an Invocation with State.
func StateValue(s card.State) Value {
	names := make(map[string]any, len(s.Names))
	for input, name := range s.Names {
		names[input] = name
	}
	moved := make(map[string]any, len(s.Moved))
	for field, at := range s.Moved {
		moved[field] = at.UTC().Format(time.RFC3339Nano)
	}
	return map[string]any{"missing": s.Missing, "names": names, "fields": s.Fields, "moved": moved}
}

// StateOf returns the state that a StateValue has.
func StateOf(v Value) (s card.State) {
	answer, _ := v.(map[string]any)
	s.Missing, _ = answer["missing"].(bool)
	s.Fields, _ = answer["fields"].(map[string]any)
	names, _ := answer["names"].(map[string]any)
	for input, name := range names {
		if text, ok := name.(string); ok {
			if s.Names == nil {
				s.Names = map[string]string{}
			}
			s.Names[input] = text
		}
	}
	moved, _ := answer["moved"].(map[string]any)
	for field, at := range moved {
		text, _ := at.(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			if s.Moved == nil {
				s.Moved = map[string]time.Time{}
			}
			s.Moved[field] = at
		}
	}
	return s
}
