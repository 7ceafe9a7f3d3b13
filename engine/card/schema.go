package card

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// SchemaFor returns the JSON Schema of T, a struct for inputs and answers. A field's name, and whether it is optional
// (`omitempty`), come from its json tag, the description from its `jsonschema` tag, and the order from the struct. A
// pointer may be null. Other tags:
//
//	default:"90"        the value if it is left out, as JSON or as a plain string
//	enum:"a,b"          the possible values
//	values:"a,b"        the known values of a field of an answer, which is not checked: becomes the keyword `values`
//	minimum:"1"         and maximum, for numbers
//	pattern:"^[a-z]+$"  a regular expression for strings
//	secret:"true"       never shown, in inputs and answers: becomes the keyword `secret`
//	filter:"true"       a filter expression of the service: becomes the keyword `filter`
//	filter:"a,b"        the same for these fields of a map, whatever else it has
//	expression:"true"   an expression in a language like Okta's, in which strings have no escapes: becomes filter: expression
//	expression:"a.b,c"  the same for the fields at these paths of an object of any form; [] is an element of a list
//	narrows:"true"      narrows a list, and must not be empty if it is given: becomes the keyword `narrows`
//	narrows:"a,b"       the same for these fields of a map
//	clears:"true"       a null inside clears something: becomes the keyword `clears`
//	attribute:"in.name" a literal null is the same as a null at this place in an input with clears: becomes the keyword `attribute`
//	table:"name"        names a table of the workspace; key, row, set and where are values for that table: becomes the keyword `table`
//	null:"false"        a list that is never null, as the zero value of a slice would be
//	open:"true"         an object with more fields than T knows (a user's profile)
//
// A map with a method Attributes() []string lists the fields that it is known to have, next to any others.
//
// It panics on a type that JSON cannot represent, which is a programming error.
func SchemaFor[T any]() *jsonschema.Schema {
	t := reflect.TypeFor[T]()
	var zero T
	if raw, ok := any(zero).(interface{ describedBy() reflect.Type }); ok {
		t = raw.describedBy()
	}
	_ = os.Unsetenv("JSONSCHEMAGODEBUG") // a switch of the library, which would change every schema
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{})
	if err != nil {
		panic(fmt.Sprintf("card: schema of %s: %v", t, err))
	}
	annotate(s, t)
	return s
}

// filterKeyword marks a filter expression in a schema.
const filterKeyword = "filter"

// annotate adds to s the tags of t's fields that the library does not read.
func annotate(s *jsonschema.Schema, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		annotate(s, t.Elem())
	case reflect.Slice:
		annotate(s.Items, t.Elem())
	case reflect.Map:
		annotate(s.AdditionalProperties, t.Elem())
		if known, ok := reflect.Zero(t).Interface().(interface{ Attributes() []string }); ok {
			s.Properties = map[string]*jsonschema.Schema{}
			for _, name := range known.Attributes() {
				s.Properties[name] = &jsonschema.Schema{}
			}
		}
	case reflect.Struct:
		annotateFields(s, t)
	}
}

func annotateFields(s *jsonschema.Schema, t reflect.Type) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := s.Properties[name]
		if property == nil {
			continue
		}
		annotate(property, field.Type)
		if text, ok := field.Tag.Lookup("default"); ok {
			property.Default = asJSON(text)
		}
		if text, ok := field.Tag.Lookup("enum"); ok {
			for _, value := range strings.Split(text, ",") {
				property.Enum = append(property.Enum, value)
			}
		}
		if text, ok := field.Tag.Lookup("values"); ok {
			property.Extra = map[string]any{"values": strings.Split(text, ",")}
		}
		property.Pattern = field.Tag.Get("pattern")
		property.Minimum = bound(field.Tag, "minimum")
		property.Maximum = bound(field.Tag, "maximum")
		for _, mark := range []string{secretKeyword, filterKeyword, narrowsKeyword, "clears"} {
			if field.Tag.Get(mark) != "true" {
				continue
			}
			if property.Extra == nil {
				property.Extra = map[string]any{}
			}
			property.Extra[mark] = true
		}
		if part := field.Tag.Get(tableKeyword); part != "" {
			if part == TableWhere { // in a flow; see Where
				*property = jsonschema.Schema{Type: "string", Description: property.Description}
			}
			property.Extra = map[string]any{tableKeyword: part}
		}
		markExpressions(property, field.Tag.Get("expression"))
		if attribute := field.Tag.Get("attribute"); attribute != "" {
			property.Extra = map[string]any{"attribute": attribute}
		}
		markFields(property, field.Tag, filterKeyword, "a filter expression")
		markFields(property, field.Tag, narrowsKeyword, "narrows the list")
		if field.Tag.Get("null") == "false" {
			property.Type, property.Types = "array", nil
		}
		if field.Tag.Get("open") == "true" {
			property.AdditionalProperties = &jsonschema.Schema{}
		}
	}
}

// refuseEmpty lets no optional string be empty, unless it may be null: to a card an empty one is the same as one that is left out, and a
// write would drop it without a word.
func refuseEmpty(s *jsonschema.Schema) {
	for name, property := range s.Properties {
		if property.Type == "string" && property.Enum == nil && property.Pattern == "" && !slices.Contains(s.Required, name) {
			property.MinLength = jsonschema.Ptr(1)
		}
		refuseEmpty(property)
	}
}

// markFields describes the fields of a map that a tag names.
func markFields(property *jsonschema.Schema, tag reflect.StructTag, mark, description string) {
	names := tag.Get(mark)
	if names == "" || names == "true" {
		return
	}
	if property.Properties == nil {
		property.Properties = map[string]*jsonschema.Schema{}
	}
	for _, name := range strings.Split(names, ",") {
		property.Properties[name] = &jsonschema.Schema{Description: description, Extra: map[string]any{mark: true}}
		if of := property.AdditionalProperties; of != nil {
			property.Properties[name].Type = of.Type
		}
	}
}

// markExpressions marks what a tag says is an expression: a string or the strings of a map, or the fields at paths.
func markExpressions(property *jsonschema.Schema, tag string) {
	mark := func(s *jsonschema.Schema) { s.Extra = map[string]any{filterKeyword: "expression"} }
	switch {
	case tag == "":
		return
	case tag != "true":
		for _, path := range strings.Split(tag, ",") {
			mark(at(property, strings.Split(path, ".")))
		}
	case property.AdditionalProperties != nil:
		mark(property.AdditionalProperties)
	default:
		mark(property)
	}
}

// at returns the schema at a path, and makes it if it does not exist.
func at(s *jsonschema.Schema, path []string) *jsonschema.Schema {
	for _, name := range path {
		if name == "[]" {
			s.Items = cmp.Or(s.Items, &jsonschema.Schema{})
			s = s.Items
			continue
		}
		if s.Properties == nil {
			s.Properties = map[string]*jsonschema.Schema{}
		}
		s.Properties[name] = cmp.Or(s.Properties[name], &jsonschema.Schema{})
		s = s.Properties[name]
	}
	return s
}

func asJSON(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, _ := json.Marshal(text) // a string always has JSON
	return quoted
}

func bound(tag reflect.StructTag, name string) *float64 {
	text, ok := tag.Lookup(name)
	if !ok {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("card: tag %s:%q is not a number", name, text))
	}
	return &f
}
