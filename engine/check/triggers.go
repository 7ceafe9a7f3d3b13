package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// The fields of `with` that are not evaluated with the others: the filter is evaluated for each event or record, and the secret is a
// reference.
const (
	filterField = "filter"
	secretField = "secret"
)

// triggerCard returns the trigger card that an event or a poll names.
func (b *builder) triggerCard(t *flow.Trigger) (card.Trigger, bool) {
	found, ok := b.Triggers[card.TriggerName{Kind: card.TriggerKind(t.Kind), Name: text(t.Value)}]
	return found, ok
}

// triggerHint returns the hint for a trigger card that does not exist.
func (b *builder) triggerHint(t *flow.Trigger) string {
	kind, name := card.TriggerKind(t.Kind), t.Value.Text
	other := map[card.TriggerKind]card.TriggerKind{card.Event: card.Poll, card.Poll: card.Event}[kind]
	if _, ok := b.Triggers[card.TriggerName{Kind: other, Name: name}]; ok {
		return fmt.Sprintf("write %s: %s", other, name)
	}
	byType := ""
	for _, one := range b.Triggers.Sorted() {
		switch {
		case one.Kind != kind:
		case slices.Contains(one.Types, name):
			return fmt.Sprintf("write %s: %s", kind, one.Name)
		case one.Events != nil && slices.Contains(one.Events.Names, name):
			byType = fmt.Sprintf("write %s: %s, with: {types: [%s]}", kind, one.Name, name)
		}
	}
	return cmp.Or(byType, words.Hint("trigger cards", name, b.Triggers.Names(kind)))
}

// triggerType returns the type of the root `trigger` where a flow is started by a trigger.
func (b *builder) triggerType(t *flow.Trigger) expr.Type {
	fields := map[string]expr.Type{"kind": expr.OneOf(t.Kind)}
	open := expr.ObjectOf(nil, true)
	switch engine.TriggerKind(t.Kind) {
	case engine.ScheduleTrigger:
		fields["schedule"], fields["scheduled_at"] = expr.String, expr.String
	case engine.ManualTrigger:
		fields["by"] = expr.String
	case engine.WebhookTrigger:
		fields["webhook"], fields["body"], fields["query"], fields["headers"] = expr.String, expr.Any, open, open
	default:
		c, ok := b.triggerCard(t)
		if !ok {
			return expr.Any
		}
		root := b.schemas.typeOf(c.Out)
		for _, name := range root.Fields() {
			fields[name], _ = root.Field(name)
		}
	}
	return expr.ObjectOf(fields, false)
}

// triggerRoot returns the type of the root `trigger` in the steps of the flow: it is that of one of its triggers, or nil in a run that a
// person or another flow has started.
func (b *builder) triggerRoot() expr.Type {
	if listed := b.flow.Node.Field("triggers"); b.flow.Lacks || listed != nil && len(listed.Items) > len(b.flow.Triggers) {
		return expr.Any // a trigger is missing, which is reported
	}
	root := expr.Nil
	for _, t := range b.flow.Triggers {
		root = root.Or(b.triggerType(t))
	}
	return root
}

// knownInputs returns the inputs of a flow that are known before it starts.
func knownInputs(p *engine.Plan, given engine.Template) map[string]engine.Value {
	all := map[string]engine.Value{}
	for _, in := range p.Inputs {
		if !in.Required && !in.Secret {
			all[in.Name] = in.Default
		}
	}
	for _, field := range given.Fields {
		if v := field.Value; v.Text == nil && v.Items == nil && v.Fields == nil {
			all[field.Name] = v.Literal
		} else {
			delete(all, field.Name)
		}
	}
	return all
}

// sourceRoots returns the types of the roots for the filter of an event or a poll.
func (b *builder) sourceRoots(known map[string]engine.Value, inputs map[string]expr.Type, trigger expr.Type) expr.Type {
	types := map[string]expr.Type{}
	for name := range maps.Keys(known) {
		types[name] = inputs[name]
	}
	return expr.ObjectOf(map[string]expr.Type{"inputs": expr.ObjectOf(types, b.flow.Lacks), "trigger": trigger}, false)
}

// registers reports an event that a server registers, and that has no secret. A key that does not exist is reported, and may be the secret.
func (b *builder) registers(s engine.Source, with *flow.Node) {
	if with.Field(secretField) != nil || !(engine.Trigger{Source: &s}).MayRegister() {
		return
	}
	for _, field := range with.Fields {
		if _, has := s.Card.In.Properties[field.Key.Text]; !has {
			return
		}
	}
	b.problem(with.Field("register"), CodeMissingInput, "write secret: {env: NAME}", "`register` needs `secret`: without it, the server cannot know who sends an event")
}

// source checks and fills the settings of an event or a poll.
func (b *builder) source(t *flow.Trigger, s *engine.Source, roots expr.Type) {
	c := s.Card
	with := t.Node.Field("with")
	rest := with
	if with != nil && with.Kind == flow.Mapping {
		rest = &flow.Node{}
		*rest = *with
		rest.Fields = nil
		for _, field := range with.Fields {
			_, has := c.In.Properties[field.Key.Text]
			switch {
			case has && field.Key.Text == filterField:
				b.in(roots, func() {
					s.Filter, _ = b.value(field.Value, b.schemas.of(c.In.Properties[filterField]), "input \"filter\" of "+c.Name)
				})
			case has && field.Key.Text == secretField:
				if b.hookSecret(field.Value) {
					s.Secret = field.Value.Literal()
				}
			default:
				rest.Fields = append(rest.Fields, field)
			}
		}
	}
	inputs, _ := roots.Field("inputs")
	b.in(expr.ObjectOf(map[string]expr.Type{"inputs": inputs}, false), func() {
		late := false
		s.With, late = b.object(rest, object{of: c.Name, noun: "input", schema: c.In, at: missingAt(t.Node, t.Value, "with", t.Lacks), card: true})
		if late {
			s.Check = b.schemas.of(c.In).validate
		}
		b.badFilters(rest, engine.CallCard{Card: card.Card{Spec: card.Spec{Name: c.Name, Filters: c.Filters}}, With: s.With})
	})
	b.registers(*s, with)
	s.Types = c.Types
	b.eventTypes(c, rest.Field(typesField))
	s.Selects = selects(rest)
	if s.Every = engine.DefaultEvery; c.Kind != card.Poll {
		s.Every = 0
	} else if every := t.Node.Field("every"); every != nil {
		if s.Every = length(every); s.Every > 0 && s.Every < engine.ShortestEvery {
			b.problem(every, flow.CodeWrongType, "", "%q must be at least %s", "every", engine.ShortestEvery)
		}
	}
}
