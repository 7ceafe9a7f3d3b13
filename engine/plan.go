package engine

import (
	"strconv"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Plan is a checked flow: every expression is compiled, every card and helper flow is resolved, and positions are kept
// for errors. Package check makes it. It is immutable and safe for concurrent use.
type Plan struct {
	Flow        string
	About       string
	Source      string // hexadecimal SHA-256 of the flow's own YAML document; empty for a plan that was not read from one
	Inputs      []Input
	Connections map[string]string // service → connection, written in the flow; nil if there are none
	Returns     func(Value) error // checks the known parts of the value that the flow returns; nil accepts any value
	Steps       []Step
	Runs        *RunLimit // how many runs may go on at a time; nil: any number
	Triggers    []Trigger // what starts the flow besides a person or another flow
	Limits      []Fuse    // how much a run may do before it pauses; without those of the flows that it runs
}

// Input is one input of a flow.
type Input struct {
	Name     string
	About    string
	Schema   *jsonschema.Schema
	Required bool
	Default  Value
	Check    func(Value) error // checks the known parts of a value against Schema; nil accepts any value. The error does not contain the input's name
	Secret   bool              // its value is never shown; the errors of Check do not contain it
	Options  *Options          // the values that a user can choose from; nil if there are none
}

// Input returns the input with a name, and whether it exists.
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
	Name  string   // its part of a Place: the ID, or "<verb>-<n>" for the nth step of that verb in its list
	Title string   // for people; empty if it has none
	Verb  string   // the verb of Do, as in the language: "card", "stream"
	Card  string   // the card that Do calls or, for a stream, lists with; empty if there is none
	Pos   flow.Pos // position in the file
	If    *Expression
	// Timeout limits the step; for a card, each attempt. 0 means no limit.
	Timeout time.Duration
	// Continue makes the flow continue after an error of the step, with nil as its value.
	Continue bool
	Do       Verb
}

// Verb is the action of a step: CallCard, Loop, CallFlow, StartFlow, If, Switch, Parallel, Try, Repeat, Wait, Set,
// Stop, Return, Fail, Respond or Approve.
type Verb interface {
	// run performs the action at the step's place in the run.
	run(f *frame, at Place) (result, error)
	// bodies returns the nested lists of steps.
	bodies() [][]Step
}

// runs returns the flow that a verb runs; nil if it runs none.
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

// leaf is embedded by verbs without nested steps.
type leaf struct{}

func (leaf) bodies() [][]Step { return nil }

// list is a list of steps in a step, and its place in a run.
type list struct {
	at    Place
	steps []Step
}

// lists returns the lists of steps that a verb at a place runs in the same run. Those of a loop have the place of a general record, and
// those of a repeat that of the first round: see Place.General.
func lists(v Verb, at Place) (all []list) {
	switch v := v.(type) {
	case Loop:
		record := at.Record(0, "", 0)
		if v.To != nil {
			return []list{{record, v.To.Steps}}
		}
		return []list{{record, v.Do}}
	case CallFlow:
		return []list{{at, v.To.Steps}}
	case If:
		return []list{{at.Step("then"), v.Then}, {at.Step("else"), v.Else}}
	case Switch:
		for i, c := range v.Cases {
			all = append(all, list{at.Branch(strconv.Itoa(i)), c.Do})
		}
		return append(all, list{at.Step("else"), v.Else})
	case Parallel:
		for _, b := range v.Branches {
			all = append(all, list{at.Branch(b.Name), b.Steps})
		}
	case Try:
		all = append(all, list{at.Step("try"), v.Steps})
		for _, c := range v.Catch {
			all = append(all, list{at.Step("catch"), c.Do})
		}
		return append(all, list{at.Step("finally"), v.Finally})
	case Repeat:
		return []list{{at.Round(0), v.Steps}}
	}
	return all
}

// Calls reports whether the plan has a step at a place of a run that calls this card.
func (p *Plan) Calls(at Place, card string) bool { return p.calling(at, card) != nil }

// Title returns the name, for people, of the step that calls this card at a place of a run; empty if it has none.
func (p *Plan) Title(at Place, card string) string {
	if step := p.calling(at, card); step != nil {
		return step.Title
	}
	return ""
}

// calling returns the step that calls this card at a place of a run; nil if there is none.
func (p *Plan) calling(at Place, card string) *Step {
	return find(list{steps: p.Steps}, at.General(), func(v Verb) bool {
		call, isCard := v.(CallCard)
		return isCard && call.Card.Name == card
	})
}

// Starts reports whether the plan has a step at a place of a run that starts this flow.
func (p *Plan) Starts(at Place, flow string) bool {
	return find(list{steps: p.Steps}, at.General(), func(v Verb) bool {
		start, isStart := v.(StartFlow)
		return isStart && start.To.Flow == flow
	}) != nil
}

// find follows a general place through the lists of steps around it, and returns the step there whose verb is the one that is looked for;
// nil if there is none.
func find(in list, at Place, what func(Verb) bool) *Step {
	for i := range in.steps {
		step := &in.steps[i]
		here := in.at.Step(step.Name)
		if here.Equal(at) && what(step.Do) {
			return step
		}
		if !at.isIn(here) {
			continue
		}
		for _, inner := range lists(step.Do, here) {
			if !at.isIn(inner.at) {
				continue
			}
			if found := find(inner, at, what); found != nil {
				return found
			}
		}
	}
	return nil
}
