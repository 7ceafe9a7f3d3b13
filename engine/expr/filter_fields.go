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
	if s == nil || depth > schemaDepth {
		return
	}
	if syntax := SyntaxOf(s); syntax != NoFilter {
		if needs := syntax.needs(); t.grade() < needs || t.kinds()&kList != 0 && t.Elem().grade() < needs {
			found(path)
		}
	}
	if t.kinds()&kList != 0 {
		t.Elem().looseFields(s.Items, path, depth+1, found)
	}
	if t.kinds()&kObject == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		t.mayHave(name).looseFields(s.Properties[name], path+"."+name, depth+1, found)
	}
	if s.AdditionalProperties == nil {
		return
	}
	for _, name := range t.Fields() {
		if s.Properties[name] == nil {
			t.mayHave(name).looseFields(s.AdditionalProperties, path+"."+name, depth+1, found)
		}
	}
	t.mayHave("").looseFields(s.AdditionalProperties, path+".*", depth+1, found)
}

// mayHave returns the type of the values that a field of an object can have before the run: answers of a service have fields that
// no schema lists. It is nothing for a field that cannot exist.
func (t Type) mayHave(name string) Type {
	field, ok := t.Field(name)
	switch {
	case ok:
		return field
	case t.shape.loose:
		return Any
	}
	return nothing
}
