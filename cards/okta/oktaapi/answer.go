package oktaapi

import (
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// value decodes the body of the answer.
func (e *exchange) value() (card.Value, error) {
	v, err := card.DecodeAnswer(e.body)
	switch {
	case errors.Is(err, card.ErrLargeAnswer):
		return nil, e.unread(err)
	case err != nil:
		return nil, e.garbled(err)
	}
	return v, nil
}

// resource decodes the body of an answer that is a user, a group or another object with an id. Any other body is an
// error.
func (e *exchange) resource() (map[string]any, error) {
	v, err := e.value()
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, e.garbled(fmt.Errorf("not an object with an id but %s", words.A(words.Kind(v))))
	}
	if id, _ := object["id"].(string); id == "" {
		return nil, e.garbled(errors.New("not an object with an id: it has none"))
	}
	return object, nil
}
