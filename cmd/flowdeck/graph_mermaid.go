package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// mermaid draws flows, each as a subgraph of its own, and what runs what.
func mermaid(flows []*flow.Flow) string {
	d := &drawing{}
	d.out.WriteString("flowchart TD\n")
	for i, f := range flows {
		fmt.Fprintf(&d.out, "  subgraph f%d[%s]\n", i+1, quotedLabel(nodeText(f.Name)))
		begin := d.node("begin", stadium)
		d.begins = append(d.begins, begin)
		d.flow = i
		d.steps(f.Steps, []way{{from: begin}})
		d.out.WriteString("  end\n")
	}
	missing := map[string]string{} // the nodes of flows that there are not
	for _, r := range d.runs {
		i := slices.IndexFunc(flows, func(f *flow.Flow) bool { return f.Name != nil && f.Name.Text == r.name })
		to := fmt.Sprintf("f%d", i+1)
		switch {
		case i < 0:
			if missing[r.name] == "" {
				missing[r.name] = d.node("there is no flow "+r.name, stadium)
			}
			to = missing[r.name]
		case i == r.flow: // Mermaid knows no arrow from a node to what it is in
			to = d.begins[i]
		}
		fmt.Fprintf(&d.out, "  %s -.->|%s| %s\n", r.from, quotedLabel(r.label), to)
	}
	return d.out.String()
}

// drawing is the graph as far as it is written.
type drawing struct {
	out    strings.Builder
	nodes  int
	flow   int       // the place of the flow at hand
	begins []string  // the first node of each flow
	runs   []running // what runs another flow: arrows between subgraphs stand outside of them
	turn   *[]way    // where a return or a stop leads in the body of a loop or a branch; nil: nowhere
}

// running is a node that runs a flow.
type running struct {
	from, label, name string
	flow              int // the place of the flow that the node is in
}

// way is an arrow that is still to be drawn: where it comes from, and what is written on it.
type way struct{ from, label string }

// shape is the brackets that a node stands in.
type shape struct{ open, close string }

var (
	box        = shape{"[", "]"}
	stadium    = shape{"([", "])"} // a flow, or a turn, begins or ends
	diamond    = shape{"{", "}"}
	hexagon    = shape{"{{", "}}"} // holds other steps
	subroutine = shape{"[[", "]]"} // runs another flow
	circle     = shape{"((", "))"} // ways meet
)

// node writes a node and gives its name.
func (d *drawing) node(text string, s shape) string {
	d.nodes++
	name := fmt.Sprintf("n%d", d.nodes)
	fmt.Fprintf(&d.out, "    %s%s%s%s\n", name, s.open, quotedLabel(text), s.close)
	return name
}

// lead draws the ways to a node. label is what is written on each besides what it has already.
func (d *drawing) lead(ways []way, label, to string) {
	for _, w := range ways {
		if text := besides(w.label, label); text != "" {
			fmt.Fprintf(&d.out, "    %s -->|%s| %s\n", w.from, quotedLabel(text), to)
		} else {
			fmt.Fprintf(&d.out, "    %s --> %s\n", w.from, to)
		}
	}
}

// besides is two labels on one arrow: "then, if a", "else if b".
func besides(a, b string) string {
	switch {
	case a == "" || a == "else" && b == "else":
		return b
	case b == "":
		return a
	case a == "else" && strings.HasPrefix(b, "if "):
		return a + " " + b
	}
	return a + ", " + b
}

// drawn says that a step can be drawn: one without a verb is a problem.
func drawn(s *flow.Step) bool { return s.Verb != "" }

// steps draws a list of steps, and gives the ways out of it. Without a way in, nothing leads to them.
func (d *drawing) steps(list []*flow.Step, ways []way) []way {
	for _, s := range list {
		if drawn(s) {
			ways = d.step(s, ways)
		}
	}
	return ways
}

// step draws a step. A guard is written on the way to it, and there is a way past it.
func (d *drawing) step(s *flow.Step, ways []way) []way {
	guard, past := "", []way(nil)
	if s.If != nil && s.Verb != "if" && len(ways) > 0 {
		if len(ways) > 1 { // else their number would grow with every guard
			meet := d.node(" ", circle)
			d.lead(ways, "", meet)
			ways = []way{{from: meet}}
		}
		guard, past = "if "+nodeText(s.If), []way{{ways[0].from, besides(ways[0].label, "else")}}
	}
	node := d.node(stepText(s), stepShape(s))
	d.lead(ways, guard, node)
	return append(d.after(s, node), past...)
}

