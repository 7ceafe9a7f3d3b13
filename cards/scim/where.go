package scim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// quoted returns a string as a filter has it.
//
// Source: RFC 7644, section 3.4.2.2: a JSON string
func quoted(text string) string {
	data, _ := card.EncodeJSON(text) // a string has JSON
	return string(data)
}

// operators are those of a condition, for people.
var operators = []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}

// conditions returns the filter that an input `where` stands for: all its conditions, in the order of the attributes.
func conditions(where map[string]any) (string, error) {
	var all []string
	for _, path := range slices.Sorted(maps.Keys(where)) {
		if _, ok := attributePath(path); !ok {
			return "", badWhere("%q is not an attribute, such as userName or name.familyName", path)
		}
		tests, ok := where[path].(map[string]any)
		if !ok {
			tests = map[string]any{"eq": where[path]}
		}
		for _, op := range slices.Sorted(maps.Keys(tests)) {
			one, err := condition(path, op, tests[op])
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
	}
	return strings.Join(all, " and "), nil
}

func condition(path, op string, value any) (string, error) {
	if !slices.Contains(operators, op) {
		return "", badWhere("%q of %q is not an operator: %s", op, path, strings.Join(operators, ", "))
	}
	switch value.(type) {
	case map[string]any, []any, nil:
		return "", badWhere("%q has a value that is not a string, a number or a boolean", path)
	}
	if op == "pr" {
		switch value {
		case true:
			return path + " pr", nil
		case false:
			return "not (" + path + " pr)", nil
		}
		return "", badWhere("pr of %q is not true or false", path)
	}
	data, err := card.EncodeJSON(value)
	if err != nil {
		return "", badWhere("the value of %q: %v", path, err)
	}
	return path + " " + op + " " + string(data), nil
}

func badWhere(format string, args ...any) error {
	return &card.Error{Kind: card.Invalid, Message: "`where`: " + fmt.Sprintf(format, args...)}
}

// refuseWhere refuses conditions that select other resources than the caller expects. Values that are not known yet are accepted.
func refuseWhere(value any) *card.Refusal {
	where, known := value.(map[string]any)
	if !known {
		return nil
	}
	if len(where) == 0 {
		return &card.Refusal{Path: []string{"where"}, Message: "`where` has no conditions", Hint: "leave it out for all"}
	}
	for _, path := range slices.Sorted(maps.Keys(where)) {
		if text, ok := where[path].(string); ok && strings.TrimSpace(text) == "" || where[path] == nil {
			return &card.Refusal{
				Path: []string{"where", path}, Message: fmt.Sprintf("the value of %q in `where` is empty", path),
				Hint: "is an inserted value empty? For those without the attribute, write {pr: false}",
			}
		}
	}
	return nil
}
