package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Start is what begins a run.
type Start struct {
	Run         string            // its id
	By          string            // who or what began it: a login, a trigger
	Inputs      map[string]Value  // by name; what is left out takes its default
	Connections map[string]string // service → connection: the person's choice, above all else
	Max         int               // records begun at most in each stream, as the flow's own max; 0 means all
	Only        string            // the key of the only record that a stream begins, of those in no other; empty means all
}

// Run runs a flow to its end. A failure is an *Error; a canceled run's error wraps ErrCanceled. The
// Outcome has its status in each case.
func Run(rt Runtime, p *Plan, s Start) (Outcome, error) {
	inputs, err := p.accept(s.Inputs)
	if err != nil {
		return Outcome{Status: Failed}, err
	}
	f := &frame{
		rt: rt, plan: p, run: s.Run,
		conns: choose(p.Connections, s.Connections), forced: s.Connections, max: s.Max, only: s.Only,
		roots: map[string]any{
			"run":     map[string]any{"id": s.Run, "flow": p.Flow, "by": s.By, "started": rt.Now().UTC().Format(time.RFC3339Nano)},
			"trigger": nil,
		},
	}
	f.enter(inputs)
	out, err := f.flow()
	out.Status = endOf(err, out.Status)
	return out, err
}

// endOf is how something ended by its error; well if there is none.
func endOf(err error, well Status) Status {
	switch {
	case err == nil:
		return well
	case IsCanceled(err):
		return Canceled
	case errors.Is(err, errUndecidable):
		return Undecidable
	}
	return Failed
}

// flow runs the frame's flow.
func (f *frame) flow() (Outcome, error) {
	if len(f.plan.Refused) > 0 { // running without a fuse that the author counts on would be worse
		return Outcome{}, invalid("", "flow %q says %s, which this version of flowdeck checks and does not keep yet", f.plan.Flow, f.plan.Refused[0])
	}
	r, err := f.list(f.plan.Steps)
	if err != nil {
		return Outcome{}, err
	}
	if r.ending == stopped {
		return r.skipped(), nil
	}
	if check := f.plan.Returns; check != nil {
		if err := check(r.value); err != nil {
			return Outcome{}, invalid("see `returns` of the flow", "flow %q returns what it must not: %v", f.plan.Flow, err)
		}
	}
	return Outcome{Status: f.status(), Value: r.value}, nil
}

// status is how a list that did not fail ended.
func (f *frame) status() Status {
	if *f.errors {
		return SucceededWithErrors
	}
	return Succeeded
}

// list runs steps one after the other. Its value is the last step's.
func (f *frame) list(steps []Step) (last result, err error) {
	for i := range steps {
		if last, err = f.step(&steps[i]); err != nil || last.ending != goesOn {
			return last, err
		}
	}
	return last, nil
}

func (f *frame) step(s *Step) (result, error) {
	path := f.path + s.Name
	r, err := f.guarded(s, path)
	if err != nil {
		err = s.at(path, err)
		if !s.Continue || passes(err) {
			return result{}, err
		}
		*f.errors = true
		r = result{}
	}
	if s.ID != "" {
		f.steps[s.ID] = r.value
	}
	return r, nil
}

// guarded runs the step if its guard holds; else its value is nil.
func (f *frame) guarded(s *Step, path string) (r result, err error) {
	if f.rt.Context().Err() != nil { // for steps that do nothing which would notice
		return r, fmt.Errorf("%w: %w", ErrCanceled, context.Cause(f.rt.Context()))
	}
	told := Event{Kind: StepStarted, Path: path, Verb: s.Verb, Card: s.Card}
	if s.If != nil {
		if ok, err := s.If.holds(f, path); !ok || err != nil {
			told.Kind, told.Status, told.Err = StepEnded, endOf(err, Skipped), err
			f.rt.Emit(told)
			return result{}, err
		}
	}
	f.rt.Emit(told)
	if _, card := s.Do.(Card); card || s.Timeout == 0 {
		r, err = s.Do.run(f, path)
	} else {
		err = f.within(Limit{For: s.Timeout}, func(g *frame) (err error) {
			r, err = s.Do.run(g, path)
			return err
		})
	}
	told.Kind, told.Status, told.Err = StepEnded, endOf(err, Succeeded), err
	f.rt.Emit(told)
	return r, err
}

// within runs body with the frame on a strand that has a limit.
func (f *frame) within(l Limit, body func(*frame) error) error {
	return f.rt.Within(l, func(rt Runtime) error {
		g := *f
		g.rt = rt
		return body(&g)
	})
}

// accept is a flow's inputs with the defaults of those that are not given.
func (p *Plan) accept(given map[string]Value) (map[string]Value, error) {
	all := make(map[string]Value, len(p.Inputs))
	for _, in := range p.Inputs {
		v, ok := given[in.Name]
		switch {
		case !ok && in.Required:
			return nil, invalid("", "input %q of flow %q is missing", in.Name, p.Flow)
		case !ok:
			v = in.Default
		case in.Check != nil:
			if err := in.Check(v); err != nil {
				return nil, invalid("", "input %q of flow %q: %v", in.Name, p.Flow, err)
			}
		}
		all[in.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := p.Input(name); !ok {
			return nil, invalid("", "flow %q has no input %s", p.Flow, strconv.Quote(name))
		}
	}
	return all, nil
}
