// Package flowtest makes random flows, for tests of what every flow must keep. It goes by the table of the language: each
// verb and each key of it is in some of them, also one that is added tomorrow. Most are accepted by the checker.
//
// It must not know a service: a Vocabulary has the cards.
package flowtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Vocabulary is the cards that flows use.
type Vocabulary struct {
	Event, Poll string // trigger cards that take a filter and need nothing else
	Cards       []Card
	Connection  string // to the service of all cards
}

// A Card is one, with values for its inputs and what its answer, or a record of its list, has.
type Card struct {
	Name  string
	List  bool
	With  map[string]Sort // all of them
	Needs []string        // those that must be given
	Gives map[string]Sort // field → sort
}

// A Sort is a set of values that an expression may have.
type Sort string

const (
	Int    Sort = "int"
	Text   Sort = "text"
	Bool   Sort = "bool"
	List   Sort = "list"
	Object Sort = "object"
	Any    Sort = "any"
)

// Flows makes a file of flows from choices: the bytes of a fuzzer first, and then a stream that depends on them. The first
// flow is called f, and needs no inputs.
func Flows(data []byte, v Vocabulary) string {
	g := &generator{Choices: chance.New(data), vocabulary: v}
	for i := range 1 + g.Pick(3) { // those that others run come first here, and last in the file
		g.flows = append(g.flows, g.helper(i))
	}
	documents := []string{document(&g.Choices, g.flow("f", g.inputs()))}
	for _, h := range slices.Backward(g.flows) {
		documents = append(documents, document(&g.Choices, h.body))
	}
	return strings.Join(documents, "---\n")
}

// generator makes the flows of one file.
type generator struct {
	chance.Choices
	vocabulary Vocabulary
	flows      []helper // so far: a flow runs only these, so that none runs itself
	named      int      // steps, variables and branches
	scope      scope
}

// helper is a flow that others run.
type helper struct {
	name   string
	inputs []input
	record bool // it takes a record
	body   mapping
}

type input struct {
	name string
	sort Sort
}

// scope is what the step at hand sees, and is in.
type scope struct {
	inputs  []input // of the flow
	refs    []ref
	loop    bool // it is in the body of a loop
	finally bool // it is in a finally
	hooked  bool // the flow has a webhook
	depth   int  // of steps in each other
}

// ref is an expression that reads something of a sort.
type ref struct {
	text string
	sort Sort
}

// sorts are those of inputs.
var sorts = []Sort{Int, Text, Bool, List, Object}

func (g *generator) helper(n int) helper {
	h := helper{name: fmt.Sprintf("g%d", n), inputs: g.inputs(), record: g.Pick(2) == 0}
	if h.record {
		h.inputs = append(h.inputs, input{"record", Any}, input{"index", Int}, input{"state", Object})
	}
	h.body = g.flow(h.name, h.inputs)
	return h
}

func (g *generator) inputs() (inputs []input) {
	for i := range g.Pick(3) {
		inputs = append(inputs, input{fmt.Sprintf("in%d", i), chance.OneOf(&g.Choices, sorts)})
	}
	return inputs
}

// flow makes the keys of a flow.
func (g *generator) flow(name string, inputs []input) mapping {
	g.scope = scope{inputs: inputs, refs: []ref{{"run.flow", Text}, {"steps", Object}, {"vars", Object}, {"inputs", Object}, {"trigger", Any}}}
	for _, in := range inputs {
		g.scope.refs = append(g.scope.refs, ref{"inputs." + in.name, in.sort})
	}
	g.scope.hooked = g.Pick(16) == 0
	form := flow.FlowForm()
	return g.fields(form.Name, form.Keys, form.Rules, func(k flow.Key) (any, bool) {
		switch k.Name {
		case "flow":
			return scalar(name), true
		case "inputs":
			return g.declared(inputs), true
		case "connections":
			return mapping{{"fake", scalar(g.vocabulary.Connection)}}, g.Pick(4) == 0
		case "triggers":
			if g.scope.hooked {
				hook := mapping{{"webhook", scalar(g.name("hook"))}}
				if g.Pick(2) == 0 {
					hook = append(hook, field{"within", scalar("10s")})
				}
				return list{hook}, true
			}
			return g.value(form.Name, k), g.Pick(6) == 0
		case "runs":
			return g.value(form.Name, k), g.Pick(24) == 0
		case "limits": // a run keeps them, so that they are high
			return mapping{{"writes", scalar("1000000")}, {"destructive", g.percentage()}, {"steps", scalar("1000000")}, {"time", scalar("8h")}}, g.Pick(24) == 0
		case "steps":
			return g.steps(1 + g.Pick(5)), true
		case "returns":
			return mapping{}, g.Pick(4) == 0
		}
		return g.value(form.Name, k), g.Pick(4) == 0
	})
}

