package check

import (
	"fmt"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// otherResult returns the hint for a field that the result of a step does not have, but would have with another `result` or with
// `collect`; empty if the step is not the cause. of is the path of the value without the field.
func (b *builder) otherResult(of []string, name string) string {
	if len(of) != 2 || of[0] != "steps" {
		return ""
	}
	s := b.onlyStep(of[1])
	if s == nil || s.Value == nil {
		return ""
	}
	switch s.Verb {
	case "stream", "each":
		if name == "items" {
			return fmt.Sprintf("add collect: record to the step %s, or another expression: steps.%s.items has its value for each record", of[1], of[1])
		}
	case "card":
		return b.otherListResult(s, of[1], name)
	}
	return ""
}

// otherListResult is otherResult for a step that calls a card.
func (b *builder) otherListResult(s *flow.Step, id, name string) string {
	c, known := b.cards[s.Value.Text]
	if !known || !c.IsList() {
		return ""
	}
	result := engine.Result(text(s.Key("result")))
	if result == engine.First {
		if name == "items" || name == "truncated" {
			return fmt.Sprintf("steps.%s is one record or nil, because its step has result: first", id)
		}
		return ""
	}
	if record := b.schemas.typeOf(c.Out); !record.Lists(name) {
		return ""
	}
	all := "steps." + id
	if result != engine.All {
		all += ".items"
	}
	return fmt.Sprintf("it is a list: for one record, write result: first in the step %s, and steps.%s?.%s here; map(%s, .%s) reads it from all", id, id, name, all, name)
}

// onlyStep returns the step with an id; nil if there is not exactly one.
func (b *builder) onlyStep(id string) (only *flow.Step) {
	found := 0
	b.flow.Walk(func(s *flow.Step) {
		if text(s.ID) == id {
			only = s
			found++
		}
	})
	if found != 1 {
		return nil
	}
	return only
}
