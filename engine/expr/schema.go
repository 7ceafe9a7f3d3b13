package expr

import (
	"encoding/json"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaDepth is the maximum depth of a schema. Deeper parts, and the parts of a schema that contains itself, are Any.
const schemaDepth = 32

// FromSchema returns the type of the values that a schema accepts; Any for nil. If an object schema lists properties,
// other properties are excluded unless additionalProperties is true or a schema. A keyword that a type cannot express
// ($ref, allOf, if) is ignored or widens the type: apart from unknown properties, every value that the schema accepts
// has the type.
func FromSchema(s *jsonschema.Schema) Type { return fromSchema(s, 0) }

func fromSchema(s *jsonschema.Schema, depth int) Type {
	if s == nil || depth > schemaDepth {
		return Any
	}
	names := s.Types
	if s.Type != "" {
		names = []string{s.Type}
	}
	t := Type{set: kNothing}
	for _, name := range names {
		t.set |= schemaKinds[name]
	}
	if len(names) == 0 {
		switch {
		case s.Const != nil:
			return TypeOf(*s.Const)
		case len(s.Enum) > 0:
			for _, v := range s.Enum {
				t = t.Or(TypeOf(v))
			}
			t.texts = schemaTexts(s)
			return t
		case len(s.AnyOf)+len(s.OneOf) > 0 && len(s.Properties) == 0:
			for _, branch := range append(s.AnyOf[:len(s.AnyOf):len(s.AnyOf)], s.OneOf...) {
				t = t.Or(fromSchema(branch, depth+1))
			}
			return t
		case len(s.Properties) > 0: // an object, although it does not declare its type
			t.set |= kObject
		case s.Items != nil:
			t.set |= kList
		}
	}
	if t.set &^= kNothing; t.set == 0 {
		return Any
	}
	t.text, t.texts = schemaGrade(s), schemaTexts(s)
	if t.set&kList != 0 && s.Items != nil && len(s.PrefixItems) == 0 {
		elem := fromSchema(s.Items, depth+1)
		t.elem = &elem
	}
	if t.set&kObject != 0 {
		t.shape = schemaShape(s, depth)
	}
	return t
}

// schemaGrade returns the grade of the strings that a schema accepts. Those of an enum are from its author, and an
// input with the keyword filter may be any filter.
func schemaGrade(s *jsonschema.Schema) grade {
	written := s.Enum
	if s.Const != nil {
		written = []any{*s.Const}
	}
	switch {
	case len(written) > 0:
		g := word
		for _, v := range written {
			g = min(g, TypeOf(v).grade())
		}
		return g
	case s.Format == "date" || s.Format == "date-time":
		return word
	case SyntaxOf(s) != NoFilter:
		return SyntaxOf(s).needs()
	}
	return foreign
}

// schemaTexts returns the strings that a schema accepts: those of its enum or, for answers, which are not checked, of the
// keyword values. It returns nil if they are not known.
func schemaTexts(s *jsonschema.Schema) *[]string {
	values, _ := s.Extra["values"].([]string)
	for _, v := range s.Enum {
		if text, ok := v.(string); ok {
			values = append(values, text)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return &values
}

func schemaShape(s *jsonschema.Schema, depth int) *shape {
	closed := isFalse(s.AdditionalProperties)
	if len(s.Properties) == 0 && !closed && s.AdditionalProperties == nil {
		return nil
	}
	shape := &shape{loose: !closed}
	for name, property := range s.Properties {
		t := fromSchema(property, depth+1)
		if !slices.Contains(s.Required, name) {
			t = t.OrNil() // a field that is missing is read as nil
		}
		shape.fields = shape.fields.with(name, t)
	}
	more := len(s.PatternProperties) > 0 || s.Ref != "" || s.DynamicRef != "" || s.If != nil || len(s.DependentSchemas) > 0 ||
		len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0
	switch {
	case more && !closed:
		shape.extra = &Any
	case s.AdditionalProperties != nil && !closed:
		extra := fromSchema(s.AdditionalProperties, depth+1)
		shape.extra = &extra
	}
	return shape
}

// isFalse reports whether a schema accepts nothing; the library represents `false` as {not: {}}.
func isFalse(s *jsonschema.Schema) bool {
	return s != nil && s.Not != nil && s.Not.Not == nil && s.Not.Type == "" && len(s.Not.Types) == 0 &&
		s.Not.Const == nil && s.Not.Enum == nil && len(s.Not.Properties) == 0 && len(s.Not.Required) == 0 &&
		s.Type == "" && len(s.Properties) == 0
}

var schemaKinds = map[string]kinds{
	"null": kNil, "boolean": kBool, "integer": kInt, "number": kNumber, "string": kString, "array": kList, "object": kObject,
}

// TypeOf returns the type of a value in the value model.
func TypeOf(v any) Type {
	switch v := v.(type) {
	case nil:
		return Nil
	case bool:
		return Bool
	case int:
		return Int
	case float64:
		if v == float64(int64(v)) { // other decoders represent every number as float64
			return Number
		}
		return Float
	case json.Number:
		return Number
	case string:
		return String.graded(gradeOf(v))
	case []any:
		elem := nothing
		for _, e := range v {
			elem = elem.Or(TypeOf(e))
		}
		return ListOf(elem)
	case map[string]any:
		fields := make(map[string]Type, len(v))
		for name, field := range v {
			fields[name] = TypeOf(field)
		}
		return ObjectOf(fields, false)
	}
	return Any
}

// Fits reports whether a value of the type can have a type that the schema accepts. It returns true if this is not
// certain: for types that are nullable, unknown or of several kinds. It only looks at the schema's own type, not at its
// properties, items or limits.
func (t Type) Fits(s *jsonschema.Schema) bool {
	accepted := fromSchema(s, schemaDepth-2).kinds()
	if accepted&kNumber != 0 {
		accepted |= kNumber // 3.0 is an integer in JSON Schema
	}
	return t.outside().may(accepted)
}
