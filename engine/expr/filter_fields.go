package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// LooseFields returns the paths, such as "query.search", of fields that a schema declares as filters, if their values of this
// type may change the meaning of the filter. The path "" means the value itself.
func (t Type) LooseFields(s *jsonschema.Schema) []string {
	var found []string
	t.looseFields(s, "", 0, func(path string) { found = append(found, strings.TrimPrefix(path, ".")) })
	return slices.Compact(found) // the element of a list has the path of the list
}

func (t Type) looseFields(s *jsonschema.Schema, path string, depth int, found func(path string)) {
	switch {
	case s == nil || depth > schemaDepth:
		return
	case SyntaxOf(s) != NoFilter:
		if needs := SyntaxOf(s).needs(); t.grade() < needs || t.kinds()&kList != 0 && t.Elem().grade() < needs {
			found(path)
		}
		return
	}
	if t.kinds()&kList != 0 {
		t.Elem().looseFields(s.Items, path, depth+1, found)
	}
	names := slices.Sorted(maps.Keys(s.Properties))
	for _, name := range names {
		if field, ok := t.Field(name); ok {
			field.looseFields(s.Properties[name], path+"."+name, depth+1, found)
		}
	}
	if s.AdditionalProperties == nil {
		return
	}
	for _, name := range t.Fields() {
		if field, _ := t.Field(name); s.Properties[name] == nil {
			field.looseFields(s.AdditionalProperties, path+"."+name, depth+1, found)
		}
	}
}
