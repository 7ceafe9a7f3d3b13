package check

import (
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// A report collects the problems of a flow, of a use of a flow, or of the workspace.
type report struct {
	*Checker
	problems flow.Problems
}

func (r *report) problem(at *flow.Node, code, hint, format string, args ...any) {
	r.problems = append(r.problems, flow.Problem{
		Pos: at.Pos, Width: at.Width, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// warn reports a problem that does not prevent a run.
func (r *report) warn(p flow.Problem) {
	p.Warning = true
	r.problems = append(r.problems, p)
}

// card returns the card that a node names.
func (r *report) card(at *flow.Node) (card.Card, bool) {
	found, ok := r.cards[at.Text]
	if !ok {
		r.problem(at, CodeUnknownCard, r.cardHint(at.Text), "unknown card %q", at.Text)
	}
	return found, ok
}

// list returns the list card that a node names.
func (r *report) list(at *flow.Node, what string) (card.Card, bool) {
	found, ok := r.card(at)
	if ok && !found.IsList() {
		var lists []string
		for name, other := range r.cards {
			if other.IsList() {
				lists = append(lists, name)
			}
		}
		slices.Sort(lists)
		r.problem(at, CodeNotAList, words.Hint("list cards", at.Text, lists), "%s needs a list card, but %q is not one", what, at.Text)
		return found, false
	}
	return found, ok
}

// silently calls do and drops its problems: they are reported elsewhere, or are consequences of a reported one.
func (r *report) silently(do func()) {
	problems := r.problems
	do()
	r.problems = problems
}

// text returns the text of a node; empty for nil.
func text(n *flow.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
