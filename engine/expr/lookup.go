package expr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// lookUp returns the value at a path of names joined by dots; nil if there is none.
func (ev *evaluation) lookUp(v any, path string) (any, error) {
	for {
		if err := ev.spend(len(path)); err != nil {
			return nil, err
		}
		name, rest, more := strings.Cut(path, ".")
		switch from := v.(type) {
		case map[string]any:
			if whole, ok := from[path]; ok {
				return whole, nil
			}
			v = from[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil {
				return nil, nil
			}
			if i < 0 {
				i += len(from)
			}
			if i < 0 || i >= len(from) {
				return nil, nil
			}
			v = from[i]
		case Unknown:
			return from.Field(path), nil
		default:
			return nil, nil
		}
		if !more {
			return v, nil
		}
		path = rest
	}
}

// pathType returns the type of the value at a path in a value of type t. The path is the nth argument. If it is a
// literal, an impossible name in it is an error at its position.
func (c *checker) pathType(t Type, args []operand, nth int) Type {
	arg := args[nth]
	if arg.text == nil {
		return Any
	}
	offset := 0 // of the rest of the path in the literal
	for path := *arg.text; ; {
		if t.isAny() || t.kinds() == kNothing || t.may(kList) && t.may(kObject) {
			return Any
		}
		others := t.kinds()&^kObject != 0 // a value of another kind has no fields, and gives nil
		if field, ok := t.Field(path); ok && t.Lists(path) && field.set != 0 {
			if others {
				field = field.OrNil()
			}
			return field
		}
		name, rest, more := strings.Cut(path, ".")
		switch {
		case t.may(kList):
			if _, err := strconv.Atoi(name); err != nil {
				return Any
			}
			t = t.Elem().OrNil()
		case !t.may(kObject):
			return Any
		default:
			field, ok := t.Field(name)
			if !ok {
				if _, near := words.Nearest(name, t.alternatives()); !near && args[0].unlisted() {
					return Any
				}
				c.fail(unknown(arg.part(offset, len(name)), name, fmt.Sprintf("unknown field %q in the path %q", name, *arg.text), "fields", t.alternatives()))
				return Any
			}
			if others {
				field = field.OrNil()
			}
			t = field
		}
		if !more {
			return t
		}
		offset += len(name) + 1
		path = rest
	}
}

// fieldType returns the type of a field of an object of type t. The name is the nth argument. If it is a literal, a name that is
// impossible is an error, and so is a path: it would select nothing.
func (c *checker) fieldType(t Type, args []operand, nth int) Type {
	arg := args[nth]
	if arg.text == nil || !t.may(kObject) || t.kinds() == kNothing {
		return Any
	}
	name := *arg.text
	field, ok := t.Field(name)
	if ok {
		return field
	}
	e := unknown(arg.part(0, len(name)), name, fmt.Sprintf("unknown field %q", name), "fields", t.alternatives())
	if first, _, path := strings.Cut(name, "."); path && t.Lists(first) {
		e.Hint = fmt.Sprintf("a path is not a field; the field is %q", first)
	} else if _, near := words.Nearest(name, e.Alternatives); !near && args[0].unlisted() {
		return Any
	}
	c.fail(e)
	return Any
}

// part returns the position of a part of a string literal. It is that of the whole literal if its text has escapes.
func (o operand) part(offset, length int) span {
	if o.at.to-o.at.from != len(*o.text)+2 { // with the quotes
		return o.at
	}
	from := o.at.from + 1 + offset
	return span{from, from + length}
}
