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
	flow     *flow.Flow // the flow; nil for a use of flows, and for the workspace, whose problems are not limited
}

func (r *report) problem(at *flow.Node, code, hint, format string, args ...any) {
	r.put(flow.Problem{
		Pos: at.Pos, Width: at.Width, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// unknown reports a key of a mapping that is none of names. One that is a name in another spelling can be mended.
func (r *report) unknown(of, key *flow.Node, code, hint string, names []string, format string, args ...any) {
	r.put(flow.Problem{
		Pos: key.Pos, Width: key.Width, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...), Fix: of.RenamedKey(key, names),
	})
}

func (r *report) put(p flow.Problem) {
	if !r.full() {
		r.problems = append(r.problems, p)
	}
}

// maxProblems is the maximum number of problems that are reported for one flow. No flow written by a person has more.
const maxProblems = 1000

// full reports whether there are too many problems to continue. The first time it adds a problem that reports this. Loops over what a
// flow lists ask it: to find the hint for an unknown name takes time.
func (r *report) full() bool {
	if r.flow == nil {
		return false
	}
	if len(r.problems) == maxProblems {
		r.problems = append(r.problems, flow.Problem{
			Pos: r.flow.Node.Pos, Width: r.flow.Node.Width, Code: flow.CodeFile, Message: fmt.Sprintf("only the first %d problems of this flow are reported", maxProblems),
		})
	}
	return len(r.problems) > maxProblems
}

// warn reports a problem that does not prevent a run.
func (r *report) warn(p flow.Problem) {
	p.Warning = true
	r.put(p)
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
