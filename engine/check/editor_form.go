package check

import (
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// form returns the schema of a mapping. If the form has verbs, each verb has a branch that depends only on the verb's
// key. With a choice between whole alternatives, an error would not show which one was meant.
func (e *editor) form(f *flow.Form) *jsonschema.Schema {
	if len(f.Verbs) == 0 {
		s := e.closed(f.Keys, f.Rules, f.Name)
		s.Description = f.Doc
		if f.List != "" {
			s.Properties[f.List] = named(s.Properties[f.List].Description, ref(listCard))
			s.AllOf = append(s.AllOf, e.with(f.List, e.lists())...)
		}
		if f.Open {
			s.AdditionalProperties = &jsonschema.Schema{}
			s.AllOf = append(s.AllOf, e.settings()...)
		}
		return s
	}
	s := &jsonschema.Schema{Type: "object", Title: title(f.Name), Description: f.Doc}
	var conditions []*jsonschema.Schema
	for _, v := range f.Verbs {
		condition := required(v.Name)
		for _, key := range v.With {
			condition.AnyOf = append(condition.AnyOf, required(key))
		}
		conditions = append(conditions, condition)
		s.AllOf = append(s.AllOf, when(condition, e.verb(f, v)))
	}
	s.AllOf = append(s.AllOf, &jsonschema.Schema{If: &jsonschema.Schema{AnyOf: conditions}, Else: undecided(f)})
	return s
}

// undecided returns the schema of a mapping that has no verb yet. Completion suggests its keys. It never accepts a
// value, since a mapping with a verb uses another branch.
func undecided(f *flow.Form) *jsonschema.Schema {
	s := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: never()}
	offer := func(k flow.Key) *jsonschema.Schema {
		if s.Properties[k.Name] == nil {
			s.PropertyOrder = append(s.PropertyOrder, k.Name)
		}
		s.Properties[k.Name] = &jsonschema.Schema{Description: k.Doc, Types: types(k.Shape)}
		if s.Properties[k.Name].Types == nil {
			s.Properties[k.Name].Type = "string" // for suggestions only
		}
		return s.Properties[k.Name]
	}
	for _, k := range f.Keys {
		offer(k)
	}
	var verbs []string
	for _, v := range f.Verbs {
		verbs = append(verbs, v.Name)
		offer(v.Key)
		for _, k := range v.Keys { // `then` makes `if` a verb, and is suggested next to it
			if slices.Contains(v.With, k.Name) {
				beside := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{k.Name: offer(k).CloneSchemas()}}
				s.Properties[k.Name].Extra = map[string]any{"doNotSuggest": true}
				s.AllOf = append(s.AllOf, when(required(v.Name), beside))
			}
		}
	}
	s.AllOf = append(s.AllOf, &jsonschema.Schema{Required: verbs[:1], Extra: map[string]any{
		"errorMessage": f.Name + " has exactly one of: " + strings.Join(verbs, ", "),
	}})
	return s
}

// verb returns the schema of a mapping with this verb.
func (e *editor) verb(f *flow.Form, v flow.Verb) *jsonschema.Schema {
	noun := "a " + v.Name + " " + title(f.Name)
	if strings.ContainsRune("aeiou", rune(v.Name[0])) {
		noun = "an" + noun[1:]
	}
	keys := slices.Concat(f.Keys, []flow.Key{v.Key}, v.Keys)
	s := e.closed(keys, slices.Concat(v.Rules, v.Checked), noun)
	switch f {
	case flow.StepForm():
		e.ofCards(s, v)
	case flow.TriggerForm():
		e.ofTriggers(s, v)
	}
	return s
}

// title returns the name of a form for editors, which show it before every hover and after every error.
func title(noun string) string { return strings.TrimPrefix(strings.TrimPrefix(noun, "an "), "a ") }

// closed returns the schema of a mapping with these keys and no others. If two keys have the same name the last one
// counts: with `then`, `if` is the verb and not the guard.
func (e *editor) closed(keys []flow.Key, rules []flow.Rule, noun string) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Title: title(noun), Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: never(),
	}
	for _, k := range keys {
		if s.Properties[k.Name] == nil {
			s.PropertyOrder = append(s.PropertyOrder, k.Name)
		}
		property := e.shape(k.Shape)
		property.Description = k.Doc
		s.Properties[k.Name] = property
		if k.Required {
			s.Required = append(s.Required, k.Name)
		}
	}
	for _, rule := range rules {
		s.AllOf = append(s.AllOf, together(s, rule, noun)...)
	}
	return s
}

// together returns the schemas for a rule on the keys of a mapping with the schema s.
func together(s *jsonschema.Schema, rule flow.Rule, noun string) []*jsonschema.Schema {
	if rule.Kind == flow.Needs {
		if s.DependencyStrings == nil {
			s.DependencyStrings = map[string][]string{}
		}
		s.DependencyStrings[rule.Keys[0]] = rule.Keys[1:]
		return nil
	}
	message := noun + " has " + string(rule.Kind) + " of: " + strings.Join(rule.Keys, ", ")
	one := &jsonschema.Schema{}
	var all []*jsonschema.Schema
	if rule.Kind != flow.AtMostOne {
		all = append(all, one)
	}
	for i, key := range rule.Keys {
		one.AnyOf = append(one.AnyOf, &jsonschema.Schema{Required: []string{key}, Extra: map[string]any{"errorMessage": message}})
		if others := rule.Keys[i+1:]; rule.Kind != flow.AtLeastOne && len(others) > 0 {
			all = append(all, when(required(key), forbidden(message, others...)))
		}
	}
	return all
}
