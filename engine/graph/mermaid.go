package graph

import (
	"fmt"
	"strings"
	"unicode"
)

// brackets are the characters that Mermaid uses around the label of a node of each shape.
var brackets = [...]struct{ open, close string }{
	Box: {"[", "]"}, Stadium: {"([", "])"}, Diamond: {"{", "}"}, Hexagon: {"{{", "}}"}, Subroutine: {"[[", "]]"}, Circle: {"((", "))"},
}

// Mermaid returns the graph as a Mermaid flowchart, in which each flow is a subgraph.
func (g *Graph) Mermaid() string {
	var out strings.Builder
	node := func(indent, name, text string, s Shape) {
		fmt.Fprintf(&out, "%s%s%s%s%s\n", indent, name, brackets[s].open, label(text), brackets[s].close)
	}
	edge := func(from, arrow, text, to string) {
		if text != "" {
			arrow += "|" + label(text) + "|"
		}
		fmt.Fprintf(&out, "  %s %s %s\n", from, arrow, to)
	}
	out.WriteString("flowchart TD\n")
	for i, f := range g.Flows {
		if len(f.Nodes) == 0 {
			node("  ", flowName(i), "there is no flow "+f.Name, Stadium)
			continue
		}
		fmt.Fprintf(&out, "  subgraph %s[%s]\n", flowName(i), label(f.Name))
		edges := map[int][]Edge{} // by the node of the two that is written last
		for _, e := range f.Edges {
			edges[max(e.From, e.To)] = append(edges[max(e.From, e.To)], e)
		}
		for _, n := range f.Nodes {
			node("    ", nodeName(n.ID), n.Text, n.Shape)
			for _, e := range edges[n.ID] {
				out.WriteString("  ")
				edge(nodeName(e.From), "-->", e.Label, nodeName(e.To))
			}
		}
		out.WriteString("  end\n")
	}
	for i, f := range g.Flows { // edges between subgraphs are written outside of them
		for _, r := range f.Runs {
			to := flowName(r.Flow)
			if r.Flow == i { // Mermaid allows no edge from a node to the subgraph that contains it
				to = nodeName(f.Nodes[0].ID)
			}
			edge(nodeName(r.From), "-.->", r.Label, to)
		}
	}
	return out.String()
}

func flowName(i int) string  { return fmt.Sprintf("f%d", i+1) }
func nodeName(id int) string { return fmt.Sprintf("n%d", id) }

// longestLabel is the maximum length of a label, to keep the graph readable.
const longestLabel = 80

// label writes a text so that Mermaid shows it unchanged. ASCII characters are only written literally if they are known
// to be harmless in quotes. $$ would start a formula, %% a comment, # an entity. Mermaid drops a character in a line
// with the word style, a colon and a following entity, and it reads a line with "direction TB" as a directive.
func label(text string) string {
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
