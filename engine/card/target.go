package card

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// State is the state of the thing that a call would change, as the service reports it before the call. It is shown in
// plans and kept for undo, so it must not contain secrets. The zero State means that nothing is known.
type State struct {
	Missing bool `json:"missing,omitempty"` // the thing does not exist
	// Names has, by input, the name that people know for the thing with that id: {"user_id": "ada@acme.example"}; or, by an id in Fields, its
	// name.
	Names  map[string]string `json:"names,omitempty"`
	Fields map[string]Value  `json:"fields,omitempty"` // the fields that the call can change, and those that identify the thing
	// Moved has, by the name of a field, when anybody last changed it, by the clock of the service. It has only fields of which the service reports that, and
	// is no part of plans.
	Moved map[string]time.Time `json:"-"`
}

// IsZero reports whether nothing is known.
func (s State) IsZero() bool { return !s.Missing && s.Names == nil && s.Fields == nil }

// inputInTarget matches the name of an input in Spec.Target.
var inputInTarget = regexp.MustCompile(`\{([a-z_]+)\}`)

// Target returns the thing that a call acts on, for people: Spec.Target with each input's value or, if the state before
// the call has it, the name of the thing with that id. Without a Spec.Target, or if none of its inputs are given, it is
// the first input that is given. before may be the zero State. Secrets are Hidden.
func (c Card) Target(in Value, before State) string {
	fields, _ := Shown(c.In, in).(map[string]any)
	var known bool
	target := inputInTarget.ReplaceAllStringFunc(c.Spec.Target, func(quoted string) string {
		word := c.inTarget(strings.Trim(quoted, "{}"), fields, before)
		known = known || word != ""
		return word
	})
	if known {
		return target
	}
	for _, input := range c.In.PropertyOrder {
		if _, given := fields[input]; given {
			return c.inTarget(input, fields, before)
		}
	}
	return ""
}

// inTarget returns one input as Target shows it; empty if it is not given and has no default.
func (c Card) inTarget(input string, fields map[string]any, before State) string {
	if name := before.Names[input]; name != "" {
		return name
	}
	value, given := fields[input]
	if fallback := c.In.Properties[input].Default; !given && len(fallback) > 0 {
		value, _ = DecodeJSON(fallback) // SchemaFor made it from valid JSON
	}
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		if text, ok := joined(value); ok {
			return text
		}
	case fmt.Stringer: // a placeholder of the host for a value that is not known yet
		return value.String()
	}
	data, err := EncodeJSON(value)
	if err != nil { // every value of the model has JSON
		return ""
	}
	return string(data)
}

// joined returns a list of strings as people write it, such as the recipients of a mail.
func joined(list []any) (string, bool) {
	words := make([]string, len(list))
	for i, item := range list {
		word, ok := item.(string)
		if !ok {
			return "", false
		}
		words[i] = word
	}
	return strings.Join(words, ", "), true
}

// checkTarget panics if the spec's Target names an input that does not exist, or a secret one.
func (c Card) checkTarget() {
	for _, found := range inputInTarget.FindAllStringSubmatch(c.Spec.Target, -1) {
		if input := c.In.Properties[found[1]]; input == nil || isSecret(input) {
			panic(fmt.Sprintf("card: %s: its target names %q, which is secret or not an input", c.Name, found[1]))
		}
	}
}
