package card

import (
	"encoding/json"
)

// A State and a Predicted are kept, and sent to other processes: their numbers stay what they are, as with DecodeJSON.

// UnmarshalJSON decodes the JSON form of a state.
func (s *State) UnmarshalJSON(data []byte) error {
	type plain State
	j := struct {
		*plain
		Fields json.RawMessage `json:"fields"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	var err error
	s.Fields, err = decodeFields(j.Fields)
	return err
}

// UnmarshalJSON decodes the JSON form of a prediction.
func (p *Predicted) UnmarshalJSON(data []byte) error {
	type plain Predicted
	j := struct {
		*plain
		Fields json.RawMessage `json:"fields"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	var err error
	p.Fields, err = decodeFields(j.Fields)
	return err
}

// decodeFields decodes an object; nil if data is empty or null.
func decodeFields(data json.RawMessage) (map[string]Value, error) {
	if len(data) == 0 {
		return nil, nil
	}
	v, err := DecodeJSON(data)
	fields, _ := v.(map[string]any)
	return fields, err
}
