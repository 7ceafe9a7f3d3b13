package engine

// CallFlow runs another flow and waits for it. Its value is what that flow returns; nil if it stopped.
type CallFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // service → connection, as the step says; nil if it says nothing
}

func (c CallFlow) run(f *frame, path string) (result, error) {
	inputs, err := evalInputs(f, path, c.To, c.With)
	if err != nil {
		return result{}, err
	}
	caller := *f
	if len(c.Connections) > 0 {
		caller.conns = choose(f.conns, c.Connections, f.forced)
	}
	h, err := caller.helper(f.rt, c.To, path, inputs)
	if err != nil {
		return result{}, err
	}
	out, err := h.flow()
	if out.Status == SucceededWithErrors {
		*f.errors = true
	}
	return result{value: out.Value}, err
}

// StartFlow begins another flow as a run of its own, and goes on.
type StartFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // as of a CallFlow
}

func (s StartFlow) run(f *frame, path string) (result, error) {
	inputs, err := evalInputs(f, path, s.To, s.With)
	if err != nil {
		return result{}, err
	}
	run, err := f.rt.Start(s.To.Flow, Start{By: "run " + f.run, Inputs: inputs, Connections: choose(f.forced, s.Connections)})
	return result{value: map[string]any{"run": run}}, err
}

// evalInputs is what a step gives to a flow that it runs, with the flow's defaults.
func evalInputs(f *frame, path string, p *Plan, with Template) (map[string]Value, error) {
	v, err := with.eval(f, f.scope(path))
	if err != nil {
		return nil, err
	}
	given, _ := v.(map[string]any)
	return p.accept(given)
}
