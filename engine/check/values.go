package check

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// object is the schema of a mapping of inputs.
type object struct {
	of     string // the owner of the inputs: "okta.user.suspend"
	noun   string // "input" or "field", for messages
	schema *jsonschema.Schema
	at     func() *flow.Node // returns the node at which a missing field is reported; nil: it is not reported
	card   bool              // they are the inputs of a card, of which an optional one that is null counts as not given
}

// absent reports whether a null for a field counts as not given. One that narrows a list must not be null.
func (o object) absent(name string, property *jsonschema.Schema) bool {
	return o.card && property != nil && !slices.Contains(o.schema.Required, name) &&
		property.Extra["narrows"] != true && property.Extra["clears"] != true && expr.SyntaxOf(property) != expr.JSONStrings
}

// unknown returns the code for a field that the object does not have.
func (o object) unknown() string {
	switch o.noun {
	case "field":
		return CodeUnknownField
	case "column":
		return flow.CodeUnknownColumn
	}
	return CodeUnknownInput
}

// object makes the template of a mapping of inputs, and reports whether any of them is only known at run time. A nil
// node is an empty mapping.
func (b *builder) object(n *flow.Node, o object) (t engine.Template, dynamic bool) {
	t.Fields = []engine.Field{}
	given, meant, names := map[string]bool{}, map[string]bool{}, o.names()
	var emptied []*flow.Node
	if n != nil {
		for _, field := range n.Fields {
			name := field.Key.Text
			given[name] = true
			if b.full() {
				continue
			}
			property, ok := o.property(name)
			if !ok {
				near, found := words.Nearest(name, names)
				meant[near] = true
				hint := words.Hint(o.noun+"s", name, names)
				if found && n.Key(near) != nil { // it is there, so it is not meant
					hint, near = words.Hint(o.noun+"s", "", names), ""
				}
				if extra := o.extra(); near == "" && extra != "" {
					hint = strings.TrimPrefix(hint+"; other attributes are in "+extra+": {"+name+": …}", "; ")
				}
				b.unknown(n, field.Key, o.unknown(), hint, names, "unknown %s %q for %s", o.noun, name, o.of)
				continue
			}
			if field.Value.IsNull() && attributeOf(property) != "" {
				emptied = append(emptied, field.Key)
				continue
			}
			if field.Value.IsNull() && o.absent(name, property) {
				continue
			}
			what := fmt.Sprintf("%s %q of %s", o.noun, name, o.of)
			b.similarKeys(field.Value, property, what)
			value, late := b.value(field.Value, b.schemas.of(property), what)
			if property != nil && property.Extra["clears"] == true {
				value = withoutNil(value)
				value.OrNone = true
			}
			dynamic = dynamic || late
			t.Fields = append(t.Fields, engine.Field{Name: name, Value: value})
		}
	}
	for _, key := range emptied {
		b.empty(n, key, &t, attributeOf(o.schema.Properties[key.Text]))
	}
	for _, name := range o.required() {
		if given[name] || meant[name] {
			continue
		}
		if at := o.at(); at != nil {
			b.problem(at, "missing-"+o.noun, about(o.schema.Properties[name]), "%s %q of %s is missing", o.noun, name, o.of)
		}
	}
	return t, dynamic
}

// extra returns the input that holds attributes without an input of their own; empty if there is none.
func (o object) extra() string {
	for name, property := range o.schema.Properties {
		if property.Extra["clears"] == true && property.Type == "object" {
			return name
		}
	}
	return ""
}

// attributeOf returns the place of the attribute that an input sets, such as profile_extra.department; empty if it sets none.
func attributeOf(property *jsonschema.Schema) string {
	if property == nil {
		return ""
	}
	attribute, _ := property.Extra["attribute"].(string)
	return attribute
}

// empty empties the attribute of an input that is a literal null: it is the same as a null at the place of the attribute.
func (b *builder) empty(n, key *flow.Node, t *engine.Template, attribute string) {
	input, name, _ := strings.Cut(attribute, ".")
	i := slices.IndexFunc(t.Fields, func(f engine.Field) bool { return f.Name == input })
	if i < 0 {
		i = len(t.Fields)
		t.Fields = append(t.Fields, engine.Field{Name: input, Value: engine.Template{Fields: []engine.Field{}}})
	}
	to := &t.Fields[i].Value
	if literal, ok := to.Literal.(map[string]any); ok {
		*to = engine.Template{Fields: make([]engine.Field, 0, len(literal)+1)}
		for _, name := range slices.Sorted(maps.Keys(literal)) {
			to.Fields = append(to.Fields, engine.Field{Name: name, Value: engine.Template{Literal: literal[name]}})
		}
	}
	switch {
	case to.Fields == nil:
		b.problem(n.Key(input), flow.CodeKeyClash, fmt.Sprintf("write the fields of %s one by one", input), "%q does not go together with %q, which is null", input, key.Text)
	case slices.ContainsFunc(to.Fields, func(f engine.Field) bool { return f.Name == name }):
		b.problem(key, flow.CodeKeyClash, "keep one of them", "%q is also given as %s.%s", key.Text, input, name)
	default:
		to.Fields = append(to.Fields, engine.Field{Name: name})
	}
}

