package engine

import (
	"cmp"
	"maps"
)

// StartFlow starts another flow as a new run and does not wait for it.
type StartFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // as in CallFlow
}

func (s StartFlow) run(f *frame, at Place) (result, error) {
	inputs, err := evalInputs(f, at, s.To, s.With)
	if err != nil {
		return result{}, err
	}
	run := StartedID(f.run, at)
	err = f.rt.Start(at, s.To.Flow, Start{
		Run: run, By: "run " + f.run, Inputs: inputs, Connections: f.forced, Inherited: inherited(f.conns, s.Connections, f.forced),
		Picks: picksIn(at, f.picks), DryRun: f.dry, Plan: f.planned, AsOf: f.asOf.started(at), At: at.General(), Record: cmp.Or(f.record, at.OuterRecord().Key()),
	})
	return result{value: map[string]any{"run": run}}, err
}

// started returns the part of the plan about the run that the step at a place starts; nil if a is nil.
func (a *AsOf) started(at Place) *AsOf {
	if a == nil {
		return nil
	}
	return &AsOf{Run: StartedID(a.Run, at), Time: a.Time}
}

// inherited returns the connections that a started flow uses for the services for which it names none itself.
func inherited(caller, step, chosen map[string]string) map[string]string {
	all := map[string]string{}
	for _, nearer := range []map[string]string{caller, step, chosen} {
		maps.Copy(all, nearer)
	}
	return all
}
