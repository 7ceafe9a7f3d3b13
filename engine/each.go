package engine

import "github.com/flowdeck/flowdeck/engine/card"

// list is what reads the list of an each: all of it is one page.
func (l Loop) list(f *frame, path string) (func(Runtime, card.Cursor) (card.Page, error), int, error) {
	v, err := l.Each.eval(f, path)
	if err != nil {
		return nil, 0, err
	}
	items, ok := v.([]any)
	if unknown := f.decidable(l.Each.Program.Reads()); !ok && unknown != nil {
		return nil, 0, placed(unknown, l.Each.At(0))
	}
	switch {
	case !ok:
		return nil, 0, placed(invalid("", "each needs a list, and this is %s", kindOf(v)), l.Each.At(0))
	case l.Collect != nil && len(items) > MaxItems:
		return nil, 0, placed(invalid("leave `collect` out, and read the results file", "collect keeps %d values at most, and the list has %d", MaxItems, len(items)), l.Each.At(0))
	}
	return func(Runtime, card.Cursor) (card.Page, error) { return card.Page{Items: items}, nil }, len(items), nil
}

func kindOf(v Value) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "a boolean"
	case string:
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
