package expr

import "reflect"

// The thunks that do not evaluate all their operands. Their conditions give a boolean or an Unknown. With an Unknown
// they follow three-valued logic: a result that is certain without it is the result.

// attempt evaluates a thunk that a real run might not reach, because of u. It reports whether that gave a value: a
// mistake in it is not one of the expression.
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

// doubtful notes that the evaluation goes on without knowing u.
func (ev *evaluation) doubtful(u any) {
	if u, ok := u.(Unknown); ok {
		ev.doubt = &u
	}
}

// either is `and`, which a side that is false decides, and `or`, which a side that is true decides.
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

// choice is `test ? yes : no`.
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

// otherwise is `x ?? y`. An Unknown may be nil.
func otherwise(x, y thunk) thunk {
	return func(ev *evaluation) (any, error) {
		if v, err := x(ev); v != nil || err != nil {
			return v, err
		}
		return y(ev)
	}
}

// boolean passes booleans; "what" is the name of the value in the fault of any other.
func boolean(x thunk, what string, at span) thunk {
	return onOne(x, at, func(v any) (any, error) {
		if _, ok := v.(bool); ok {
			return v, nil
		}
		return nil, notBoolean(what, kindWord(v))
	})
}