// percentage is a limit of a measure that no card of a vocabulary uses.
func (g *generator) percentage() any {
	for _, c := range g.vocabulary.Cards {
		if c.List && len(c.Needs) == 0 && g.Pick(2) == 0 {
			m := mapping{{"percent", scalar("5")}, {"of", scalar(c.Name)}}
			for _, name := range slices.Sorted(maps.Keys(c.With)) {
				if c.With[name] == Text {
					return append(m, field{"with", mapping{{name, scalar("x")}}})
				}
			}
			return m
		}
	}
	return scalar("1000000")
}

// declared are schemas of inputs, each with a default.
func (g *generator) declared(inputs []input) mapping {
	schemas := mapping{}
	for _, in := range inputs {
		s := mapping{}
		switch in.sort {
		case Int:
			s = mapping{{"type", scalar("integer")}}
		case Text:
			s = mapping{{"type", scalar("string")}}
		case Bool:
			s = mapping{{"type", scalar("boolean")}}
		case List:
			s = mapping{{"type", scalar("array")}}
		case Object:
			s = mapping{{"type", scalar("object")}}
		}
		schemas = append(schemas, field{in.name, append(s, field{"default", g.literal(in.sort)})})
	}
	return schemas
}

// fields are some of the keys of a form, as its rules allow. value is asked for each key: whether it is there, and what.
func (g *generator) fields(form string, keys []flow.Key, rules []flow.Rule, value func(flow.Key) (any, bool)) mapping {
	var m mapping
	for _, k := range keys {
		if v, some := value(k); some || k.Required {
			m = append(m, field{k.Name, v})
		}
	}
	return g.ruled(form, keys, rules, m)
}

// ruled adds and removes fields for the rules of a form.
func (g *generator) ruled(form string, keys []flow.Key, rules []flow.Rule, m mapping) mapping {
	add := func(name string) {
		if i := slices.IndexFunc(keys, func(k flow.Key) bool { return k.Name == name }); i >= 0 {
			m = append(m, field{name, g.value(form, keys[i])})
		}
	}
	for _, r := range rules {
		has := slices.DeleteFunc(slices.Clone(r.Keys), func(name string) bool { return !m.has(name) })
		switch {
		case r.Kind == flow.Needs && len(has) > 0 && has[0] == r.Keys[0] && len(has) < len(r.Keys):
			if exclusive(rules, r.Keys[1]) {
				m = m.without(r.Keys[0])
			} else {
				add(r.Keys[1])
			}
		case (r.Kind == flow.ExactlyOne || r.Kind == flow.AtLeastOne) && len(has) == 0:
			add(chance.OneOf(&g.Choices, r.Keys))
		case r.Kind == flow.ExactlyOne, r.Kind == flow.AtMostOne && len(has) > 0:
			kept := chance.OneOf(&g.Choices, has)
			for _, name := range has {
				if name != kept {
					m = m.without(name)
				}
			}
		}
	}
	return m
}

// exclusive reports whether a key is one of those of which there is exactly one.
func exclusive(rules []flow.Rule, name string) bool {
	return slices.ContainsFunc(rules, func(r flow.Rule) bool { return r.Kind == flow.ExactlyOne && slices.Contains(r.Keys, name) })
}
