package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// approveStep makes the question to a person.
func (b *builder) approveStep(s *flow.Step) (engine.Verb, expr.Type) {
	field := s.Value.Field
	verb := engine.Approve{
		Prompt: b.printed(field("prompt")), Show: b.template(field("show")),
		Self: text(field("self")) == "true", For: engine.UsualApproval, Goes: text(field("on_reject")) == "continue",
	}
	if by := field("by"); by != nil {
		made := b.template(by)
		verb.By = &made
		if t := typeOf(made); t.Kind() != expr.KindList && neverText(t) {
			b.problem(by, flow.CodeWrongType, "such as ada, or [ada, grace]", "%s", words.MustBe("`by`", "name or list of names", t.String()))
		} else if by.Kind == flow.List && len(by.Items) == 0 {
			b.problem(by, flow.CodeWrongType, "leave it out: then it is anyone but who started the run", "`by` is empty, so that nobody may decide")
		}
	}
	if limit := field("timeout"); limit != nil && length(limit) > 0 {
		verb.For = length(limit)
		if verb.For > engine.LongestApproval {
			b.problem(limit, flow.CodeWrongType, "", "%q must be at most %s", "timeout", "90d")
		}
	}
	if verb.Goes && !b.reads(s) {
		b.ignored = append(b.ignored, field("on_reject"))
	}
	return verb, engine.ApprovalType
}

// ignoredApprovals reports the steps whose decision nothing reads, unless another problem may be the reason.
func (b *builder) ignoredApprovals() {
	if b.unsure || b.problems.Err() != nil {
		return
	}
	for _, at := range b.ignored {
		b.warn(flow.Problem{
			Pos: at.Pos, Width: at.Width, Code: CodeApprovalIgnored,
			Message: "the flow goes on after a rejection, and never reads `approved` of this step",
			Hint:    "remove `on_reject`, so that a rejection ends the flow, or give the step an `id` and what follows an `if: steps.<id>.approved`",
		})
	}
}

// reads reports whether an expression of the flow may read `approved` of a step.
func (b *builder) reads(s *flow.Step) bool {
	if s.ID == nil {
		return false
	}
	return !b.flow.Node.Walk(func(n *flow.Node) bool {
		return !(strings.Contains(n.Text, s.ID.Text) && strings.Contains(n.Text, "approved"))
	})
}
