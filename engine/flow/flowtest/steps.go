package flowtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/flow"
)

const mostDepth = 3 // of steps in each other

// body makes the steps of a body that sees some things more.
func (g *generator) body(s flow.Shape, sees []ref) list {
	outside := g.scope
	g.scope.refs = slices.Clone(outside.refs)
	if s.Scope == flow.RecordScope { // its record is another
		g.scope.refs = slices.DeleteFunc(g.scope.refs, func(r ref) bool { return strings.HasPrefix(r.text, "record") })
	}
	g.scope.refs = append(g.scope.refs, sees...)
	g.scope.loop = g.scope.loop || s.Scope == flow.RecordScope
	g.scope.depth++
	defer func() { g.scope = outside }()
	return g.steps(max(s.Min, 1+g.Pick(3)))
}

func (g *generator) steps(n int) list {
	var steps list
	for range n {
		steps = append(steps, g.step())
	}
	return steps
}

// step makes a step of any verb, and makes what it binds known.
func (g *generator) step() mapping {
	form := flow.StepForm()
	v := chance.OneOf(&g.Choices, form.Verbs)
	for g.unfit(v) {
		v = chance.OneOf(&g.Choices, form.Verbs)
	}
	s := stepOf{generator: g, verb: v}
	guards := slices.DeleteFunc(slices.Clone(form.Keys), func(k flow.Key) bool { return k.Name == v.Name })
	s.keys = slices.Concat(guards, []flow.Key{v.Key}, v.Keys)
	m := s.mapping()
	if v.Binds {
		for _, f := range m.value(v.Name).(mapping) {
			if !m.has("if") {
				g.scope.refs = append(g.scope.refs, ref{"vars." + f.key, Any})
			}
		}
	}
	if id, ok := m.value("id").(scalar); ok {
		g.scope.refs = append(g.scope.refs, s.results(string(id), m)...)
	}
	return m
}

// unfit reports whether a verb does not belong where the step is.
func (g *generator) unfit(v flow.Verb) bool {
	nests := slices.ContainsFunc(append(slices.Clone(v.Keys), v.Key), func(k flow.Key) bool { return k.Shape.Kind == flow.ShapeSteps }) || v.Name == "switch" || v.Name == "parallel"
	switch {
	case nests && g.scope.depth >= mostDepth, v.Runs == v.Name && len(g.flows) == 0, v.Waits && g.scope.finally:
		return true
	case v.Ends != "" && v.Ends != flow.EndsFailed && g.scope.finally:
		return true
	case v.Name == "respond":
		return !g.scope.hooked || g.scope.loop
	case v.Name == "approve": // nobody decides
		return g.Pick(12) > 0
	}
	return v.Ends != "" && g.Pick(3) > 0
}

// stepOf is the step that is being made.
type stepOf struct {
	*generator
	verb flow.Verb
	keys []flow.Key // those of the verb, and of all steps
	card Card       // of card and stream
	runs helper     // the flow that it runs
}

func (s *stepOf) mapping() mapping {
	if s.verb.Card != "" {
		s.card = chance.OneOf(&s.Choices, s.cards())
	}
	if len(s.flows) > 0 {
		s.runs = chance.OneOf(&s.Choices, s.flows)
	}
	m := s.fields("a step", s.keys, nil, func(k flow.Key) (any, bool) {
		some := k.Required || k.Name == s.verb.Name || k.Shape.Kind == flow.ShapeSteps && s.Pick(2) == 0 || s.Pick(5) == 0
		switch k.Name {
		case "id":
			some = s.Pick(2) == 0
		case "if":
			some = some || s.verb.Ends != ""
		case "to":
			some = s.runs.record && s.Pick(2) == 0
		case "with":
			some = true
		case "max":
			some = some && s.verb.Name != "card" || s.verb.Name == "repeat"
		case "result", "retry":
			some = some && s.card.List
		case "required": // it needs a result
			some = false
		}
		if !some {
			return nil, false
		}
		return s.value(k), true
	})
	for _, name := range s.verb.With { // an if has a then
		if name == "then" && !m.has(name) {
			m = append(m, field{name, s.body(flow.Shape{Min: 1}, nil)})
		}
	}
	if s.verb.Records() && !m.has("to") && !m.has("do") {
		m = append(m, field{"do", s.body(flow.Shape{Min: 1, Scope: flow.RecordScope}, s.record())})
	}
	if m.has("to") {
		m = m.without("do").without("as").without("collect")
	} else {
		m = m.without("pass").without("give")
	}
	if s.verb.Name == "try" && !m.has("catch") && !m.has("finally") {
		m = append(m, field{"finally", s.finally()})
	}
	if s.verb.Name == "card" && s.card.List && s.Pick(4) == 0 {
		m = append(m.without("result"), field{"result", scalar("all")}, field{"max", scalar("3")})
	} else if s.verb.Name == "card" && s.card.List && s.Pick(6) == 0 {
		required := chance.OneOf(&s.Choices, []string{"true", "no record is there"})
		m = append(m.without("result"), field{"result", scalar("first")}, field{"required", scalar(required)})
	}
	return m
}

