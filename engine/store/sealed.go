package store

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// An object with one of these names as its only field replaces a text or number with a secret. If an object of a value has a single
// field whose name starts with one of them, a mark is added to the end of the name.
const (
	sealedField  = "$sealed"
	droppedField = "$dropped"
	fieldMark    = "$"
)

// sealedText is what is encrypted.
type sealedText struct {
	Value   any      `json:"v"`
	Secrets []string `json:"s,omitempty"` // the parts of the text that are secret
}

// sealed returns JSON in which each text and number with a secret is replaced.
func (s *Store) sealed(row string, text []byte) ([]byte, error) {
	value, err := decode(text)
	if err != nil {
		return nil, err
	}
	out, err := s.sealIn(row, value)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(s.config.Veil.Text(encoded), encoded) {
		return encoded, nil
	}
	if out, err = s.sealOne(row, value, string(text)); err != nil { // a secret in several parts: the whole value is one
		return nil, err
	}
	return json.Marshal(out)
}

func decode(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

func (s *Store) sealIn(row string, value any) (any, error) {
	switch v := value.(type) {
	case string:
		return s.sealOne(row, v, v)
	case json.Number:
		return s.sealOne(row, v, v.String())
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			var err error
			if list[i], err = s.sealIn(row, item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, field := range v {
			if s.config.Veil.String(name) != name {
				return s.sealAll(row, v)
			}
			if isReserved(v, name) {
				name += fieldMark
			}
			var err error
			if object[name], err = s.sealIn(row, field); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return value, nil
}

func isReserved(object map[string]any, name string) bool {
	return len(object) == 1 && (strings.HasPrefix(name, sealedField) || strings.HasPrefix(name, droppedField))
}

// sealAll replaces an object whose fields have secret names.
func (s *Store) sealAll(row string, object map[string]any) (any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	return s.sealOne(row, object, string(text))
}

// sealOne replaces a value if its text has a secret.
func (s *Store) sealOne(row string, value any, text string) (any, error) {
	hidden := s.config.Veil.String(text)
	if hidden == text {
		return value, nil
	}
	plain, err := json.Marshal(sealedText{value, hiddenParts(text, hidden)})
	if err != nil {
		return nil, err
	}
	sealed, err := s.keys.seal(row, string(plain))
	switch {
	case err != nil:
		return nil, err
	case sealed == "":
		return map[string]any{droppedField: true}, nil
	}
	return map[string]any{sealedField: sealed}, nil
}

// hiddenParts returns the parts of a text that were replaced by card.Hidden.
func hiddenParts(text, hidden string) (parts []string) {
	pieces := strings.Split(hidden, card.Hidden)
	text, ok := strings.CutPrefix(text, pieces[0])
	for _, piece := range pieces[1:] {
		end := len(text)
		if piece != "" {
			end = strings.Index(text, piece)
		}
		if !ok || end < 0 {
			return nil
		}
		parts = append(parts, text[:end])
		text = text[end+len(piece):]
	}
	return parts
}

// unsealed reverses sealed. The veil of the store learns the secrets.
func (r reader) unsealed(row string, text []byte) ([]byte, error) {
	value, err := decode(text)
	if err != nil {
		return nil, r.store.damaged()
	}
	if value, err = r.openIn(row, value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func (r reader) openIn(row string, value any) (_ any, err error) {
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if v[i], err = r.openIn(row, item); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		sealed, isSealed := v[sealedField].(string)
		_, isDropped := v[droppedField]
		if len(v) == 1 && (isSealed || isDropped) {
			return r.openOne(row, sealed)
		}
		object := make(map[string]any, len(v))
		for name, field := range v {
			if isReserved(v, name) {
				name = strings.TrimSuffix(name, fieldMark)
			}
			if object[name], err = r.openIn(row, field); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return value, nil
}

// lostSecret is the JSON form of engine.LostSecret.
var lostSecret = func() any {
	text, _ := json.Marshal(engine.ValueJSON{Value: engine.LostSecret}) // a value of the model can be encoded
	value, _ := decode(text)
	return value
}()

// locked reports whether a value cannot be decrypted.
func (r reader) locked(row, sealed string) bool {
	_, err := r.store.keys.open(row, sealed)
	return err != nil
}

// openOne decrypts a value; "" is one that was not kept.
func (r reader) openOne(row, sealed string) (any, error) {
	switch {
	case r.people:
		return card.Hidden, nil
	case r.lost && (sealed == "" || r.locked(row, sealed)):
		return lostSecret, nil
	case sealed == "":
		return nil, notKept("the run had no key when it was written")
	}
	text, err := r.store.keys.open(row, sealed)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var opened sealedText
	if err := d.Decode(&opened); err != nil {
		return nil, r.store.damaged()
	}
	r.store.config.Veil.Learn(opened.Secrets...)
	if text, ok := opened.Value.(string); ok && len(opened.Secrets) == 0 {
		r.store.config.Veil.Learn(text)
	}
	return opened.Value, nil
}
