package expr

import "fmt"

// Unknown is a value that only a real run would know: a dry run puts it where an answer of a write would be. In an
// evaluation every operation on an Unknown gives an Unknown, except where the result is certain without it, as in
// `false and unknown`. A field of an object that is Unknown may also be missing.
//
// No string is taken for an Unknown, whatever it looks like.
type Unknown struct {
	Of   string // whose result it is, for a message: okta.user.create
	Text string // how it is shown: «okta.user.create#1».id
}

// String is how the value is shown, also as text and as JSON.
func (u Unknown) String() string { return u.Text }

// MarshalText makes it a string in JSON, too.
func (u Unknown) MarshalText() ([]byte, error) { return []byte(u.Text), nil }

// Field is the value of a field of it.
func (u Unknown) Field(name string) Unknown { return Unknown{Of: u.Of, Text: u.Text + "." + name} }

// UndecidableError is the error of a condition that depends on an Unknown.
type UndecidableError struct{ Unknown Unknown }

func (e *UndecidableError) Error() string {
	return fmt.Sprintf("undecidable: depends on the result of %s, unknown in a dry run", e.Unknown.Of)
}

// FirstUnknown finds an Unknown in a value: itself, or inside of lists and of objects, in the order of their names.
func FirstUnknown(v any) (Unknown, bool) {
	u, _ := firstUnknown(v, func(int) error { return nil })
	if u == nil {
		return Unknown{}, false
	}
	return *u, true
}

// unknownIn is FirstUnknown of several values, in an evaluation. Only those of a dry run may hold one.
func (ev *evaluation) unknownIn(values ...any) (u any, some bool, err error) {
	if !ev.scope.Dry {
		return nil, false, nil
	}
	for _, v := range values {
		if u, err := firstUnknown(v, ev.spend); u != nil {
			return *u, true, nil
		} else if err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

// firstUnknown spends the size of every list and object that it looks into.
func firstUnknown(v any, spend func(n int) error) (*Unknown, error) {
	switch v := v.(type) {
	case Unknown:
		return &v, nil
	case []any:
		if err := spend(len(v)); err != nil {
			return nil, err
		}
		for _, e := range v {
			if u, err := firstUnknown(e, spend); u != nil || err != nil {
				return u, err
			}
		}
	case map[string]any:
		if err := spend(len(v)); err != nil {
			return nil, err
		}
		for _, name := range sortedKeys(v) {
			if u, err := firstUnknown(v[name], spend); u != nil || err != nil {
				return u, err
			}
		}
	}
	return nil, nil
}
