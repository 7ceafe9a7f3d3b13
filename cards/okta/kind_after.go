package okta

import (
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
)

// predicts returns a prediction of fields.
func predicts(fields map[string]any) card.Predicted { return card.Predicted{Fields: fields} }

// becomes returns the After of a card that sets the status of an object.
func becomes[In any](status string) func(In, card.State) card.Predicted {
	return func(In, card.State) card.Predicted { return predicts(map[string]any{"status": status}) }
}

// gone is the After of a card that deletes an object.
func gone[In any](In, card.State) card.Predicted { return card.Predicted{Gone: true} }

// exists reports whether the object is known to exist before a call. A card that creates then fails, and changes nothing.
func exists(before card.State) bool { return !before.Missing && !before.IsZero() }

// makes returns the After of a card that creates an object with the fields of an input. The kind decides which of them Before reads.
func makes[In any](k kind, of func(In) map[string]any) func(In, card.State) card.Predicted {
	return func(in In, before card.State) card.Predicted {
		if exists(before) {
			return card.Predicted{}
		}
		return predicts(k.shown(of(in)))
	}
}

// shown returns the fields of an object that Before reads.
func (k kind) shown(object map[string]any) map[string]any { return k.state(object).Fields }

// replaced returns the prediction of a call that gives an object other values of the wanted fields. A null removes one.
func replaced(object, wanted map[string]any) map[string]any {
	set := maps.Clone(wanted)
	for name, value := range set {
		fields, isObject := value.(map[string]any)
		if old, was := object[name].(map[string]any); isObject && was {
			set[name] = whole(old, fields)
		}
	}
	return set
}

// whole returns the prediction of a call that replaces an object by another one: all its fields, and a null for each that only the old one
// has.
func whole(old, now map[string]any) map[string]any {
	all := map[string]any{}
	for name := range old {
		all[name] = nil
	}
	maps.Copy(all, replaced(old, now))
	return all
}

// profileBefore returns the profile of the state before a call; nil if there is none.
func profileBefore(before card.State) map[string]any {
	profile, _ := before.Fields["profile"].(map[string]any)
	return profile
}

// also adds to a prediction what the call changes that Before cannot read, if it does.
func also(p card.Predicted, does bool, what string) card.Predicted {
	if does {
		p.Unseen = append(p.Unseen, what)
	}
	return p
}
