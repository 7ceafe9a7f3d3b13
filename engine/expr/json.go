package expr

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// encode formats a value as JSON on one line, with sorted keys.
func (ev *evaluation) encode(v any) (string, error) {
	v, err := ev.leave(v)
	if err != nil {
		return "", err
	}
	if err := ev.made(textSize(v)); err != nil {
		return "", err
	}
	w := encoder{ev: ev}
	w.scalars = json.NewEncoder(&w.text)
	w.scalars.SetEscapeHTML(false)
	if err := w.value(v); err != nil {
		return "", err
	}
	return w.text.String(), nil
}

// An encoder writes JSON piece by piece, so that a cancel ends it. Package json writes a value as a whole.
type encoder struct {
	ev      *evaluation
	text    bytes.Buffer
	scalars *json.Encoder // writes to text
}

func (w *encoder) value(v any) error {
	if err := w.ev.pause(); err != nil {
		return err
	}
	switch v := v.(type) {
	case []any:
		w.text.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.text.WriteByte(',')
			}
			if err := w.value(e); err != nil {
				return err
			}
		}
		w.text.WriteByte(']')
		return nil
	case map[string]any:
		names, err := w.ev.names(v)
		if err != nil {
			return err
		}
		w.text.WriteByte('{')
		for i, name := range names {
			if i > 0 {
				w.text.WriteByte(',')
			}
			if err := w.scalar(name); err != nil {
				return err
			}
			w.text.WriteByte(':')
			if err := w.value(v[name]); err != nil {
				return err
			}
		}
		w.text.WriteByte('}')
		return nil
	}
	return w.scalar(v)
}

func (w *encoder) scalar(v any) error {
	if err := w.scalars.Encode(v); err != nil {
		return err
	}
	w.text.Truncate(w.text.Len() - 1) // a line break
	return nil
}

// textSize estimates the number of bytes of the strings in a value.
func textSize(v any) int {
	n := 0
	switch v := v.(type) {
	case string:
		n = len(v)
	case []any:
		for _, e := range v {
			n += textSize(e)
		}
	case map[string]any:
		for name, e := range v {
			n += len(name) + textSize(e)
		}
	}
	return n
}

// decode parses JSON, the argument of unjson, into the value model.
func (ev *evaluation) decode(text string) (any, error) {
	if !json.Valid([]byte(text)) { // a Decoder reads one value, and ignores what follows it
		wrong := words.NotJSON([]byte(text), json.Unmarshal([]byte(text), new(json.RawMessage)))
		return nil, faultf("unjson: the string is not JSON: %s", wrong).at(0)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return ev.decoded(d)
}

// decoded reads a value of valid JSON piece by piece, so that a cancel ends it.
func (ev *evaluation) decoded(d *json.Decoder) (any, error) {
	if err := ev.pause(); err != nil {
		return nil, err
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			e, err := ev.decoded(d)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			if object[name.(string)], err = ev.decoded(d); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return object, err
	}
	if n, ok := token.(json.Number); ok {
		return number(n), nil
	}
	return token, nil
}
