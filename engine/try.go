package engine

import (
	"errors"
	"time"
)

// Try runs Steps, the first catch that applies if they fail, and finally steps in any case. Its value is that of Steps
// or, after an error, that of the catch.
type Try struct {
	Steps   []Step
	Catch   []Case
	Finally []Step
}

func (v Try) bodies() [][]Step { return append(caseBodies(v.Catch), v.Steps, v.Finally) }

// finallyTime is the time limit of a finally that runs after the run was canceled or the time limit of an enclosing
// step ended.
const finallyTime = 30 * time.Second

func (v Try) run(f *frame, at Place) (result, error) {
	r, err := f.in(at.Step("try")).list(v.Steps)
	f.untaken(v.Steps)
	if err != nil && !passes(err) {
		r, err = v.caught(f, at, err)
	}
	f.untaken(caseBodies(v.Catch)...)
	if len(v.Finally) == 0 {
		return r, err
	}
	// The first error is more useful, unless it is not known what a real run would do in the finally, or the finally was cut off:
	// then a resumed run comes to the first error again, and goes on in the finally.
	if lastErr := v.finally(f, at); err == nil || IsCanceled(lastErr) || errors.Is(lastErr, errUndecidable) && !IsCanceled(err) {
		err = lastErr
	}
	return r, err
}

// caught runs the first catch whose condition holds. If there is none, it returns err.
func (v Try) caught(f *frame, at Place, err error) (result, error) {
	failure, ok := err.(*Error)
	if !ok {
		return result{}, err
	}
	before, had := f.roots["error"]
	f.roots["error"] = failure.data()
	defer func() {
		delete(f.roots, "error")
		if had {
			f.roots["error"] = before
		}
	}()
	i, whenErr := first(f, at, v.Catch)
	if whenErr != nil || i < 0 {
		if whenErr == nil {
			whenErr = err
		}
		return result{}, whenErr
	}
	return f.in(at.Step("catch")).list(v.Catch[i].Do)
}

// finally runs the steps of Finally on a strand that is shielded from a halt for a limited time, also from a halt that comes
// while they run.
func (v Try) finally(f *frame, at Place) error {
	last := at.Step("finally")
	return f.within(Limit{Place: last, For: finallyTime, Shield: true}, func(g *frame) error {
		_, err := g.in(last).list(v.Finally)
		return err
	})
}
