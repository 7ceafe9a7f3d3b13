package engine

import "time"

// Try runs steps, others if they fail, and at last others in any case. Its value is that of Steps or, after
// an error, of the catch.
type Try struct {
	Steps   []Step
	Catch   []Case
	Finally []Step
}

func (v Try) bodies() [][]Step { return append(caseBodies(v.Catch), v.Steps, v.Finally) }

// finallyTime is how long a finally may take after the run, or the time of a step around it, has ended.
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
	if lastErr := v.finally(f, at); err == nil {
		err = lastErr // an error that is on its way already says more
	}
	return r, err
}

// caught runs the first catch that wants the error; the error goes on if none does.
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

// finally runs its steps, on a strand that is shielded from a halt for a while, also from one that comes while they run.
func (v Try) finally(f *frame, at Place) error {
	last := at.Step("finally")
	return f.within(Limit{Place: last, For: finallyTime, Shield: true}, func(g *frame) error {
		_, err := g.in(last).list(v.Finally)
		return err
	})
}
