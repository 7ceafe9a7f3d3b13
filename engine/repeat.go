package engine

import (
	"errors"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Repeat runs steps until a condition holds, at least once. Its value is that of the last round. The result of a step that a
// round does not take is nil after it; before it, a round reads that of the round before.
type Repeat struct {
	Steps []Step
	Until *Expression
	Max   int // rounds
	Delay time.Duration
}

// DefaultRounds is the number of rounds that a repeat may take by default.
const DefaultRounds = 1000

func (v Repeat) bodies() [][]Step { return [][]Step{v.Steps} }

func (v Repeat) run(f *frame, at Place) (result, error) {
	for round := range v.Max {
		f.again(v.Steps)
		r, err := f.in(at.Round(round)).list(v.Steps)
		if err != nil || r.ending != goesOn {
			return r, err
		}
		ok, err := v.Until.holds(f, at.Round(round).Step("until"))
		if errors.Is(err, errUndecidable) {
			return r, nil // it depends on a write: once is what a dry run can show
		}
		if ok || err != nil {
			return r, err
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
