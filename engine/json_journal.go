package engine

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// EffectJSON is an Effect whose JSON form loses nothing. Fields that are not set are left out.
type EffectJSON struct{ Effect Effect }

type effectJSON struct {
	Kind  EffectKind `json:"kind,omitempty"`
	Place Place      `json:"place,omitzero"`
	Nth   int        `json:"nth,omitempty"`
	Value *ValueJSON `json:"value,omitempty"`
	Err   *ErrorJSON `json:"error,omitempty"`
	Time  time.Time  `json:"time,omitzero"`
	Doubt bool       `json:"doubt,omitempty"`
	Tally *Tally     `json:"tally,omitempty"`
}

// MarshalJSON encodes the effect.
func (e EffectJSON) MarshalJSON() ([]byte, error) {
	j := effectJSON{Kind: e.Effect.Kind, Place: e.Effect.Place, Nth: e.Effect.Nth, Time: e.Effect.Time, Doubt: e.Effect.Doubt, Tally: e.Effect.Tally}
	if e.Effect.Value != nil {
		if bare := (effectJSON{}); j == bare && e.Effect.Err == nil { // the answer of a card, which is most of a journal, is looked at once
			text, err := ValueJSON{e.Effect.Value}.MarshalJSON()
			return slices.Concat([]byte(`{"value":`), text, []byte(`}`)), err
		}
		j.Value = &ValueJSON{e.Effect.Value}
	}
	if e.Effect.Err != nil {
		j.Err = &ErrorJSON{e.Effect.Err}
	}
	return json.Marshal(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (e *EffectJSON) UnmarshalJSON(data []byte) error {
	var j effectJSON
	err := json.Unmarshal(data, &j)
	e.Effect = Effect{Kind: j.Kind, Place: j.Place, Nth: j.Nth, Time: j.Time, Doubt: j.Doubt, Tally: j.Tally}
	if j.Value != nil {
		e.Effect.Value = j.Value.Value
	}
	if j.Err != nil {
		e.Effect.Err = j.Err.Err
	}
	return err
}

// IntentJSON is an Intent whose JSON form loses nothing.
type IntentJSON struct{ Intent Intent }

type (
	plainIntent Intent
	intentJSON  struct {
		plainIntent
		In     ValueJSON
		Before StateJSON
	}
)

// MarshalJSON encodes the intent.
func (i IntentJSON) MarshalJSON() ([]byte, error) {
	return json.Marshal(intentJSON{plainIntent(i.Intent), ValueJSON{i.Intent.In}, StateJSON{i.Intent.Before}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (i *IntentJSON) UnmarshalJSON(data []byte) error {
	var j intentJSON
	err := json.Unmarshal(data, &j)
	i.Intent = Intent(j.plainIntent)
	i.Intent.In, i.Intent.Before = j.In.Value, j.Before.State
	return err
}

// StateJSON is a card.State whose JSON form loses nothing.
type StateJSON struct{ State card.State }

type stateJSON struct {
	Missing bool              `json:"missing,omitempty"`
	Names   map[string]string `json:"names,omitempty"`
	Fields  *ValueJSON        `json:"fields,omitempty"`

	Moved map[string]time.Time `json:"moved,omitempty"`
}

// MarshalJSON encodes the state.
func (s StateJSON) MarshalJSON() ([]byte, error) {
	j := stateJSON{Missing: s.State.Missing, Names: s.State.Names, Moved: s.State.Moved}
	if s.State.Fields != nil {
		j.Fields = &ValueJSON{s.State.Fields}
	}
	return card.EncodeJSON(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (s *StateJSON) UnmarshalJSON(data []byte) error {
	var j stateJSON
	err := json.Unmarshal(data, &j)
	s.State = card.State{Missing: j.Missing, Names: j.Names, Moved: j.Moved}
	if j.Fields != nil {
		s.State.Fields, _ = j.Fields.Value.(map[string]any)
	}
	return err
}
