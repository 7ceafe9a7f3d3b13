package engine

import (
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// list returns a reader that reads the list of an each as a single page, and the length of the list.
func (l Loop) list(f *frame, at Place) (pageReader, int, error) {
	var v Value
	var err error
	if l.List != nil {
		v, err = l.List.eval(f, f.scope(at))
	} else {
		v, err = l.Each.known(f, at)
	}
	if err != nil {
		return nil, 0, err
	}
	items, ok := v.([]any)
	if !ok {
		return nil, 0, placed(invalid("", "%s", words.MustBe("the value of each", "list", words.Kind(v))), l.Each.At(0))
	}
	return func(Runtime, card.Cursor) (card.Page, error) { return card.Page{Items: items}, nil }, len(items), nil
}
