package expr

import "reflect"

// Thunks that do not evaluate all their operands. Their conditions are booleans or Unknown. An Unknown follows
// three-valued logic: if the result is certain without it, that is the result.

// attempt evaluates a thunk that a real run might not reach, because of u. ok reports whether there is a value: an
// error of the thunk is not an error of the expression.
func (ev *evaluation) attempt(u any, t thunk) (v any, ok bool, err error) {
	ev.doubtful(u)
	if v, err = t(ev); err == nil {
		return v, true, nil
	}
	if _, wrong := err.(*Error); wrong {
		err = nil
	}
	return nil, false, err
}

// doubtful records that the evaluation continues without knowing u.
func (ev *evaluation) doubtful(u any) {
	if u, ok := u.(Unknown); ok {
		ev.doubt = &u
	}
}

// either returns the thunk of `and`, where false decides, or of `or`, where true decides.
func either(l, r thunk, decides bool) thunk {
	return func(ev *evaluation) (any, error) {
		v, err := l(ev)
		if err != nil {
			return nil, err
		}
		if b, known := v.(bool); known {
			if b == decides {
				return v, nil
			}
			return r(ev)
		}
		w, ok, err := ev.attempt(v, r)
		if ok && w == decides {
			return w, nil
		}
		return v, err
	}
}

func not(x thunk) thunk {
	return func(ev *evaluation) (any, error) {
		v, err := x(ev)
		if b, known := v.(bool); known {
			return !b, err
		}
		return v, err
	}
}

// choice returns the thunk of `test ? yes : no`.
func choice(test, yes, no thunk) thunk {
	return func(ev *evaluation) (any, error) {
		v, err := test(ev)
		if err != nil {
			return nil, err
		}
		if b, known := v.(bool); known {
			if b {
				return yes(ev)
			}
			return no(ev)
		}
		one, ok, err := ev.attempt(v, yes)
		if err != nil || !ok {
			return v, err
		}
		other, ok, err := ev.attempt(v, no)
		if err != nil || !ok {
			return v, err
		}
		if _, some, err := ev.unknownIn(one, other); some || err != nil || !reflect.DeepEqual(one, other) {
			return v, err
		}
		return one, nil
	}
}

// otherwise returns the thunk of `x ?? y`. An Unknown may be nil.
func otherwise(x, y thunk) thunk {
	return func(ev *evaluation) (any, error) {
		if v, err := x(ev); v != nil || err != nil {
			return v, err
		}
		return y(ev)
	}
}

// boolean returns a thunk that passes booleans and Unknowns; "what" names the value in the fault of others.
func boolean(x thunk, what string, at span) thunk {
	return onOne(x, at, func(v any) (any, error) {
		if _, ok := v.(bool); ok {
			return v, nil
		}
		return nil, notBoolean(what, kindWord(v))
	})
}
