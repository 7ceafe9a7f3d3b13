package engine

import (
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Plan is a checked flow: every expression is compiled, every card and helper is there, every place is
// kept for errors. Package check makes it. It is immutable and safe for use by many runs at a time.
type Plan struct {
	Flow        string
	About       string
	Source      string // the SHA-256 of the flow's own YAML document in hexadecimal; empty for a plan that was not read from one
	Inputs      []Input
	Connections map[string]string // service → connection, from the flow; nil if it has none
	Returns     func(Value) error // checks what the flow returns; nil takes anything
	Steps       []Step
	Refused     []string // keys of the flow that this version checks but cannot enforce: "limits"
}

// Input is one thing that a flow takes.
type Input struct {
	Name     string
	About    string
	Schema   *jsonschema.Schema
	Required bool
	Default  Value
	Check    func(Value) error // whether a value fits Schema; nil takes anything. The error does not repeat the name
	Secret   bool              // its value is never shown; Check's errors do not
	Options  *Options          // what a person chooses from; nil if nothing is offered
}

// Input finds an input by its name.
func (p *Plan) Input(name string) (Input, bool) {
	for _, in := range p.Inputs {
		if in.Name == name {
			return in, true
		}
	}
	return Input{}, false
}

// Step is one step of a flow.
type Step struct {
	ID    string   // the name of its result; empty if it has none
	Name  string   // its part of a Place: the ID, or "<verb>-<n>", its nth of that verb in its list
	Title string   // for people; empty if it has none
	Verb  string   // the language's word for Do: "card", "stream"
	Card  string   // the card that Do calls or, of a stream, lists with; empty if there is none
	Pos   flow.Pos // where it is written
	If    *Expression
	// Timeout bounds the step; of a card, each attempt. 0 means none.
	Timeout time.Duration
	// Continue lets the flow go on with nil after an error of the step.
	Continue bool
	Do       Verb
}

// Verb is what a step does: a CallCard, Loop, CallFlow, StartFlow, If, Switch, Parallel, Try, Repeat, Wait, Set, Stop,
// Fail, Return, or one that is Refused.
type Verb interface {
	// run does it, at the step's place in the run.
	run(f *frame, at Place) (result, error)
	// bodies are the lists of steps inside of it.
	bodies() [][]Step
}

// runs is the flow that a verb runs; nil if it runs none.
func runs(v Verb) *Plan {
	switch v := v.(type) {
	case Loop:
		return v.To
	case CallFlow:
		return v.To
	case StartFlow:
		return v.To
	}
	return nil
}

// leaf is a verb without steps inside.
type leaf struct{}

func (leaf) bodies() [][]Step { return nil }
