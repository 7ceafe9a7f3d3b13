package expr

// thunk computes a part of an expression. Its error is an *Error, or the cause of a canceled context.
type thunk func(ev *evaluation) (any, error)

// constant returns the thunk of a constant.
func constant(v any) thunk { return func(*evaluation) (any, error) { return v, nil } }

// place adds a position to a fault. It returns other errors unchanged.
func place(err error, at span) error {
	if f, ok := err.(*fault); ok {
		return f.placed(at)
	}
	return err
}

// unless returns the result of a failed operation: if an operand is Unknown, that operand, since a real run would have
// another value; otherwise the error. Looking for an Unknown only after an error costs a real run nothing.
func unless(err error, at span, operands ...any) (any, error) {
	if f, ok := err.(*fault); ok {
		for _, v := range operands {
			if u, ok := v.(Unknown); ok {
				return u, nil
			}
		}
		return nil, f.placed(at)
	}
	return nil, err
}

// onOne returns the thunk of an operation on one value.
func onOne(x thunk, at span, do func(x any) (any, error)) thunk {
	return func(ev *evaluation) (any, error) {
		v, err := x(ev)
		if err != nil {
			return nil, err
		}
		out, err := do(v)
		if err != nil {
			return unless(err, at, v)
		}
		return out, nil
	}
}

// onTwo returns the thunk of an operation on two values.
func onTwo(x, y thunk, at span, do func(ev *evaluation, x, y any) (any, error)) thunk {
	return func(ev *evaluation) (any, error) {
		a, err := x(ev)
		if err != nil {
			return nil, err
		}
		b, err := y(ev)
		if err != nil {
			return nil, err
		}
		out, err := do(ev, a, b)
		if err != nil {
			return unless(err, at, a, b)
		}
		return out, nil
	}
}

// invoke returns the thunk of a function call. places are the positions of the arguments.
func invoke(f *definition, args []thunk, at span, places []span) thunk {
	return func(ev *evaluation) (any, error) {
		base := len(ev.args)
		for _, arg := range args {
			v, err := arg(ev)
			if err != nil {
				ev.args = ev.args[:base]
				return nil, err
			}
			ev.args = append(ev.args, v)
		}
		v, err := f.run(ev, ev.args[base:])
		ev.args = ev.args[:base]
		if f, ok := err.(*fault); ok {
			if f.arg > 0 {
				return nil, f.placed(places[f.arg-1])
			}
			return nil, f.placed(at)
		}
		return v, err
	}
}
