package expr

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/words"
)

// link is one step of a path: .name, [index] or [low:high].
type link struct {
	follow   func(ev *evaluation, from any) (any, error)
	optional bool // ?. : if the value is nil, or a list without the element, the path ends with nil
}

// beyond is what follow returns for an element that a list does not have, with the error if the link is not optional.
type beyond struct{ err error }

// chain returns the thunk of a path. If the value before a ?. is nil, the rest of the path is skipped. In expr-lang
// only fields are skipped, not brackets.
func chain(base thunk, links []link) thunk {
	if len(links) == 0 {
		return base
	}
	return func(ev *evaluation) (any, error) {
		v, err := base(ev)
		if err != nil {
			return nil, err
		}
		var unsure any // an Unknown at which a real run may end
		for i := range links {
			if links[i].optional {
				switch v.(type) {
				case nil:
					return nil, nil
				case Unknown:
					unsure = v
				}
			}
			next, err := links[i].follow(ev, v)
			if end, ok := next.(beyond); ok {
				if links[i].optional {
					return nil, nil
				}
				err = end.err
			}
			if err != nil {
				if _, wrong := err.(*Error); wrong && unsure != nil {
					return unsure, nil
				}
				return nil, err
			}
			v = next
		}
		return v, nil
	}
}

// fieldOf returns the link of a field with a literal name. subject names the value in messages.
func fieldOf(name, subject string, at span) link {
	return link{follow: func(_ *evaluation, from any) (any, error) {
		if object, ok := from.(map[string]any); ok {
			return object[name], nil
		}
		if u, ok := from.(Unknown); ok {
			return u.Field(name), nil
		}
		_, f := fetch(from, name)
		return nil, f.about(subject).placed(at)
	}}
}

// elementOf returns the link of a computed index or name; keyAt is the position of the key.
func elementOf(key thunk, subject string, at, keyAt span) link {
	return link{follow: func(ev *evaluation, from any) (any, error) {
		k, err := key(ev)
		if err != nil {
			return nil, err
		}
		v, f := fetch(from, k)
		if f == nil {
			return v, nil
		}
		blamed := at
		if f.arg > 0 {
			blamed = keyAt
		}
		v, err = unless(f.about(subject), blamed, from, k)
		if _, ok := from.([]any); ok && f.beyond {
			return beyond{err}, nil
		}
		return v, err
	}}
}

// partOf returns the link of a slice; a bound that is not given is nil.
func partOf(low, high thunk, at span) link {
	return link{follow: func(ev *evaluation, from any) (any, error) {
		a, err := low(ev)
		if err != nil {
			return nil, err
		}
		b, err := high(ev)
		if err != nil {
			return nil, err
		}
		if err := ev.read(from); err != nil {
			return nil, place(err, at)
		}
		v, err := slice(from, a, b)
		if err != nil {
			return unless(err, at, from, a, b)
		}
		return v, nil
	}}
}

// fetch returns a field of an object or an element of a list; nil for a field that is missing.
func fetch(from, key any) (any, *fault) {
	switch from := from.(type) {
	case map[string]any:
		if name, ok := key.(string); ok {
			return from[name], nil
		}
		return nil, mustBe("the name of a field", "string", kindWord(key)).at(1)
	case []any:
		i, ok := whole(key)
		if !ok {
			return nil, mustBe("the index of a list", "integer", kindWord(key)).at(1)
		}
		n := i
		if i < 0 {
			n = len(from) + i
		}
		if n < 0 || n >= len(from) {
			f := faultf("there is no element %d in a list of %d", i, len(from)).withHint("list?.[n], first(list) and last(list) give nil in place of a missing element").at(1)
			f.beyond = true
			return nil, f
		}
		return from[n], nil
	}
	kind := kindWord(from)
	f := &fault{read: keyText(key), kind: kind}
	f.message = "cannot read " + f.read + " of " + words.A(kind)
	switch from.(type) {
	case nil:
		f.hint = "use ?. where a value may be nil, and ?? to give another value"
	case string:
		if _, ok := key.(string); !ok {
			f.hint = "string[0:1] is the first character"
		}
	}
	return nil, f
}

func keyText(key any) string {
	if name, ok := key.(string); ok {
		return strconv.Quote(name)
	}
	if text, ok := scalarText(key); ok {
		return "element " + text
	}
	return "that"
}

// slice returns a part of a list, or of a string in characters. Bounds beyond the ends are moved to the ends.
func slice(from, low, high any) (any, error) {
	var length int
	switch from := from.(type) {
	case []any:
		length = len(from)
	case string:
		length = utf8.RuneCountInString(from)
	default:
		return nil, faultf("cannot slice %s", words.A(kindWord(from)))
	}
	a, err := bound(low, length, 0)
	if err != nil {
		return nil, err
	}
	b, err := bound(high, length, length)
	if err != nil {
		return nil, err
	}
	a = min(a, b)
	switch from := from.(type) {
	case []any:
		return from[a:b:b], nil
	case string:
		if len(from) == length {
			return from[a:b], nil
		}
		return string([]rune(from)[a:b]), nil
	}
	return nil, nil
}

// bound returns a bound of a slice, limited to the length, or otherwise if it is nil.
func bound(v any, length, otherwise int) (int, error) {
	if v == nil {
		return otherwise, nil
	}
	i, ok := whole(v)
	if !ok {
		return 0, mustBe("the bound of a slice", "integer", kindWord(v))
	}
	if i < 0 {
		i += length
	}
	return min(max(i, 0), length), nil
}

// whole converts a number to an integer, if it has no fraction.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		if v == math.Trunc(v) && v >= math.MinInt64 && v < math.MaxInt64 {
			return int(v), true
		}
	}
	return 0, false
}
