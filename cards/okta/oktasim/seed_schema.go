package oktasim

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// declared reads the custom attributes of users: a mapping of names to types, or a list of names, whose values may be
// of any type.
func (l *loader) declared(n *yaml.Node) schema {
	own := schema{}
	if n == nil || isNull(n) {
		return own
	}
	declare := func(at *yaml.Node, name string, of kind) {
		if _, taken := baseSchema[name]; taken {
			l.problem(at, "attributes are those that the org adds", "attribute %q exists in every org", name)
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

// fits checks a value of a listed user, in JSON, against the schema.
func (l *loader) fits(n *yaml.Node, name, value string) {
	p, known := l.schema.find(name)
	if !known || l.learned[name] {
		l.learned[name] = true
		l.schema.learn(name, value)
		return
	}
	for _, cause := range p.faults(name, value) {
		hint := ""
		if p.kind == stringKind && n.Kind == yaml.ScalarNode && !p.kind.holds(value) {
			hint = `write it in quotes, like "` + n.Value + `"`
		}
		l.problem(n, hint, "%s", cause)
	}
}
