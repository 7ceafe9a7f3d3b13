package engine

// StartFlow starts another flow as a run of its own, and goes on.
type StartFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // as of a CallFlow
}

func (s StartFlow) run(f *frame, at Place) (result, error) {
	inputs, err := evalInputs(f, at, s.To, s.With)
	if err != nil {
		return result{}, err
	}
	run := StartedID(f.run, at)
	err = f.rt.Start(at, s.To.Flow, Start{
		Run: run, By: "run " + f.run, Inputs: inputs, Connections: choose(f.forced, s.Connections), DryRun: f.dry,
	})
	return result{value: map[string]any{"run": run}}, err
}
