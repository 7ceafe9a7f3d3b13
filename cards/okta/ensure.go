package okta

import "github.com/flowdeck/flowdeck/engine/card"

// findOrCreate returns the object that find finds, or else the one that create makes, and whether it was created. If somebody else
// creates it in between, it is found after all.
func findOrCreate(find, create func() (map[string]any, error)) (object map[string]any, created bool, err error) {
	if object, err = find(); err != nil || object != nil {
		return object, false, err
	}
	if object, err = create(); !isConflict(err) {
		return object, err == nil, err
	}
	if late, lateErr := find(); lateErr == nil && late != nil {
		return late, false, nil
	}
	return nil, false, err
}

// ensured makes the answer from a written object, which it has by the word.
func ensured[T any](word string, answer card.Value, created bool) card.Raw[T] {
	object, _ := answer.(map[string]any)
	if object == nil {
		return card.Raw[T]{}
	}
	done := map[string]any{"created": created, "changed": object["changed"], "ignored": []any{}, word: object}
	if ignored, ok := object["ignored"]; ok { // a new object has none
		done["ignored"] = ignored
	}
	delete(object, "changed")
	delete(object, "ignored")
	return card.Raw[T]{Value: done}
}
