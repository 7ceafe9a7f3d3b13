package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// occasions are the keys of a case that start the flow, with the kinds of their triggers.
var occasions = []struct {
	key  string
	kind engine.TriggerKind
}{{"event", engine.EventTrigger}, {"record", engine.PollTrigger}, {"request", engine.WebhookTrigger}, {"scheduled_at", engine.ScheduleTrigger}}

// occasion returns what starts the flow; nil if a person does.
func (p *preparation) occasion() (*flow.Node, engine.TriggerKind) {
	for _, one := range occasions {
		if n := p.at(one.key); n != nil {
			return n, one.kind
		}
	}
	return nil, ""
}

// refusal says why an occasion starts no run.
type refusal string

func (r refusal) Error() string { return string(r) }

// trigger finds the trigger of the flow that an occasion is for, and returns the value of the root `trigger`. The trigger is nil if there is none,
// which is reported. The error is a refusal if the occasion starts no run.
func (p *preparation) trigger(n *flow.Node, kind engine.TriggerKind) (*engine.Trigger, map[string]any, error) {
	var of []engine.Trigger
	for _, t := range p.checked.Plan.Triggers {
		if t.Kind == kind {
			of = append(of, t)
		}
	}
	if len(of) == 0 {
		p.problem(n, check.CodeUnknownEvent, "", "flow %q has no trigger of the kind %s", p.Flow, kind)
		return nil, nil, nil
	}
	var refused []string
	var fit []engine.Trigger
	var values []map[string]any
	for _, t := range of {
		value, err := p.rootOf(n, t)
		if err != nil {
			return nil, nil, err
		}
		if value == nil {
			why := " is for other events"
			if t.Kind == engine.ScheduleTrigger {
				why = " is not due then"
			}
			refused = append(refused, t.ID()+why)
			continue
		}
		if t.Source != nil {
			switch wants, err := t.Wants(context.Background(), p.Flow, value); {
			case err != nil:
				return nil, nil, err
			case !wants:
				refused = append(refused, "the filter of "+t.ID()+" does not want it")
				continue
			}
		}
		fit, values = append(fit, t), append(values, value)
	}
	if named := p.at("schedule"); named != nil {
		i := slices.IndexFunc(fit, func(t engine.Trigger) bool { return t.Name == named.Text })
		if i < 0 {
			return nil, nil, refusal(fmt.Sprintf("it starts no run of flow %q: no schedule %q is due then", p.Flow, named.Text))
		}
		return &fit[i], values[i], nil
	}
	switch {
	case len(fit) == 0:
		return nil, nil, refusal(fmt.Sprintf("it starts no run of flow %q: %s", p.Flow, strings.Join(refused, "; ")))
	case len(fit) > 1 && kind == engine.ScheduleTrigger:
		names := make([]string, len(fit))
		for i, t := range fit {
			names[i] = t.Name
		}
		return nil, nil, fmt.Errorf("several schedules of flow %q are due then; name one of them with the key schedule: %s", p.Flow, strings.Join(names, ", "))
	}
	return &fit[0], values[0], nil
}

// rootOf returns the root `trigger` for an occasion; nil if it is not one for the trigger.
func (p *preparation) rootOf(n *flow.Node, t engine.Trigger) (value map[string]any, err error) {
	switch t.Kind {
	case engine.ScheduleTrigger:
		at, err := time.Parse(time.RFC3339, n.Text)
		if err != nil {
			return nil, nil // reported
		}
		if next, ok := t.Schedule.Times.Next(at.Add(-1)); !ok || !next.At.Equal(at) {
			return nil, nil
		}
		value = map[string]any{"schedule": t.Name, "scheduled_at": at.In(t.Schedule.Times.Zone()).Format(time.RFC3339)}
	case engine.WebhookTrigger:
		body := map[string]any{}
		if v := n.Field("body"); v != nil {
			body, _ = v.Literal().(map[string]any)
		}
		value = t.Request(body, p.texts(n.Field("query")), p.texts(n.Field("headers")))
	case engine.EventTrigger:
		settings, err := t.EventSettings(context.Background(), p.Flow)
		if err != nil {
			return nil, err
		}
		read, err := t.Source.Card.Delivery.Read(n.Literal())
		if err != nil {
			return nil, fmt.Errorf("the event is not as the service sends it: %w", err)
		}
		if !slices.Contains(settings.Types, read.Type) {
			return nil, nil
		}
		value = t.Source.Card.Root(read.Event)
	case engine.PollTrigger:
		record := n.Literal()
		if d := t.Source.Card.Delivery; d != nil { // its records are events
			read, err := d.Read(record)
			if err != nil {
				return nil, fmt.Errorf("the record is not as the service has it: %w", err)
			}
			record = read.Event
		}
		value = t.Source.Card.Root(record)
	}
	value["kind"] = string(t.Kind)
	return value, nil
}

// texts returns the parameters or the headers of a request. They are texts, whatever they look like.
func (p *preparation) texts(n *flow.Node) map[string]string {
	all := map[string]string{}
	if n == nil {
		return all
	}
	for _, field := range n.Fields {
		if field.Value.Kind != flow.Scalar || field.Value.IsNull() {
			p.problem(field.Value, flow.CodeWrongType, "a request has texts here", "%q of a request must be a string", field.Key.Text)
			continue
		}
		all[field.Key.Text] = field.Value.Text
	}
	return all
}