// withoutNil returns a template whose expressions must not be nil: in a profile nil would empty an attribute,
// for everyone whose record lacks a field. A literal null is kept.
func withoutNil(t engine.Template) engine.Template {
	t.NoNil = t.Text != nil
	t.Items = slices.Clone(t.Items)
	for i := range t.Items {
		t.Items[i] = withoutNil(t.Items[i])
	}
	t.Fields = slices.Clone(t.Fields)
	for i := range t.Fields {
		t.Fields[i].Value = withoutNil(t.Fields[i].Value)
	}
	return t
}

// missingAt returns the node at which a value missing under a key of a step or a trigger is reported. It returns nil if the key
// may be misspelled, or if its value is not a mapping, which package flow reports.
func missingAt(n, at *flow.Node, key string, lacks bool) func() *flow.Node {
	return func() *flow.Node {
		if lacks && (n.Key(key) == nil || n.Field(key).Kind != flow.Mapping) {
			return nil
		}
		return at
	}
}

// property returns the schema of a field, and whether the field is allowed.
func (o object) property(name string) (*jsonschema.Schema, bool) {
	if o.schema == nil {
		return nil, true
	}
	if property, ok := o.schema.Properties[name]; ok {
		return property, true
	}
	if open(o.schema) {
		return o.schema.AdditionalProperties, true
	}
	return nil, o.schema.AdditionalProperties == nil && len(o.schema.Properties) == 0
}

func (o object) names() []string {
	if o.schema == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.schema.Properties))
}

func (o object) required() []string {
	if o.schema == nil {
		return nil
	}
	return o.schema.Required
}

// open reports whether an object may have more fields than its schema lists. The schema must allow this explicitly.
func open(s *jsonschema.Schema) bool {
	return s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil
}

func about(s *jsonschema.Schema) string {
	if s == nil {
		return ""
	}
	return s.Description
}

// value makes the template of a value and checks it against a schema: literals by their value, expressions by their
// type. late reports whether a part is only known at run time.
func (b *builder) value(n *flow.Node, s schema, what string) (t engine.Template, late bool) {
	switch {
	case n == nil:
		return t, false
	case card.TablePart(s.schema) == card.TableWhere:
		return b.where(n), true
	case n.Kind == flow.Mapping && card.TablePart(s.schema) != "" && b.table != nil:
		return b.object(n, object{of: "table " + b.table.card.Table, noun: "column", schema: s.schema, at: func() *flow.Node { return n }})
	case !holdsExpression(n):
		v := n.Literal()
		b.literalExpressions(n)
		if s.schema != nil && s.schema.Extra["secret"] == true {
			b.secretProblem(n, "give the flow an input with secret: true, and write ${ inputs.NAME }")
		} else if s.validate != nil {
			b.fits(n, v, s, what)
		}
		return engine.Template{Literal: v}, false
	case n.Kind == flow.List:
		t.Items = []engine.Template{}
		for _, item := range n.Items {
			of := b.schemas.items(s)
			if expr.SyntaxOf(s.schema) != expr.NoFilter { // each is one
				of = s
			}
			v, _ := b.value(item, of, what)
			t.Items = append(t.Items, v)
		}
		return t, true
	case n.Kind == flow.Mapping:
		t.Fields = []engine.Field{}
		for _, field := range n.Fields {
			v, _ := b.value(field.Value, b.schemas.property(s, field.Key.Text), what)
			t.Fields = append(t.Fields, engine.Field{Name: field.Key.Text, Value: v})
		}
		return t, true
	}
	compiled, ok := b.text(n)
	if !ok {
		return t, true
	}
	b.strayBrace(n)
	b.unquotedFilter(n, s, compiled)
	if s.schema != nil && !compiled.Type().NotNil().Fits(s.schema) {
		b.problem(n, flow.CodeWrongType, about(s.schema), "%s", words.MustBe(what, kinds(s.schema), compiled.Type().String()))
	}
	return engine.Template{Text: compiled, At: n.At}, !s.certain(compiled.Type())
}

// certain reports whether every value of a type fits a schema, so that nothing must be checked at run time: the schema
// requires this type and nothing else.
func (s schema) certain(t expr.Type) bool {
	return s.only != "" && s.only == t.Kind() && !t.Nullable()
}

// onlyKind returns the kind of the values of a schema that requires only a type; empty for other schemas.
func onlyKind(s *jsonschema.Schema) expr.Kind {
	asks := jsonschema.Schema{Type: s.Type, Description: s.Description, Extra: s.Extra, Default: s.Default}
	if !reflect.DeepEqual(*s, asks) {
		return ""
	}
	switch s.Type {
	case "string":
		return expr.KindString
	case "integer":
		return expr.KindInt
	case "boolean":
		return expr.KindBool
	}
	return ""
}

// holdsExpression reports whether any text in n contains ${ }, or `$${`, which also needs a template.
func holdsExpression(n *flow.Node) bool {
	found := false
	n.Walk(func(n *flow.Node) bool {
		found = found || n.IsText() && strings.Contains(n.Text, "${")
		return !found
	})
	return found
}
