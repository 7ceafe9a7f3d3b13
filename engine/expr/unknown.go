package expr

import "fmt"

// Unknown is a value that is only known in a real run. A dry run uses it in place of the answers of writes. An
// operation on an Unknown returns an Unknown, unless the result is certain without it, as in `false and unknown`. If a
// field of an object is Unknown, it may also be missing.
//
// Unknown is a type of its own, so no string is ever mistaken for one.
type Unknown struct {
	Of   string // for messages, the source of the value: okta.user.create
	Text string // the value as it is shown: «okta.user.create#1».id
}

// String returns the text of the value.
func (u Unknown) String() string { return u.Text }

// MarshalText returns the text of the value, so that it is a string in JSON.
func (u Unknown) MarshalText() ([]byte, error) { return []byte(u.Text), nil }

// Field returns the Unknown of a field of u.
func (u Unknown) Field(name string) Unknown { return Unknown{Of: u.Of, Text: u.Text + "." + name} }

// UndecidableError is the error of a condition that depends on an Unknown.
type UndecidableError struct{ Unknown Unknown }

func (e *UndecidableError) Error() string {
	return fmt.Sprintf("undecidable: depends on the result of %s, unknown in a dry run", e.Unknown.Of)
}

// FirstUnknown returns the first Unknown in a value: the value itself, or one in lists and in objects, in the order of
// their names.
func FirstUnknown(v any) (Unknown, bool) {
	u, _ := firstUnknown(v, func(int) error { return nil })
	if u == nil {
		return Unknown{}, false
	}
	return *u, true
}

// unknownIn is FirstUnknown of several values, in an evaluation. Outside of a dry run it returns none without looking.
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

// firstUnknown calls spend with the size of every list and object that it visits.
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
		first, of := (*Unknown)(nil), ""
		for name, field := range v { // not sorted, because an Unknown is rare
			u, err := firstUnknown(field, spend)
			if err != nil {
				return nil, err
			}
			if u != nil && (first == nil || name < of) {
				first, of = u, name
			}
		}
		return first, nil
	}
	return nil, nil
}
