package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A response is an answer in Okta's description.
type response struct {
	Ref     string `yaml:"$ref"`
	Content map[string]struct{ Schema schema }
}

// A schema is the part of a JSON Schema that has the names of the fields.
type schema struct {
	Ref        string `yaml:"$ref"`
	Properties map[string]yaml.Node
	Items      *schema
	AllOf      []schema `yaml:"allOf"`
	OneOf      []schema `yaml:"oneOf"`
	AnyOf      []schema `yaml:"anyOf"`
}

// schemas has the schemas of the description, by name.
type schemas map[string]schema

// success describes the answers of an operation that succeeded.
type success struct {
	empty  []int    // the statuses of answers without a body
	fields []string // the fields of an object that is answered: just id, if it has one
	listed bool     // the object is in a list
}

func (s success) isZero() bool { return s.empty == nil && s.fields == nil }

// String returns the Go source of an oktaapi.Answers.
func (s success) String() string {
	var parts []string
	if s.empty != nil {
		parts = append(parts, fmt.Sprintf("Empty: %#v", s.empty))
	}
	if s.fields != nil {
		parts = append(parts, fmt.Sprintf("Fields: %#v", s.fields))
	}
	if s.listed {
		parts = append(parts, "Listed: true")
	}
	return "Answers{" + strings.Join(parts, ", ") + "}"
}

// success reads the responses of an operation.
func (all schemas) success(responses map[string]response) (s success, err error) {
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		status, err := strconv.Atoi(code)
		if err != nil || status < 200 || status > 299 {
			continue
		}
		answer := responses[code]
		if answer.Ref != "" {
			return s, fmt.Errorf("the generator cannot read the $ref of response %s", code)
		}
		if len(answer.Content) == 0 {
			s.empty = append(s.empty, status)
		}
		for _, content := range answer.Content {
			object := all.resolved(content.Schema)
			if object.Items != nil {
				object, s.listed = *object.Items, true
			}
			fields := map[string]bool{}
			all.fields(object, fields)
			if s.fields = slices.Sorted(maps.Keys(fields)); fields["id"] {
				s.fields = []string{"id"}
			}
		}
	}
	return s, nil
}

func (all schemas) resolved(s schema) schema {
	for s.Ref != "" {
		s = all[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// fields adds the names of the fields that an object may have.
func (all schemas) fields(s schema, names map[string]bool) {
	s = all.resolved(s)
	for name := range s.Properties {
		names[name] = true
	}
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		all.fields(part, names)
	}
}
