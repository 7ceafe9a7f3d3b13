package orgcopy

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// writeSchemas writes the custom attributes. One of users that is nothing but a type is in attributes; one of others, of which the seed has a value, needs no
// mention.
func (w *writer) writeSchemas() error {
	schemas := w.spools["schemas"]
	names := make([]string, 0, len(schemas.lists))
	for name := range schemas.lists {
		names = append(names, name)
	}
	slices.Sort(names)
	var rest []record
	simple := map[string]string{}
	for _, list := range names {
		_, owner, _ := strings.Cut(list, " ")
		if err := each(schemas, list, func(s record) error {
			name := textIn(s, "name")
			if s[declaredNames] != nil {
				return nil
			}
			if s["app"] == nil || w.apps[owner] != nil {
				w.lacks("schema_attributes", name, listIn(s, lackingField))
			}
			delete(s, lackingField)
			kind := simpleKind(name, objectIn(s, "attribute"))
			switch {
			case s["app"] != nil && w.apps[owner] == nil:
			case kind != "" && owner == "user":
				simple[name] = kind
			case kind != "" && kind != "integer" && w.seen[[2]string{owner, name}]:
			default:
				rest = append(rest, s)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	var schema bytes.Buffer
	if len(simple) > 0 {
		schema.WriteString("\nattributes:\n")
		for _, name := range sortedKeys(simple) {
			schema.WriteString("  " + scalar(name) + ": " + simple[name] + "\n")
			w.sum.Copied["attributes"]++
		}
	}
	w.to.print(schema.String())
	slices.SortStableFunc(rest, func(a, b record) int { return strings.Compare(textIn(a, "name"), textIn(b, "name")) })
	for _, s := range rest {
		if err := w.add("schema_attributes", s, "of", "type", "app", "name"); err != nil {
			return err
		}
	}
	ofUsers := newSeedWriter(&schema)
	for _, s := range rest {
		if s["of"] == "user" {
			ofUsers.item("schema_attributes", s)
		}
	}
	err := ofUsers.flush()
	w.schema = schema.Bytes()
	return err
}

// simpleKind returns the type of an attribute that is nothing but a type, and has the title that a simulated org gives one of which it knows
// no more; "" for any other.
func simpleKind(name string, attribute record) string {
	kind := textIn(attribute, "type")
	rest := without(attribute, "type", "title")
	if kind == "array" && reflect.DeepEqual(rest["items"], record{"type": "string"}) {
		delete(rest, "items")
	}
	if len(rest) > 0 || textIn(attribute, "title") != titleOf(name) {
		return ""
	}
	return kind
}

// titleOf returns the name of an attribute in words: "Badge number" for badgeNumber.
func titleOf(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case unicode.IsUpper(r):
			b.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
