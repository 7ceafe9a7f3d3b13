package check

import (
	"cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// triggers checks the triggers of a flow, and that they provide its inputs, which have these types.
func (b *builder) triggers(p *engine.Plan, inputs map[string]expr.Type) {
	for _, t := range b.flow.Triggers {
		at := t.Value
		if at == nil {
			at = t.Node
		}
		made, ok := b.trigger(t)
		if made.Webhook != nil && t.Node.Field("inputs") == nil {
			made.Webhook.Body = true // whether they fit is known when a request arrives
			b.senderFilters(at, p.Inputs)
			p.Triggers = append(p.Triggers, made)
			continue
		}
		if made.Kind == engine.ManualTrigger {
			p.Triggers = append(p.Triggers, made)
			continue
		}
		root := b.triggerType(t)
		b.in(expr.ObjectOf(map[string]expr.Type{"trigger": root}, false), func() {
			made.Inputs, _ = b.object(t.Node.Field("inputs"), object{of: "flow " + p.Flow, noun: "input", schema: b.inputsSchema(b.flow, p), at: missingAt(t.Node, at, "inputs", t.Lacks)})
		})
		if made.Source != nil {
			made.Known = knownInputs(p, made.Inputs)
			b.source(t, made.Source, b.sourceRoots(made.Known, inputs, root))
		}
		if ok {
			b.once(p, made, at)
			p.Triggers = append(p.Triggers, made)
		}
	}
}

// once reports a trigger that an earlier one of the flow has the identity of: an event, a record or a time starts one run for both.
func (b *builder) once(p *engine.Plan, t engine.Trigger, at *flow.Node) {
	if t.Schedule == nil && t.Source == nil {
		return // a second webhook and a second manual trigger have problems of their own
	}
	for _, other := range p.Triggers {
		if other.ID() == t.ID() {
			hint := "remove one of them"
			if t.Source != nil {
				hint = "write one trigger, with both conditions in `filter`; or another flow"
			}
			b.problem(at, CodeDuplicateTrigger, hint, "the flow has the same %s at %s, too", t.Kind, other.Pos)
			return
		}
	}
}

// trigger returns a trigger with its settings; those of an event and a poll are added by source.
func (b *builder) trigger(t *flow.Trigger) (made engine.Trigger, ok bool) {
	made = engine.Trigger{Kind: engine.TriggerKind(t.Kind), Pos: t.Node.Pos}
	if t.Value == nil {
		return made, true // reported by package flow
	}
	made.Name, made.Pos = t.Value.Text, t.Value.Pos
	setting := func(key, other string) string { return cmp.Or(text(t.Node.Field(key)), other) }
	switch made.Kind {
	case engine.ScheduleTrigger:
		times, ok := b.schedule(t)
		made.Schedule = &engine.Schedule{
			Times: times, Within: length(t.Node.Field("within")),
			Overlap: engine.Overlap(setting("overlap", string(engine.OverlapQueue))), Missed: engine.Missed(setting("missed", string(engine.MissedLast))),
		}
		return made, ok
	case engine.WebhookTrigger:
		b.hookOnce(t.Value)
		made.Webhook = &engine.Webhook{}
		b.response(t, made.Webhook)
		if secret := t.Node.Field("secret"); secret != nil && b.hookSecret(secret) {
			made.Webhook.Secret = secret.Literal()
		}
	case engine.ManualTrigger:
		made.Name = ""
		b.manualOnce(t)
		if roles := t.Value.Field("roles"); roles != nil {
			for _, role := range roles.Items {
				made.Roles = append(made.Roles, role.Text)
			}
		}
	case engine.EventTrigger, engine.PollTrigger:
		found, ok := b.triggerCard(t)
		if !ok {
			b.problem(t.Value, CodeUnknownCard, b.triggerHint(t), "unknown trigger card %q", t.Value.Text)
			return made, false
		}
		made.Source = &engine.Source{Card: found}
	}
	return made, true
}

// runLimit returns how many runs of the flow may go on at a time; nil if it does not say.
func (b *builder) runLimit(inputs expr.Type) *engine.RunLimit {
	n := b.flow.Runs
	if n == nil {
		return nil
	}
	r := &engine.RunLimit{Limit: 1, Busy: engine.BusyQueue}
	if limit, ok := n.Field("limit").Literal().(int); ok {
		r.Limit = limit
	}
	if busy := n.Field("busy"); busy != nil {
		r.Busy = engine.Busy(busy.Text)
	}
	if per := n.Field("per"); per != nil {
		env := expr.ObjectOf(map[string]expr.Type{"inputs": inputs}, false)
		r.Per = b.expression(per, env)
	}
	return r
}

// hookOnce reports a webhook that several flows have: a request starts one flow.
func (b *builder) hookOnce(n *flow.Node) {
	for _, f := range b.workspace.Flows() {
		for _, other := range f.Triggers {
			if other.Kind == "webhook" && other.Value != nil && other.Value != n && other.Value.Text == n.Text {
				b.problem(n, CodeDuplicateWebhook, "rename one of them: a request starts one flow", "webhook %q is at %s, too", n.Text, other.Value.Pos)
				return
			}
		}
	}
}

// hookSecret checks the secret of a webhook or an event. A command is not allowed: flows are read again when they change, and that must start nothing.
func (b *builder) hookSecret(n *flow.Node) bool {
	const ways = "write a reference: {env: NAME}, {file: PATH} or {keyring: NAME}"
	if !isReference(n) {
		b.secretProblem(n, ways)
		return false
	}
	if n.Fields[0].Key.Text == "command" {
		b.problem(n, flow.CodeWrongType, ways, "the secret of a trigger cannot come from a command")
		return false
	}
	b.emptyReference(n.Fields[0].Key.Text, n.Fields[0].Value)
	return true
}

// manualOnce reports a second trigger that lets tokens start the flow.
func (b *builder) manualOnce(t *flow.Trigger) {
	for _, other := range b.flow.Triggers {
		if other == t {
			return
		}
		if other.Kind == t.Kind {
			b.problem(t.Node, CodeDuplicateManual, "list all roles there", "the flow has a manual trigger at %s, too", other.Node.Pos)
			return
		}
	}
}
