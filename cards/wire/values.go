package wire

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"path"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Values makes query or form values from an input. A value is a string, number or boolean, or a list of them.
func Values(input string, in map[string]any) (url.Values, error) {
	q := url.Values{}
	for name, v := range in {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			text, ok := Scalar(item)
			if !ok {
				return nil, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%s.%s must be a string, a number, a boolean or a list of them", input, name)}
			}
			q.Add(name, text)
		}
	}
	return q, nil
}

// Scalar returns a string, number or boolean as text.
func Scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int, float64, json.Number:
		text, err := card.EncodeJSON(v)
		return string(text), err == nil
	}
	return "", false
}

// MediaType returns the media type of a file by the ending of its name.
func MediaType(name string) string {
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
