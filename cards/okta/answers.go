package okta

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// objectAt returns the object at the end of a path; nil if there is none.
func objectAt(object map[string]any, path ...string) map[string]any {
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

// idOf returns the id of an object; "" if it has none.
func idOf(object card.Value) string {
	fields, _ := object.(map[string]any)
	id, _ := fields["id"].(string)
	return id
}

// refusal returns a copy of the error of a request that Okta refused as invalid or forbidden; nil for any other error.
func refusal(err error) *card.Error {
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || e.Kind != card.Invalid && e.Kind != card.Forbidden {
		return nil
	}
	refused := *e
	return &refused
}

func isNotFound(err error) bool {
	e := (*card.Error)(nil)
	return errors.As(err, &e) && e.Kind == card.NotFound
}

func isConflict(err error) bool {
	e := (*card.Error)(nil)
	return errors.As(err, &e) && e.Kind == card.Conflict
}
