package engine

// CallFlow runs another flow and waits for it. Its value is what that flow returns; nil if it stopped.
type CallFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // service → connection, from the step; nil if it has none
}

func (c CallFlow) run(f *frame, at Place) (result, error) {
	inputs, err := evalInputs(f, at, c.To, c.With)
	if err != nil {
		return result{}, err
	}
	h, err := f.helper(f.rt, c.To, at, inputs, c.Connections)
	if err != nil {
		return result{}, err
	}
	out, err := h.flow()
	if out.Status == SucceededWithErrors {
		*f.errors = true
	}
	return result{value: out.Value}, err
}

// evalInputs is what a step gives to a flow that it runs, with the flow's defaults.
func evalInputs(f *frame, at Place, p *Plan, with Template) (map[string]Value, error) {
	v, err := with.eval(f, f.scope(at))
	if err != nil {
		return nil, err
	}
	given, _ := v.(map[string]any)
	return p.accept(given)
}
