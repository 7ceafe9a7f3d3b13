package scim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// operationPath returns the attribute that the path of an operation is about: attribute, attribute.sub, attribute[filter] or attribute[filter].sub, and
// the same with the URN of a schema before it. It returns false for a text that is not such a path.
//
// Source: RFC 7644, section 3.5.2, figure 7
func operationPath(path string) (attribute string, ok bool) {
	before, rest, filtered := strings.Cut(path, "[")
	names, ok := attributePath(before)
	if !ok {
		return "", false
	}
	if !filtered {
		return names[0], true
	}
	end := strings.LastIndex(rest, "]")
	if end < 0 {
		return "", false
	}
	if _, mistake := parseFilter(rest[:end]); mistake != nil {
		return "", false
	}
	sub := rest[end+1:]
	return names[0], sub == "" || sub[0] == '.' && attributeName.MatchString(sub[1:])
}

// touched returns the attributes that operations are about.
func touched(operations []operation) (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, o := range operations {
		if o.Path != "" {
			name, _ := operationPath(o.Path)
			add(name)
			continue
		}
		values, _ := o.Value.(map[string]any)
		for _, name := range sortedNames(values) {
			add(name)
		}
	}
	return names
}

// refuseOperations refuses operations that no target may do: on attributes that no card sets, or with a path that is not one.
func refuseOperations(value any) *card.Refusal {
	list, known := value.([]any)
	if !known {
		return nil
	}
	if len(list) == 0 {
		return &card.Refusal{Path: []string{"operations"}, Message: "`operations` is empty"}
	}
	for i, item := range list {
		o, _ := item.(map[string]any)
		if message := wrongOperation(o); message != "" {
			return &card.Refusal{Path: []string{"operations", fmt.Sprint(i)}, Message: fmt.Sprintf("operation %d: %s", i+1, message)}
		}
	}
	return nil
}

func wrongOperation(o map[string]any) string {
	path, isText := o["path"].(string)
	_, given := o["value"]
	switch {
	case o["path"] != nil && !isText: // not known yet
		return ""
	case o["op"] == "remove" && path == "":
		return "remove needs a `path`"
	case (o["op"] == "add" || o["op"] == "replace") && !given:
		return "it needs a `value`"
	case path != "":
		attribute, ok := operationPath(path)
		if !ok {
			return fmt.Sprintf("%q is not a path, such as name.familyName or emails[type eq \"work\"].value", path)
		}
		if isFixed(attribute) {
			return fmt.Sprintf("attribute %q cannot be set", attribute)
		}
		return ""
	}
	values, isObject := o["value"].(map[string]any)
	for _, name := range sortedNames(values) {
		if names, ok := attributePath(name); isFixed(name) || ok && isFixed(names[0]) {
			return fmt.Sprintf("attribute %q cannot be set", name)
		}
	}
	if _, text := o["value"].(string); text || isObject && len(values) == 0 {
		return "without a `path`, `value` is an object with attributes"
	}
	return ""
}

// patchWith does operations on a resource.
func patchWith[Out any](ctx context.Context, call card.Call, k kind, id string, operations []operation, excluded ...string) (card.Raw[Out], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[Out]{}, err
	}
	o, err := t.offers(ctx)
	if err != nil {
		return card.Raw[Out]{}, err
	}
	if !o.Patch {
		return card.Raw[Out]{}, &card.Error{
			Kind: card.Invalid, Message: "the target does not offer PATCH", Hint: "scim." + k.noun + ".update replaces the whole " + k.noun + " there",
		}
	}
	is, err := t.read(ctx, k, id, queryOf(nil, excluded))
	if err != nil {
		return card.Raw[Out]{}, err
	}
	after, err := t.write(ctx, k, is, o, message{method: http.MethodPatch, body: patch(operations)}, excluded)
	if err != nil {
		return card.Raw[Out]{}, err
	}
	return card.Raw[Out]{Value: written(after.fields, !sameResource(is.fields, after.fields))}, nil
}
