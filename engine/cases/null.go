package cases

import (
	"regexp"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// absent adds the failure of a null for something that is not there after the run, and was not there before, and that neither the test nor the flow
// names: it is misspelled, and no run could break the expectation.
func (m matcher) absent(at *flow.Node, path string, before map[string]any) {
	if !m.mentions(at.Text) {
		*m.failures = append(*m.failures, Failure{
			Pos: at.Pos, Width: at.Width, What: path,
			Got: "it was not there before the run, and neither the test nor the flow names it" + among(before),
		})
	}
}

// mentions reports whether a name is written in the case, other than in what is expected, in its seeds, or in the flows that it runs.
func (c *Case) mentions(name string) bool {
	word := regexp.MustCompile(`(?i)(^|[^\pL\pN_.@-])` + regexp.QuoteMeta(name) + `($|[^\pL\pN_@-])`)
	for _, field := range c.Node.Fields {
		if field.Key.Text == "expect" {
			continue
		}
		found := false
		field.Value.Walk(func(n *flow.Node) bool {
			found = found || word.MatchString(n.Text)
			for _, f := range n.Fields {
				found = found || word.MatchString(f.Key.Text)
			}
			return !found
		})
		if found {
			return true
		}
	}
	for _, seed := range c.seeds {
		if word.Match(seed) {
			return true
		}
	}
	for plan := range c.plans() {
		if f := c.suite.Workspace.Flow(plan.Flow); f != nil && word.Match(c.suite.Workspace.Source(f.Pos.File)) {
			return true
		}
	}
	return false
}
