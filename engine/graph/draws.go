package graph

import (
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// A draw defines how steps with a verb are drawn.
type draw struct {
	shape  Shape
	text   func(*flow.Step) string
	inside func(b *builder, s *flow.Step, node int) []way // adds the nodes inside of the step and returns the ways out; nil if there are none
}

// draws returns a draw for every verb in the table of the language. A test compares them.
func draws() map[string]draw {
	return map[string]draw{
		"card":     {Box, value, nil},
		"stream":   {Hexagon, verbAndValue, loop},
		"each":     {Hexagon, verbAndValue, loop},
		"call":     {Subroutine, verbAndValue, runs},
		"start":    {Subroutine, verbAndValue, runs},
		"if":       {Diamond, verbAndValue, choice},
		"switch":   {Diamond, verb, cases},
		"parallel": {Hexagon, verb, branches},
		"try":      {Hexagon, verb, try},
		"repeat":   {Hexagon, until, rounds},
		"wait":     {Box, wait, nil},
		"approve":  {Box, approve, nil},
		"set":      {Box, set, nil},
		"respond":  {Box, respond, nil},
		"return":   {Stadium, verb, nil},
		"stop":     {Stadium, stop, nil},
		"fail":     {Stadium, fail, nil},
	}
}

// text returns the text of a scalar; empty for anything else.
func text(n *flow.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

func verb(s *flow.Step) string  { return s.Verb }
func value(s *flow.Step) string { return text(s.Value) }
func verbAndValue(s *flow.Step) string {
	if s.Value.Kind == flow.List {
		return s.Verb + " of " + strconv.Itoa(len(s.Value.Items))
	}
	return s.Verb + " " + text(s.Value)
}

func until(s *flow.Step) string   { return "repeat until " + text(s.Key("until")) }
func approve(s *flow.Step) string { return "approve: " + text(s.Value.Field("prompt")) }
func stop(s *flow.Step) string    { return "stop: " + text(s.Value) }
func fail(s *flow.Step) string    { return "fail: " + text(s.Value) + text(s.Value.Field("message")) }

func respond(s *flow.Step) string {
	return strings.TrimSpace("respond " + text(s.Value.Field("status")))
}

func wait(s *flow.Step) string {
	if time := s.Value.Field("until"); time != nil {
		return "wait until " + text(time)
	}
	return verbAndValue(s)
}

func set(s *flow.Step) string {
	var names []string
	if s.Value != nil {
		for _, f := range s.Value.Fields {
			names = append(names, f.Key.Text)
		}
	}
	return "set " + strings.Join(names, ", ")
}

func runs(b *builder, s *flow.Step, node int) []way {
	b.runsFlow(node, s.Verb, s)
	return []way{{from: node}}
}

func loop(b *builder, s *flow.Step, node int) []way {
	body := s.Body("do")
	if len(body) == 0 {
		b.runsFlow(node, "each record", s)
		return []way{{from: node}}
	}
	b.lead(b.ownTurn(body, way{node, "each record"}), "next", node)
	return []way{{node, "done"}}
}

func choice(b *builder, s *flow.Step, node int) []way {
	return append(b.steps(s.Body("then"), []way{{node, "then"}}), b.steps(s.Body("else"), []way{{node, "else"}})...)
}

func cases(b *builder, s *flow.Step, node int) []way {
	var out []way
	otherwise := false
	for _, body := range s.Bodies {
		label := "else"
		if body.Key != "else" {
			label = "when " + text(body.When)
		}
		otherwise = otherwise || body.Key == "else"
		out = append(out, b.steps(body.Steps, []way{{node, label}})...)
	}
	if !otherwise {
		out = append(out, way{node, "else"})
	}
	return out
}

func branches(b *builder, s *flow.Step, node int) []way {
	var out []way
	for _, body := range s.Bodies {
		out = append(out, b.ownTurn(body.Steps, way{node, text(body.Name)})...)
	}
	return out
}

func rounds(b *builder, s *flow.Step, node int) []way {
	b.lead(b.steps(s.Body("repeat"), []way{{node, "round"}}), "again", node)
	return []way{{node, "done"}}
}

func try(b *builder, s *flow.Step, node int) []way {
	out := b.steps(s.Body("try"), []way{{node, "try"}})
	for _, body := range s.Bodies {
		if body.Key == "catch" {
			label := "catch"
			if body.When != nil {
				label += " " + text(body.When)
			}
			out = append(out, b.steps(body.Steps, []way{{node, label}})...)
		}
	}
	last := s.Body("finally")
	if len(last) == 0 {
		return out
	}
	ended := len(out) == 0 // then the steps after it are not reached: the finally runs on the way out
	if ended {
		out = []way{{from: node}}
	}
	for i := range out {
		out[i].label = both(out[i].label, "finally")
	}
	if out = b.steps(last, out); ended {
		return nil
	}
	return out
}
