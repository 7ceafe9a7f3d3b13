package engine

// Set binds variables. Its value is an object of these variables.
type Set struct {
	leaf
	Vars Template
}

func (v Set) run(f *frame, at Place) (result, error) {
	values, err := v.Vars.each(f, f.scope(at))
	if err != nil {
		return result{}, err
	}
	for name, value := range values {
		f.bind(f.vars, name, value)
	}
	return result{value: values}, nil
}
