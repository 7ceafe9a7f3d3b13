package temporal

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// What workflows and activities exchange, for which package engine has no types. It is kept in histories, as JSON: a field that a run
// in flight may have must keep its name.

type (
	none struct{}
	// answer is the result of an activity.
	answer[T any] struct {
		Out T
		Err engine.ErrorJSON
		// Before is the state before a call, as far as a history needs it; nil if it was not read, or is too large.
		Before *engine.StateJSON `json:",omitempty"`
		// Began and Ended are the times of a call by the clock of the worker; zero if it was not made.
		Began time.Time `json:",omitzero"`
		Ended time.Time `json:",omitzero"`
		// Held is set for a call that was compared with the plan to which the run is held: if it was not made, it does not fit, and Target is what it
		// would have changed, by the name that people know.
		Held   bool   `json:",omitempty"`
		Target string `json:",omitempty"`
	}
	callArg struct {
		Run    string
		Call   engine.Invocation
		Before bool         `json:",omitempty"` // read the state before the call, too
		Held   *engine.AsOf `json:",omitempty"` // make the call only if the plan has it; nil: make it
	}
	pageArg struct {
		Run  string
		Call engine.Invocation
		At   card.Cursor
	}
	page struct {
		Items engine.ValueJSON
		Next  card.Cursor
		Cut   *card.Error
	}
	didArg struct {
		Run     string
		Call    engine.Invocation
		Before  engine.ValueJSON // as of StateValue
		Unknown bool             // nobody has read the state before
	}
	did struct {
		Out  engine.ValueJSON
		Done bool
	}
	admitArg struct {
		Run   string
		Flow  string
		Start engine.Start
	}
	respondArg struct {
		Run      string
		Place    engine.Place
		Response engine.Response
	}
	askArg struct {
		Run      string
		Place    engine.Place
		Approval engine.Approval
	}
	streamArg struct {
		Run    string
		Stream engine.Place
	}
	keepArg struct {
		Run    string
		Stream engine.Place
		Rows   []row
	}
	row struct {
		Record  engine.Record
		Outcome engine.Outcome
		Err     engine.ErrorJSON
	}
	complete struct {
		Records  int
		Complete bool
	}
	writeArg struct {
		Of      streamArg
		Records []engine.Record
	}
	leaveArg struct {
		Of    streamArg
		Ended bool
	}
)

// answered returns the answer of an activity.
func answered[T any](out T, err error) answer[T] {
	return answer[T]{Out: out, Err: engine.ErrorJSON{Err: err}}.fitting()
}

// fitting returns the answer without what is too large for a history: first without the state before, and then without the output. Then it is lost
// whether a write changed something.
func (a answer[T]) fitting() answer[T] {
	large := fits(a)
	if large != nil && a.Before != nil {
		a.Before = nil
		large = fits(a)
	}
	if large != nil {
		a.Out = *new(T)
		a.Err.Err = &card.Error{Kind: card.Invalid, Code: card.CodeUnread, Message: "the answer: " + large.Error()}
	}
	return a
}

func (p page) page() card.Page {
	items, _ := p.Items.Value.([]any)
	return card.Page{Items: items, Next: p.Next, Cut: p.Cut}
}

// mostBytes is the maximum size of a payload, so that it has at most the 2 MB that a server takes.
const mostBytes = 2<<20 - 4<<10

// fits returns an error for a payload that is too large for a history. With such an argument, the task of the workflow would fail, and begin
// again without end.
func fits(v any) error {
	data, err := json.Marshal(v)
	if err == nil && len(data) > mostBytes {
		err = fmt.Errorf("%d bytes are too many for the history of a run, which keeps %d at most", len(data), mostBytes)
	}
	return err
}
