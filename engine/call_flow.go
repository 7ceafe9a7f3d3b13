package engine

// CallFlow runs another flow and waits for it. Its value is that of the flow; nil if the flow stopped.
type CallFlow struct {
	leaf
	To          *Plan
	With        Template
	Connections map[string]string // service → connection, written in the step; nil if there are none
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

// evalInputs evaluates the inputs that a step passes to the flow it runs, and adds the flow's defaults.
func evalInputs(f *frame, at Place, p *Plan, with Template) (map[string]Value, error) {
	given, err := with.each(f, f.scope(at))
	if err != nil {
		return nil, err
	}
	return p.accept(given)
}
