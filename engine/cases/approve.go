package cases

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// decisions returns what people decide in the case: one decision about all approvals, or those of a list, one after another.
func (c *Case) decisions() (all []*flow.Node, repeats bool) {
	switch n := c.at("approvals"); {
	case n == nil:
		return nil, false
	case n.Kind == flow.List:
		return n.Items, false
	default:
		return []*flow.Node{n}, true
	}
}

// approvers decide about the approvals of a run, which asks for one at a time.
type approvers struct {
	*world
	decisions []*flow.Node
	repeats   bool
	asked     []engine.Approval
}

// decision returns the number of the decision about the approval with a number; false if there is none.
func (a *approvers) decision(nth int) (int, bool) {
	if a.repeats {
		nth = 0
	}
	return nth, nth < len(a.decisions)
}

// decide decides about an approval, as host.Trial.Decide does. If nobody does, the case fails, whatever the flow does with the error: a real run would
// wait.
func (a *approvers) decide(ctx context.Context, asks engine.Approval) (engine.Decision, error) {
	i, ok := a.decision(len(a.asked))
	a.asked = append(a.asked, asks)
	if !ok {
		err := &card.Error{Kind: card.Failed, Message: "nobody decides about the approval: " + asks.Prompt}
		a.mocked.lack(err.Message + ": add a decision to `approvals`")
		return engine.Decision{}, err
	}
	n := a.decisions[i]
	if n.Field("expires") != nil {
		until := a.clock.Now().Add(asks.For)
		if err := a.clock.Sleep(ctx, until); err != nil {
			return engine.Decision{}, fmt.Errorf("%w: %w", engine.ErrCanceled, err)
		}
		return engine.Decision{}, engine.NotDecided(until)
	}
	approved, _ := n.Field("approved").Value.(bool)
	return engine.Decision{Approved: approved, By: cmp.Or(textOf(n, "by"), "approver@example.com"), Note: textOf(n, "note"), At: a.clock.Now()}, nil
}

// textOf returns the text of a key; empty if there is none.
func textOf(n *flow.Node, key string) string {
	if field := n.Field(key); field != nil {
		return field.Text
	}
	return ""
}

// approvals checks what people decide.
func (p *preparation) approvals() {
	decisions, _ := p.decisions()
	for _, n := range decisions {
		if expires := n.Field("expires"); expires != nil && expires.Value != true {
			p.problem(expires, flow.CodeWrongType, "leave it out, and write approved", "`expires` can only be true")
		}
		if prompt := n.Field("prompt"); prompt != nil {
			if _, err := regexp.Compile(prompt.Text); err != nil {
				p.problem(prompt, flow.CodeWrongType, "", "%q is not a regular expression: %v", prompt.Text, err)
			}
		}
	}
}

// compareApprovals adds the decisions that nobody asked for, that are about something else, and those of people who may not decide.
func (c *Case) compareApprovals(m matcher, r *Result) {
	at := c.Node.Key("approvals")
	if at == nil {
		return
	}
	fail := func(f Failure) { r.Failures = append(r.Failures, f) }
	if r.raw.Error == nil || r.raw.Error.Code != notApprover {
		for _, why := range slices.Compact(r.refused) {
			fail(Failure{Pos: at.Pos, Width: at.Width, What: why})
		}
	}
	for nth, asks := range r.approvers.asked {
		i, ok := r.approvers.decision(nth)
		if !ok {
			continue
		}
		n, path := r.approvers.decisions[i], fmt.Sprintf("approvals[%d]", nth)
		if prompt := n.Field("prompt"); prompt != nil && !regexp.MustCompile(prompt.Text).MatchString(asks.Prompt) {
			fail(Failure{Pos: prompt.Pos, Width: prompt.Width, What: path + ".prompt", Want: "a match of " + prompt.Text, Got: asks.Prompt})
		}
		if show := n.Field("show"); show != nil {
			m.match(path+".show", show, asks.Show)
		}
	}
	asked := len(r.approvers.asked)
	if r.approvers.repeats {
		if asked == 0 {
			fail(Failure{Pos: at.Pos, Width: at.Width, What: "the run asks for no approval"})
		}
		return
	}
	for _, n := range r.approvers.decisions[min(asked, len(r.approvers.decisions)):] {
		fail(Failure{Pos: n.Pos, Width: n.Width, What: "the run does not ask for this decision"})
	}
}