// cards are those that the verb can call.
func (s *stepOf) cards() []Card {
	return slices.DeleteFunc(slices.Clone(s.vocabulary.Cards), func(c Card) bool { return s.verb.Name == "stream" && !c.List })
}

// record is what the body of a loop sees.
func (s *stepOf) record() []ref {
	refs := []ref{{"index", Int}}
	if !s.card.List {
		return append(refs, ref{"record", Any})
	}
	for name, sort := range s.card.Gives {
		refs = append(refs, ref{"record." + name, sort})
	}
	slices.SortFunc(refs, func(a, b ref) int { return len(a.text) - len(b.text) })
	return refs
}

func (s *stepOf) finally() list {
	outside := s.scope.finally
	s.scope.finally = true
	defer func() { s.scope.finally = outside }()
	return s.body(flow.Shape{Min: 1}, nil)
}

// value makes the value of a key.
func (s *stepOf) value(k flow.Key) any {
	verb := s.verb.Name
	switch k.Name {
	case "id":
		return scalar(s.name("s"))
	case "name", "fail", "stop":
		return s.shaped("a step", k.Shape)
	case "card", "stream":
		return scalar(s.card.Name)
	case "call", "start", "to":
		return scalar(s.runs.name)
	case "connection":
		return scalar(s.vocabulary.Connection)
	case "if", "until":
		return prose(s.expression(Bool, 3))
	case "each":
		return prose(s.expression(List, 3))
	case "key", "collect", "count_by":
		return s.with([]ref{{"index", Int}}, func() any { return prose(s.expression(chance.OneOf(&s.Choices, []Sort{Text, Any}), 2)) })
	case "as":
		return scalar(s.name("it"))
	case "max":
		return scalar(fmt.Sprint(1 + s.Pick(3)))
	case "with":
		return s.inputs()
	case "give":
		return s.with([]ref{{"index", Int}}, func() any { return s.flowInputs() })
	case "then", "else", "try", "repeat":
		return s.body(k.Shape, nil)
	case "do":
		return s.body(k.Shape, s.record())
	case "finally":
		return s.finally()
	case "switch":
		return s.cases("when", nil)
	case "catch":
		return s.cases("", []ref{{"error.message", Text}, {"error.kind", Text}, {"error.details", Any}})
	case "parallel":
		m := mapping{}
		for range 1 + s.Pick(3) {
			m = append(m, field{s.name("b"), s.body(flow.Shape{Scope: flow.OwnScope}, nil)})
		}
		return m
	case "set":
		m := mapping{}
		for range 1 + s.Pick(2) {
			m = append(m, field{s.name("v"), s.template(2)})
		}
		return m
	}
	if k.Name == verb {
		return s.shaped("a step", k.Shape)
	}
	return s.generator.value("a step", k)
}

// cases are those of a switch or of a catch, of which only the last may be without a condition.
func (s *stepOf) cases(always string, sees []ref) (cases list) {
	n := 1 + s.Pick(3)
	for i := range n {
		last := i == n-1 && s.Pick(2) == 0
		do := s.body(flow.Shape{}, sees)
		when := s.with(sees, func() any { return prose(s.expression(Bool, 2)) })
		switch {
		case last && always != "":
			cases = append(cases, mapping{{"else", do}})
		case last:
			cases = append(cases, mapping{{"do", do}})
		default:
			cases = append(cases, mapping{{"when", when}, {"do", do}})
		}
	}
	return cases
}

// inputs are those of the card, or of the flow that the step runs.
func (s *stepOf) inputs() mapping {
	if s.verb.Card == "" {
		return s.flowInputs()
	}
	m := mapping{}
	for _, name := range sortedNames(s.card.With) {
		if slices.Contains(s.card.Needs, name) || s.Pick(2) == 0 {
			m = append(m, field{name, s.given(s.card.With[name])})
		}
	}
	return m
}

func (s *stepOf) flowInputs() mapping {
	m := mapping{}
	for _, in := range s.runs.inputs {
		if s.Pick(2) == 0 {
			m = append(m, field{in.name, s.given(in.sort)})
		}
	}
	return m
}

// given is a value of a sort, literal or not.
func (s *stepOf) given(sort Sort) any {
	if s.Pick(3) == 0 {
		return s.literal(sort)
	}
	return prose("${ " + s.expression(sort, 2) + " }")
}

// results is what later steps may read of this one.
func (s *stepOf) results(id string, m mapping) []ref {
	all := []ref{{"steps." + id, Any}}
	if m.has("if") || m.has("on_error") {
		return all
	}
	switch {
	case s.verb.Records():
		all = append(all, ref{"steps." + id + ".ok", Int})
	case s.verb.Card != "" && !s.card.List:
		for _, name := range sortedNames(s.card.Gives) {
			all = append(all, ref{"steps." + id + "." + name, s.card.Gives[name]})
		}
	}
	return all
}

func sortedNames(sorts map[string]Sort) []string {
	var names []string
	for name := range sorts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
