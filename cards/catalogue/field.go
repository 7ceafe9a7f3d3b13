package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Field is an input of a card, or a field of its answer.
type Field struct {
	Name     string // with a dot before nested fields and [] after lists: target[].id
	Type     string // string, integer 1–200, list of strings, …
	Nullable bool   // null is possible; a null input counts as left out, unless About describes another meaning
	Required bool   // an input must be set; a field of an answer is always present
	Default  string // the value of an optional input that is left out; empty if there is none
	About    string // the description and the possible values
}

// TypeOrNull returns the type, with "or null" if it may be null.
func (f Field) TypeOrNull() string {
	if f.Nullable {
		return f.Type + " or null"
	}
	return f.Type
}

// Described returns a field without Name, Required and Default. A nil schema accepts any value.
func Described(s *jsonschema.Schema) Field {
	if s == nil {
		s = &jsonschema.Schema{}
	}
	return Field{Type: typeOf(s), Nullable: slices.Contains(s.Types, "null"), About: about(s)}
}

// rows returns the fields of an object in the order of the schema, each followed by its nested fields. It puts prefix
// before their names.
func rows(prefix string, object *jsonschema.Schema) []Field {
	var fields []Field
	for _, name := range names(object) {
		s := object.Properties[name]
		f := Described(s)
		if f.Type == "any" && f.About == "" && len(s.Properties) == 0 && s.Items == nil && s.Extra == nil && !slices.Contains(object.Required, name) {
			continue // nothing is known of it but its name, such as that of an attribute
		}
		f.Name, f.Required, f.Default = prefix+name, slices.Contains(object.Required, name), strings.Trim(string(s.Default), `"`)
		fields = append(fields, f)
		fields = append(fields, rows(prefix+name+".", s)...)
		if s.Items != nil {
			fields = append(fields, rows(prefix+name+"[].", s.Items)...)
		}
	}
	return fields
}

func names(object *jsonschema.Schema) []string {
	if len(object.PropertyOrder) == len(object.Properties) {
		return object.PropertyOrder
	}
	return slices.Sorted(maps.Keys(object.Properties))
}

// typeOf returns the type in the words of the flow language, without null. The type of a number has its bounds.
func typeOf(s *jsonschema.Schema) string {
	kind := s.Type
	for _, t := range s.Types {
		if t != "null" {
			kind = t
		}
	}
	switch {
	case kind == "":
		return "any"
	case kind == "array" && s.Items != nil && typeOf(s.Items) != "any":
		return "list of " + typeOf(s.Items) + "s"
	case kind == "array":
		return "list"
	case kind == "object" && len(s.Properties) == 0 && s.AdditionalProperties != nil && s.AdditionalProperties.Type != "":
		return "object of " + typeOf(s.AdditionalProperties) + "s"
	case s.Minimum != nil && s.Maximum != nil:
		return kind + " " + words.Number(*s.Minimum) + "–" + words.Number(*s.Maximum)
	case s.Minimum != nil:
		return kind + " ≥ " + words.Number(*s.Minimum)
	case s.Maximum != nil:
		return kind + " ≤ " + words.Number(*s.Maximum)
	}
	return kind
}

// about returns the description and the possible values.
func about(s *jsonschema.Schema) string {
	text := s.Description
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			values[i] = fmt.Sprint(value)
		}
		text += "; values: " + strings.Join(values, ", ")
	}
	if s.Extra["secret"] == true {
		text += "; secret"
	}
	return strings.TrimPrefix(text, "; ")
}