// after draws what is inside of a step, and gives the ways out of it.
func (d *drawing) after(s *flow.Step, node string) []way {
	switch s.Verb {
	case "return", "stop":
		if d.turn != nil {
			*d.turn = append(*d.turn, way{from: node})
		}
		return nil
	case "fail":
		return nil
	case "call", "start":
		d.run(node, s.Verb, s)
	case "stream", "each":
		return d.loop(s, node)
	case "if":
		return append(d.steps(s.Body("then"), []way{{node, "then"}}), d.steps(s.Body("else"), []way{{node, "else"}})...)
	case "switch":
		return d.cases(s, node)
	case "parallel":
		var out []way
		for _, b := range s.Bodies {
			out = append(out, d.ownTurn(b.Steps, way{node, nodeText(b.Name)})...)
		}
		return out
	case "try":
		return d.try(s, node)
	case "repeat":
		d.lead(d.steps(s.Body("repeat"), []way{{node, "round"}}), "again", node)
		return []way{{node, "done"}}
	}
	return []way{{from: node}}
}

func (d *drawing) run(node, label string, s *flow.Step) {
	if name := ran(s); name != nil {
		d.runs = append(d.runs, running{from: node, label: label, name: name.Text, flow: d.flow})
	}
}

// ownTurn draws steps that a return or a stop ends, and not the flow.
func (d *drawing) ownTurn(list []*flow.Step, in way) []way {
	outside := d.turn
	var ended []way
	d.turn = &ended
	out := d.steps(list, []way{in})
	d.turn = outside
	return append(out, ended...)
}

func (d *drawing) loop(s *flow.Step, node string) []way {
	body := s.Body("do")
	if len(body) == 0 {
		d.run(node, "each record", s)
		return []way{{from: node}}
	}
	d.lead(d.ownTurn(body, way{node, "each record"}), "next", node)
	return []way{{node, "done"}}
}

func (d *drawing) cases(s *flow.Step, node string) []way {
	var out []way
	otherwise := false
	for _, b := range s.Bodies {
		label := "else"
		if b.Key != "else" {
			label = "when " + nodeText(b.When)
		}
		otherwise = otherwise || b.Key == "else"
		out = append(out, d.steps(b.Steps, []way{{node, label}})...)
	}
	if !otherwise {
		out = append(out, way{node, "else"})
	}
	return out
}

func (d *drawing) try(s *flow.Step, node string) []way {
	out := d.steps(s.Body("try"), []way{{node, "try"}})
	for _, b := range s.Bodies {
		if b.Key == "catch" {
			label := "catch"
			if b.When != nil {
				label += " " + nodeText(b.When)
			}
			out = append(out, d.steps(b.Steps, []way{{node, label}})...)
		}
	}
	last := s.Body("finally")
	if len(last) == 0 {
		return out
	}
	ended := len(out) == 0 // and so ends what follows: the finally runs on the way out
	if ended {
		out = []way{{from: node}}
	}
	for i := range out {
		out[i].label = besides(out[i].label, "finally")
	}
	if out = d.steps(last, out); ended {
		return nil
	}
	return out
}

func stepShape(s *flow.Step) shape {
	switch s.Verb {
	case "if", "switch":
		return diamond
	case "stream", "each", "repeat", "parallel", "try":
		return hexagon
	case "call", "start":
		return subroutine
	case "return", "stop", "fail":
		return stadium
	}
	return box
}

// longestLabel keeps a graph readable: what is longer is told by the flow itself.
const longestLabel = 80

// quotedLabel writes a text as a label that means itself to Mermaid, whatever is in it: of ASCII, only what is known to be
// harmless inside of quotes stands as it is. $$ would begin a formula, %% a comment, # an entity; of a line with the word
// style, a colon and an entity behind it Mermaid drops a character, and one with "direction TB" it takes for that alone.
func quotedLabel(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > longestLabel {
		runes = append(runes[:longestLabel-1], '…')
	}
	if len(runes) == 0 {
		return `" "`
	}
	var b strings.Builder
	for i, r := range runes {
		harmless := r > unicode.MaxASCII && unicode.IsGraphic(r) || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,_-+=()/!?'*@[]{}|", r)
		switch {
		case r == '$':
			harmless = i == 0 || runes[i-1] != '$'
		case r == ':':
			harmless = i+1 == len(runes) || runes[i+1] == ' '
		case r == ' ':
			harmless = !strings.HasSuffix(string(runes[:i]), "direction")
		}
		if harmless {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return `"` + b.String() + `"`
}
