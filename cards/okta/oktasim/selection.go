package oktasim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A selection is the requested fields of a user, such as "id,status,profile:(firstName,city)": "Any other properties
// will be filtered out of the returned users"; "The id field is always included" (management API, "List all users",
// fields). That unknown fields are ignored, and that _embedded is kept, is our guess.
type selection struct {
	top     []string
	profile []string // of the profile; ignored if top has the whole profile
}

// selection reads the parameter fields. Nil means all fields.
func (c *call) selection() *selection {
	text := c.query.Get("fields")
	if text == "" {
		return nil
	}
	s := &selection{top: []string{"id", "_embedded"}}
	for text != "" {
		end := strings.IndexAny(text, ",(")
		if end < 0 {
			end = len(text)
		}
		name := strings.TrimSpace(text[:end])
		switch inner, after, closed := strings.Cut(text[min(end+1, len(text)):], ")"); {
		case end < len(text) && text[end] == '(':
			after = strings.TrimSpace(after)
			if name != "profile:" || !closed || after != "" && after[0] != ',' {
				c.reject(c.invalid("fields", "fields: expected names and profile:(…), not "+jsonText(c.query.Get("fields"))))
				return s
			}
			for part := range strings.SplitSeq(inner, ",") {
				s.profile = append(s.profile, strings.TrimSpace(part))
			}
			text = strings.TrimPrefix(after, ",")
		default:
			s.top = append(s.top, name)
			text = text[min(end+1, len(text)):]
		}
	}
	return s
}

// of returns the selected part of a user. Both are JSON objects.
func (s *selection) of(user []byte) []byte {
	return choose(user, func(name string, value []byte) []byte {
		switch {
		case slices.Contains(s.top, name):
			return value
		case name == "profile" && len(s.profile) > 0:
			return choose(value, func(name string, value []byte) []byte {
				if slices.Contains(s.profile, name) {
					return value
				}
				return nil
			})
		}
		return nil
	})
}

// choose returns an object with the properties for which keep returns a value, in the original order.
func choose(object []byte, keep func(name string, value []byte) []byte) []byte {
	b := []byte{'{'}
	d := json.NewDecoder(bytes.NewReader(object))
	d.Token() // skip the {
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break // cannot happen, because this org has written the object
		}
		kept := keep(name.(string), value)
		if kept == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendText(b, name.(string)), ':')
		b = append(b, kept...)
	}
	return append(b, '}')
}
