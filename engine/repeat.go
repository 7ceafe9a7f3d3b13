package engine

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Repeat runs steps until a condition holds, at least once. Its value is that of the last round. If a
// round does not run a step, the result of the step is nil after it; before it, the round reads the result of the previous round.
type Repeat struct {
	Steps []Step
	Until *Expression
	Max   int // maximum number of rounds
	Delay time.Duration
}

// DefaultRounds is the default of Max: the maximum number of rounds of a repeat.
const DefaultRounds = 1000

func (v Repeat) bodies() [][]Step { return [][]Step{v.Steps} }

func (v Repeat) run(f *frame, at Place) (result, error) {
	var kept growth
	var before map[string]any // in a dry run: the values that the last round has bound
	for round := range v.Max {
		f.again(v.Steps)
		r, err := f.in(at.Round(round)).list(v.Steps)
		if err != nil || r.ending != goesOn {
			return r, err
		}
		if err := kept.measure(f, v.Steps, round+1); err != nil {
			return result{}, err
		}
		ok, err := v.Until.holds(f, at.Round(round).Step("until"))
		switch {
		case errors.Is(err, errUndecidable):
			return v.unsure(f, at, err)
		case ok || err != nil:
			return r, err
		case f.dry && v.polls():
			now := v.bound(f)
			if same := round > 0 && alike(before, now); same || round == v.Max-1 {
				return v.unsure(f, at, placed(undecidable(expr.Unknown{Of: laterRound}), v.Until.At(0)))
			}
			before = now
		}
		if v.Delay > 0 && round < v.Max-1 {
			if err := f.wait(at.Round(round), f.rt.Now().Add(v.Delay)); err != nil {
				return result{}, err
			}
		}
	}
	return result{}, &card.Error{
		Kind: card.Failed, Code: "repeat_max", Hint: "raise `max`",
		Message: "after " + strconv.Itoa(v.Max) + " rounds the condition still does not hold",
	}
}

// polls reports whether the rounds read or wait. A later round of a real run can then find something else; a dry run does
// not wait and writes nothing.
func (v Repeat) polls() bool {
	polls := v.Delay > 0
	walk(v.Steps, func(s *Step) {
		switch s.Do.(type) {
		case CallCard, Loop, CallFlow, Wait:
			polls = true
		}
	})
	return polls
}

// laterRound is the origin of unknown values after a repeat whose number of rounds is not known.
const laterRound = "a later round of the repeat"

// unsure ends a repeat in a dry run that cannot know the number of rounds, because the condition is undecidable or waits for
// a change. If the steps only read, the dry run continues as if the condition held, and the values that the steps have
// bound become unknown.
func (v Repeat) unsure(f *frame, at Place, why error) (result, error) {
	if v.mayEndOrWrite() {
		return result{}, why
	}
	unknown := func(name string) expr.Unknown {
		return expr.Unknown{Of: laterRound, Text: "«" + at.String() + "»"}.Field(name)
	}
	eachBinding(v.Steps, func(id string) { f.bind(f.steps, id, unknown(id)) }, func(name string) { f.bind(f.vars, name, unknown(name)) })
	return result{value: unknown("value")}, nil
}

// mayEndOrWrite reports whether another round could write, start a run, answer, or end the flow.
func (v Repeat) mayEndOrWrite() (may bool) {
	walk(v.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case Return, Stop, StartFlow, Respond:
			may = true
		case CallCard:
			may = may || verb.Effect() != card.Reads
		}
		if to := runs(s.Do); to != nil {
			may = may || to.Writes()
		}
	})
	return may
}

// bound returns the values that the steps have bound.
func (v Repeat) bound(f *frame) map[string]any {
	all := map[string]any{}
	eachBinding(v.Steps, func(id string) { all["steps."+id] = f.steps.values[id] }, func(name string) { all["vars."+name] = f.vars.values[name] })
	return all
}

// eachBinding calls id and variable for the names that steps bind in their scope.
func eachBinding(steps []Step, id, variable func(name string)) {
	for i := range steps {
		if steps[i].ID != "" {
			id(steps[i].ID)
		}
		switch verb := steps[i].Do.(type) {
		case Loop, Parallel: // they have scopes of their own
		case Set:
			for _, field := range verb.Vars.Fields {
				variable(field.Name)
			}
		default:
			for _, body := range verb.bodies() {
				eachBinding(body, id, variable)
			}
		}
	}
}

// alike reports whether two values differ in nothing but the texts of what is unknown.
func alike(a, b Value) bool {
	switch x := a.(type) {
	case expr.Unknown:
		_, unknown := b.(expr.Unknown)
		return unknown
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, alike)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, alike)
	}
	return reflect.DeepEqual(a, b)
}
