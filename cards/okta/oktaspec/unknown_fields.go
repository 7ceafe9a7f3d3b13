package oktaspec

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// unknownFields returns the places of a value that are in none of its schemas. OpenAPI allows additional properties; in a
// test such a property is a mistyped or invented name.
func unknownFields(v any, place string, schemas ...*openapi3.Schema) (places []string) {
	schemas = parts(schemas)
	switch v := v.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range schemas {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		for _, item := range v {
			places = append(places, unknownFields(item, place+"/*", items...)...)
		}
	case map[string]any:
		known := map[string][]*openapi3.Schema{}
		for _, s := range schemas {
			for name, property := range s.Properties {
				known[name] = append(known[name], property.Value)
			}
		}
		open := len(known) == 0 || slices.ContainsFunc(schemas, isOpen)
		for name, field := range v {
			switch of := known[name]; {
			case of != nil:
				places = append(places, unknownFields(field, place+"/"+name, of...)...)
			case !open:
				places = append(places, place+"/"+name)
			}
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// isOpen reports whether a schema allows any property, as the schemas of profiles do.
func isOpen(s *openapi3.Schema) bool {
	any := s.AdditionalProperties
	return any.Schema != nil || any.Has != nil && *any.Has
}

// parts returns the schemas and all schemas that they are composed of.
func parts(schemas []*openapi3.Schema) (all []*openapi3.Schema) {
	for _, s := range schemas {
		all = append(all, s)
		for _, refs := range [][]*openapi3.SchemaRef{s.AllOf, s.AnyOf, s.OneOf} {
			for _, ref := range refs {
				all = append(all, parts([]*openapi3.Schema{ref.Value})...)
			}
		}
	}
	return all
}
