package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Field is one input of a card, or one field of its answer.
type Field struct {
	Name     string // with a dot for a field of a field, and [] for each of a list: target[].id
	Type     string // string, integer 1–200, list of strings, …
	Nullable bool   // it may be null; of an input, null is as good as left out, unless About says more
	Required bool   // it is always there; an input has to be given
	Default  string // of an input that may be left out: the value that is used then; empty if there is none
	About    string // what it is, and which values it may have
}

// TypeOrNull is the type, and that it may be null.
func (f Field) TypeOrNull() string {
	if f.Nullable {
		return f.Type + " or null"
	}
	return f.Type
}

// Described is what a schema says of a field, its name aside, and whether it has to be given. A nil schema takes anything.
func Described(s *jsonschema.Schema) Field {
	if s == nil {
		s = &jsonschema.Schema{}
	}
	return Field{Type: typeOf(s), Nullable: slices.Contains(s.Types, "null"), About: about(s)}
}

// rows is the fields of an object, each followed by its own, in the schema's order. prefix is what stands before
// their names.
func rows(prefix string, object *jsonschema.Schema) []Field {
	var fields []Field
	for _, name := range names(object) {
		s := object.Properties[name]
		f := Described(s)
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

// typeOf is the type in the words of the flow language, null aside, with the bounds of a number.
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
		return kind + " " + number(*s.Minimum) + "–" + number(*s.Maximum)
	case s.Minimum != nil:
		return kind + " ≥ " + number(*s.Minimum)
	case s.Maximum != nil:
		return kind + " ≤ " + number(*s.Maximum)
	}
	return kind
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// about is the description, and what is allowed.
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
