package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	validator "github.com/santhosh-tekuri/jsonschema/v5"
)

// The validator reads a schema as a tree: a part to which several others refer is compared with the same value once for each
// path that leads to it, and each time makes an error of its own. So a schema of a few lines can take hours and all memory.
// work counts the comparisons before they are made.

const (
	mostWork     = 100_000 // comparisons that are always made
	mostRepeated = 10      // times that a part of a schema is compared with the same value, on average, if there are more
)

// work is a count of comparisons of parts of a schema with parts of a value: all, and those of different parts. The first may be
// huge.
type work struct{ all, different float64 }

func (w *work) tooMuch() bool { return w.all > mostWork && w.all > mostRepeated*w.different }

// tooMuchWork returns an error if a schema is compared too often with a value.
func tooMuchWork(s *validator.Schema, v any) error {
	var w work
	w.of(map[*validator.Schema]float64{s: 1}, v)
	if !w.tooMuch() {
		return nil
	}
	return fmt.Errorf("the schema leads to the same parts on too many paths: at least %.0f comparisons for this value", w.all)
}

// of adds the comparisons of a value with schemas, each with the number of paths that lead to it.
func (w *work) of(schemas map[*validator.Schema]float64, v any) {
	counts := map[*validator.Schema]float64{}
	order := inPlace(slices.SortedFunc(maps.Keys(schemas), func(a, b *validator.Schema) int { return strings.Compare(a.Location, b.Location) }))
	for s, n := range schemas {
		counts[s] += n
	}
	for _, s := range order {
		w.all += counts[s]
		w.different++
		for _, next := range sameValue(s) {
			counts[next] += counts[s]
		}
	}
	if w.tooMuch() {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			w.part(order, counts, func(s *validator.Schema) []*validator.Schema { return ofField(s, name) }, field)
		}
	case []any:
		for i, item := range v {
			w.part(order, counts, func(s *validator.Schema) []*validator.Schema { return ofItem(s, i) }, item)
		}
	}
}

func (w *work) part(order []*validator.Schema, counts map[*validator.Schema]float64, of func(*validator.Schema) []*validator.Schema, v any) {
	if w.tooMuch() {
		return
	}
	next := map[*validator.Schema]float64{}
	for _, s := range order {
		for _, part := range of(s) {
			next[part] += counts[s]
		}
	}
	if len(next) > 0 {
		w.of(next, v)
	}
}

// inPlace returns the schemas that apply to the same value as some schemas, with those themselves, each after all that lead to it.
func inPlace(from []*validator.Schema) (order []*validator.Schema) {
	seen := map[*validator.Schema]bool{}
	var visit func(*validator.Schema)
	visit = func(s *validator.Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		for _, next := range sameValue(s) {
			visit(next)
		}
		order = append(order, s)
	}
	for _, s := range from {
		visit(s)
	}
	slices.Reverse(order)
	return order
}

// sameValue returns the parts of a schema that apply to the same value.
func sameValue(s *validator.Schema) []*validator.Schema {
	all := slices.Concat([]*validator.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf, slices.Collect(maps.Values(s.DependentSchemas)))
	return slices.DeleteFunc(all, func(s *validator.Schema) bool { return s == nil })
}

// ofField returns the parts of a schema that apply to a field of an object.
func ofField(s *validator.Schema, name string) (all []*validator.Schema) {
	if own := s.Properties[name]; own != nil {
		all = append(all, own)
	}
	for pattern, part := range s.PatternProperties {
		if pattern.MatchString(name) {
			all = append(all, part)
		}
	}
	if others, ok := s.AdditionalProperties.(*validator.Schema); ok && len(all) == 0 {
		all = append(all, others)
	}
	if s.UnevaluatedProperties != nil {
		all = append(all, s.UnevaluatedProperties)
	}
	return all
}

// ofItem returns the parts of a schema that apply to an item of a list.
func ofItem(s *validator.Schema, i int) (all []*validator.Schema) {
	if i < len(s.PrefixItems) {
		all = append(all, s.PrefixItems[i])
	} else if s.Items2020 != nil {
		all = append(all, s.Items2020)
	}
	for _, part := range []*validator.Schema{s.Contains, s.UnevaluatedItems} {
		if part != nil {
			all = append(all, part)
		}
	}
	return all
}

// subschemas returns the parts of a schema, to any depth, each once, with the schema itself.
func subschemas(s *validator.Schema) []*validator.Schema {
	var all []*validator.Schema
	seen := map[*validator.Schema]bool{}
	var visit func(*validator.Schema)
	visit = func(s *validator.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		all = append(all, s)
		others, _ := s.AdditionalProperties.(*validator.Schema)
		for _, part := range slices.Concat(
			sameValue(s), s.PrefixItems, slices.Collect(maps.Values(s.Properties)), slices.Collect(maps.Values(s.PatternProperties)),
			[]*validator.Schema{others, s.Items2020, s.Contains, s.PropertyNames, s.UnevaluatedProperties, s.UnevaluatedItems},
		) {
			visit(part)
		}
	}
	visit(s)
	return all
}

// shares reports whether several paths may lead from a schema to the same part of it, for the same value.
func shares(s *validator.Schema) bool {
	refers, branches := false, false
	for _, part := range subschemas(s) {
		refers = refers || part.Ref != nil
		branches = branches || len(sameValue(part)) > 1 || part.UnevaluatedItems != nil || part.UnevaluatedProperties != nil || part.Contains != nil || len(part.PatternProperties) > 0
	}
	return refers && branches
}
