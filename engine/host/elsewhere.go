package host

import (
	"encoding/json"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Elsewhere is a run that goes on, or has ended, in processes that do not share the history, and which the history does not have.
type Elsewhere struct {
	Run       store.Run         // without a Report; its Status and Reason are those of a run that goes on
	Held      *HeldTo           // the plan to which the run is held; nil: none
	Sums      []json.RawMessage // the counts of its parts: see Watch.Sum
	End       *End              // nil: it goes on
	Approvals []Asked           // that wait for a decision, of a run that goes on
	Answered  []AskedThen       // approvals for which it does not wait any more, likewise
	Doubts    []Doubt           // about which nobody has decided
	Limits    map[engine.Measure]*Allowance
	Resumed   []store.Resumption // each time that it went on after a pause
	Started   []*Report          // of the runs that it started, if it has ended
}

// End is the end of a run.
type End struct {
	Outcome engine.Outcome
	Err     error
}

// Asked is an approval that a run asks for.
type Asked struct {
	Place engine.Place
	Ask   engine.Approval
	Since time.Time
}

// NewRun returns the name and the start of a run of a flow in processes that do not share the history.
func (w *Workspace) NewRun(c *Checked, on *Connections, s engine.Start) engine.Start {
	s.Run, s.By, s.Person, s.Connections = newRunID(w.config.Clock.Now()), on.By(), w.config.Person, c.chosen
	return s
}

// Hides makes the workspace hide the secrets among the inputs of a run of a flow.
func (w *Workspace) Hides(p *engine.Plan, s engine.Start) {
	for _, in := range p.Inputs {
		w.config.Veil.Learn(in.Secrets(s.Inputs[in.Name])...)
	}
}

// PastElsewhere returns a run as the history would have it.
func (w *Workspace) PastElsewhere(e Elsewhere) (*Past, error) {
	watch := NewWatch(w.config.Clock.Now, w.config.Veil)
	for _, sum := range e.Sums {
		if err := watch.Add(sum); err != nil {
			return nil, err
		}
	}
	run := e.Run
	if inputs, ok := w.config.Veil.Value(run.Start.Inputs).(map[string]any); ok {
		run.Start.Inputs = inputs
	}
	p := &Past{Run: run, Resumed: e.Resumed}
	end, took := End{Outcome: engine.Outcome{Status: run.Status, Reason: run.Reason}}, w.config.Clock.Now().Sub(run.Started)
	if e.End != nil {
		end, took = *e.End, run.Ended.Sub(run.Started)
	}
	waited := Waits{ByLimit: map[string]time.Duration{}}.and(watch.refused)
	p.Report = newReport(run.ID, &engine.Plan{Flow: run.Flow}, &Connections{}, watch, waited, end.Outcome, end.Err, took)
	if e.End == nil {
		p.Report.Doubts = e.Doubts
		p.Report.countDoubts()
	} else {
		p.Report.needPicked(run.Start.Picks)
		p.Run.Status, p.Run.Reason = p.Report.Status, p.Report.Reason
	}
	p.Report.veil, p.Report.picks, p.Report.Started = w.config.Veil, run.Start.Picks, e.Started
	p.Report.Limits = e.Limits
	for _, c := range p.Report.Streams {
		c.Results = "" // they are not here
	}
	for _, c := range run.Connections {
		p.Report.Connections[c.Name] = Connected{Org: c.Org, As: c.As, Simulated: c.Simulated}
	}
	held := ""
	if e.Held != nil {
		held, p.Report.Plan = e.Held.Digest, e.Held
	}
	for _, one := range e.Answered {
		kept, err := w.answeredElsewhere(run, held, one)
		if err != nil {
			return nil, err
		}
		p.Report.Approvals = append(p.Report.Approvals, newApproval(kept, run))
	}
	for _, a := range e.Approvals {
		kept, err := w.approvalElsewhere(run, held, a)
		if err != nil {
			return nil, err
		}
		approval := newApproval(kept, run)
		p.Report.Approvals = append(p.Report.Approvals, approval)
		if run.Status == store.Running && p.Run.Reason == "" { // its other records go on
			p.Run.Reason = waitsForApproval + approval.Prompted()
			p.Report.Reason = p.Run.Reason
		}
	}
	p.Report = p.Report.Hidden()
	p.Run.Reason = w.config.Veil.String(p.Run.Reason)
	var err error
	p.Run.Report, err = json.Marshal(p.Report)
	return p, err
}

// approvalElsewhere returns an approval as the history would have it, of a run that is held to the plan with a digest, or to none.
func (w *Workspace) approvalElsewhere(run store.Run, held string, a Asked) (store.Approval, error) {
	v := w.config.Veil
	ask := a.Ask
	ask.Prompt, ask.Show = v.String(ask.Prompt), v.Value(ask.Show)
	return store.NewApproval(store.Question{Ask: ask, Flow: run.Digest, Plan: held}, run.ID, a.Place, a.Since, a.Since.Add(ask.For))
}

// At returns the place of the step that asks.
func (a Approval) At() engine.Place { return a.kept.Place }

// DecideElsewhere decides about an approval of a run that goes on elsewhere: send passes the decision on. Its errors are those of Decide.
func (w *Workspace) DecideElsewhere(a Approval, v Verdict, send func(engine.Decision) error) (Approval, error) {
	if err := a.May(v); err != nil {
		return a, err
	}
	d := engine.Decision{Approved: v.Approved, By: v.Person, Note: w.config.Veil.String(v.Note), At: w.config.Clock.Now()}
	if err := send(d); err != nil {
		return a, err
	}
	a.Status, a.Decided, a.DecidedBy, a.Note = store.RejectedApproval, d.At, d.By, d.Note
	if d.Approved {
		a.Status = store.ApprovedApproval
	}
	return a, nil
}

// Line returns the run as it is in a list.
func (p *Past) Line() Line { return lineOf(p.Run, p.Report) }
