package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// A text of the command line, of a form or of a CSV file is read by the type in the schema of the input. The type may be behind a
// $ref or in an allOf: withTypes copies it to where the readers look for it.

// mostHops is the maximum number of steps on the way to a type.
const mostHops = 16

// withTypes returns the schema of an input with the types of the input, of its items and of their fields next to what refers to them. It
// accepts the same values.
func withTypes(s *jsonschema.Schema) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	t := typedPart(s, s)
	if t.Items == nil {
		return t
	}
	item := *typedPart(s, t.Items)
	item.Properties = maps.Clone(item.Properties)
	for name, field := range item.Properties {
		item.Properties[name] = typedPart(s, field)
	}
	t.Items = &item
	return t
}

// typedPart returns a part of a schema with the type, the values, the items and the fields that it gets from others.
func typedPart(root, part *jsonschema.Schema) *jsonschema.Schema {
	made := *part
	if made.Type != "" || made.Types != nil || made.Ref == "" && made.AllOf == nil {
		return &made
	}
	for hops, next := 0, []*jsonschema.Schema{part}; len(next) > 0 && hops < mostHops; hops++ {
		s := next[0]
		next = slices.Concat(next[1:], s.AllOf)
		if part := target(root, s.Ref); part != nil {
			next = append(next, part)
		}
		if made.Type == "" && made.Types == nil {
			made.Type, made.Types = s.Type, s.Types
		}
		if made.Enum == nil && made.Const == nil {
			made.Enum, made.Const = s.Enum, s.Const
		}
		if made.Items == nil {
			made.Items = s.Items
		}
		if s != part && len(s.Properties) > 0 {
			made.Properties = maps.Clone(made.Properties)
			if made.Properties == nil {
				made.Properties = map[string]*jsonschema.Schema{}
			}
			for name, field := range s.Properties {
				if made.Properties[name] == nil {
					made.Properties[name] = field
				}
			}
		}
	}
	return &made
}

// target returns the part of a schema that a $ref leads to; nil for an empty one, and for a part that is not among the
// definitions.
func target(root *jsonschema.Schema, ref string) *jsonschema.Schema {
	if ref == "#" {
		return root
	}
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	if !ok {
		return nil
	}
	return root.Defs[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
}
