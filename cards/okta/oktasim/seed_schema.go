package oktasim

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// declared reads the custom attributes of users: a mapping of names to types, or a list of names, whose types are those of their values.
func (l *loader) declared(n *yaml.Node) schema {
	own := schema{}
	if n == nil || isNull(n) {
		return own
	}
	declare := func(at *yaml.Node, name string, of kind) {
		switch _, taken := baseSchema[name]; {
		case taken:
			l.problem(at, "attributes are those that the org adds", "attribute %q exists in every org", name)
			return
		case slices.Contains(reservedAttributes, name):
			l.problem(at, "", "attribute %q is reserved", name)
			return
		case !attributeName.MatchString(name):
			l.problem(at, "", "the name of an attribute must have letters, digits and underscores only, and not start with a digit, not %q", name)
			return
		}
		own[name] = property{kind: of}
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			declare(item, l.text(item, "an attribute"), anyKind)
		}
		return own
	}
	for _, e := range l.entries(n, "attributes") {
		of := kind(l.text(e.value, fmt.Sprintf("the type of %q", e.key)))
		if !slices.Contains(kinds, of) {
			l.problem(e.value, "types: "+joinKinds(), "unknown type %q of attribute %q", of, e.key)
			continue
		}
		declare(e.at, e.key, of)
	}
	return own
}

func joinKinds() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// schemaOf returns the schema of a user type by its name or id; "" is the default type.
func (l *loader) schemaOf(userType string) schema {
	if userType == "" {
		return l.schema
	}
	if l.typeSchemas[userType] == nil {
		l.typeSchemas[userType] = schema{}
	}
	return l.typeSchemas[userType]
}

// fits checks a value of a listed user or group, in JSON, against the schema.
func (l *loader) fits(of schema, n *yaml.Node, name, value string) {
	p, based := baseSchema[name]
	causes := p.faults(name, value)
	if !based {
		causes = of.learn(name, value)
		p = of[name]
	}
	for _, cause := range causes {
		hint := ""
		switch {
		case p.kind == stringKind && n.Kind == yaml.ScalarNode && !p.kind.holds(value):
			hint = `write it in quotes, like "` + n.Value + `"`
		case !based:
			hint = "the type of an attribute is that in attributes, or that of its first value"
		}
		l.problem(n, hint, "%s", cause)
	}
}
