package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Start is the start of a run. It is data, so that a Runtime can send it to another process.
type Start struct {
	Run         string            // the run's id
	By          string            // who or what started the run: a login, a trigger
	Person      string            `json:",omitempty"` // who started the run, as approvals know people; empty for a trigger
	Inputs      map[string]Value  // by name; an input that is missing has its default
	Trigger     Value             // what started the run, for the root `trigger`; nil for a run that a person or a run starts
	Connections map[string]string // service → connection: the user's choice, which wins over all others
	Inherited   map[string]string // service → connection: used where the flow names none; nil for a run started by a user
	Picks       map[string]Pick   // the records of loops to process, by the names of Plan.OuterLoops; all records of other loops
	Repeats     string            `json:",omitempty"` // the run whose failed records this run repeats
	Undoes      *Undo             `json:",omitempty"` // what the run takes back; nil: it is a run of a flow
	At          Place             `json:",omitzero"`  // the general place of the step, in another run, that starts the run
	// Record is the key of the outermost record, of the run at the start of it all, in which the run was started; empty if it was outside of a loop.
	Record string `json:",omitempty"`
	// Earlier returns the result of a record in another one that ended in the run which this run repeats. It is not a part of the JSON
	// form. nil: there are none.
	Earlier func(Record) (Outcome, bool) `json:"-"`
	// Permit is asked before each step, with its strand and its place: an error, which must wrap ErrCanceled, halts the run before the step. It is
	// called on several strands. nil permits all.
	Permit  func(Runtime, Place) error `json:"-"`
	Resumed bool                       // the run goes on: its Runtime has results of an earlier process
	DryRun  bool                       // make every read and no write: each write is reported as an event Withheld
	Plan    bool                       `json:",omitempty"` // in a dry run: read the state that each write would change, and report it
	// AsOf is the plan that the run is, or is held to, whose time and random numbers its expressions see. nil: they see those of the run.
	AsOf *AsOf `json:",omitempty"`
}

// AsOf makes the expressions of two runs of a flow see the same: those of a run that is a plan, and those of one that is held to it.
type AsOf struct {
	Run  string    // the run that is the plan
	Time time.Time // its start
}

// Run runs a flow to its end. If a step fails, the error is an *Error; if the run is canceled, it wraps ErrCanceled.
// The Status of the Outcome is always set.
func Run(rt Runtime, p *Plan, s Start) (Outcome, error) {
	inputs, err := p.accept(s.Inputs)
	if err != nil {
		return Outcome{Status: Failed}, err
	}
	f := &frame{
		settings: settingsOf(p, s),
		rt:       rt, plan: p, conns: connectionsOf(p.Connections, s.Inherited, nil, s.Connections),
		roots: map[string]any{
			"run":     s.root(p, rt),
			"trigger": s.Trigger,
		},
	}
	f.enter(inputs)
	out, err := f.flow()
	out.Status = endOf(err, out.Status)
	return out, err
}

func settingsOf(p *Plan, s Start) *settings {
	return &settings{
		root: p, start: s, run: s.Run, forced: s.Connections, picks: s.Picks, dry: s.DryRun, planned: s.Plan, asOf: s.AsOf, repeats: s.Repeats != "",
		resumed: s.Resumed || s.Earlier != nil, earlier: s.Earlier, permit: s.Permit, record: s.Record,
	}
}

// RunType is the type of the root `run`. The values are made by root.
var RunType = expr.ObjectOf(map[string]expr.Type{
	"id": expr.String, "flow": expr.String, "by": expr.String, "started": expr.String,
}, false)

func (s Start) root(p *Plan, rt Runtime) map[string]any {
	root := map[string]any{"id": s.Run, "flow": p.Flow, "by": s.By}
	if s.Plan { // a run that is held to the plan has another one
		root["id"] = expr.Unknown{Of: "the run", Text: "«run».id"}
	}
	now := time.Time{}
	if s.AsOf != nil {
		now = s.AsOf.Time
	} else {
		now = rt.Moment(Place{})
	}
	root["started"] = now.UTC().Format(time.RFC3339Nano)
	return root
}

// StartedID returns the id of the run that is started by the step at a place of another run. It depends only on these
// two, so that repeating the start, as after a crash, does not start a second run.
func StartedID(run string, at Place) string {
	root, _, _ := strings.Cut(run, ".")
	sum := sha256.Sum256([]byte(run + "\x00" + at.ID()))
	return root + "." + hex.EncodeToString(sum[:10])
}

// endOf returns the status for an error; well if err is nil.
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

// flow runs the flow of the frame.
func (f *frame) flow() (Outcome, error) {
	r, err := f.list(f.plan.Steps)
	if err != nil {
		return Outcome{}, err
	}
	if r.ending == stopped {
		return r.skipped(), nil
	}
	if check := f.plan.Returns; check != nil {
		if r.ending != returned { // the value of the last step, which nothing has read yet
			if r.value, err = f.compose(r.value); err != nil {
				return Outcome{}, err
			}
		}
		if err := check(r.value); err != nil {
			return Outcome{}, invalid("see `returns` of the flow", "the result of flow %q does not fit: %v", f.plan.Flow, err)
		}
	}
	return Outcome{Status: f.status(), Value: r.value, Returned: r.ending == returned}, nil
}

// status returns the status of a list that did not fail.
func (f *frame) status() Status {
	if *f.errors {
		return SucceededWithErrors
	}
	return Succeeded
}

// list runs steps in order. Its value is that of the last step.
func (f *frame) list(steps []Step) (last result, err error) {
	for i := range steps {
		if last, err = f.step(&steps[i]); err != nil || last.ending != goesOn {
			return last, err
		}
	}
	return last, nil
}

func (f *frame) step(s *Step) (result, error) {
	at := f.place.Step(s.Name)
	r, err := f.guarded(s, at)
	if err != nil {
		if !s.goesOn(err) {
			return result{}, err
		}
		*f.errors = true
		r = result{}
	}
	if len(f.steps.old) > 0 {
		f.untaken(s.Do.bodies()...)
	}
	if s.ID != "" {
		f.bind(f.steps, s.ID, r.value)
	}
	return r, nil
}

// guarded runs the step if its guard holds. Otherwise its value is nil.
func (f *frame) guarded(s *Step, at Place) (r result, err error) {
	if f.rt.Context().Err() != nil { // for steps that do nothing that would notice the cancellation
		return r, fmt.Errorf("%w: %w", ErrCanceled, context.Cause(f.rt.Context()))
	}
	event := Event{Kind: StepStarted, Place: at, Pos: s.Pos, Title: s.Title, Verb: s.Verb, Card: s.Card}
	if s.If != nil {
		if ok, err := s.If.holds(f, at.Step("if")); !ok || err != nil {
			err = s.failed(at, err)
			event.Status = endOf(err, Skipped)
			f.rt.Emit(s.ended(event, err))
			return result{}, err
		}
	}
	if f.permit != nil {
		if err := f.permit(f.rt, at); err != nil {
			return result{}, err
		}
	}
	f.rt.Emit(event)
	if _, card := s.Do.(CallCard); card || s.Timeout == 0 {
		r, err = s.Do.run(f, at)
	} else {
		err = f.within(Limit{Place: at, For: s.Timeout}, func(g *frame) (err error) {
			r, err = s.Do.run(g, at)
			return err
		})
	}
	if _, card := s.Do.(CallCard); err == nil && s.ID != "" && !card { // a card's answer is as large as it arrived
		r.value, err = f.compose(r.value)
	}
	err = s.failed(at, err)
	event.Status = endOf(err, Succeeded)
	f.rt.Emit(s.ended(event, err))
	return r, err
}

// ended returns the event for the end of a step.
func (s *Step) ended(event Event, err error) Event {
	event.Kind, event.Err, event.Continued = StepEnded, err, s.goesOn(err)
	return event
}

// goesOn reports whether the flow continues after an error of the step.
func (s *Step) goesOn(err error) bool { return err != nil && s.Continue && !passes(err) }

// within calls body with a frame on a strand with a time limit.
func (f *frame) within(l Limit, body func(*frame) error) error {
	return f.rt.Within(l, func(rt Runtime) error {
		g := *f
		g.rt = rt
		return body(&g)
	})
}

// accept returns a flow's inputs with defaults for those that are not given, or an error if they do not fit.
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
	var strangers []string
	for name := range given {
		if _, ok := p.Input(name); !ok {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) > 0 {
		return nil, invalid("", "flow %q has no input %q", p.Flow, slices.Min(strangers))
	}
	return all, nil
}
