package engine

import (
	"context"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Source has the settings of an event or a poll. EventSettings and PollSettings evaluate them, and Wants the filter.
type Source struct {
	Card    card.Trigger
	With    Template          // an object: the value of the key `with`, but for the filter and the secret
	Types   []string          // the event types, if the card has them; otherwise they are in With
	Check   func(Value) error // checks the value of With; nil if it is known to fit
	Filter  Template          // whether an event or a record starts the flow; a literal nil: each one does
	Selects string            // which events or records of the card it is for, as the flow says it; empty: all
	Secret  Value             // of an event: the reference to the secret by which the server knows the sender, such as {env: NAME}; nil if there is none
	Every   time.Duration     // of a poll: the time from one look to the next
}

// EventSettings are the values of the settings of an event trigger.
type EventSettings struct {
	Types    []string          // the event types, without duplicates
	Register bool              // the server keeps the hook of the service as the flow says
	Own      bool              // events that the connection itself has caused start the flow, too
	Headers  map[string]string // what a request must have, in addition to the secret
}

// The defaults and limits of Source.Every.
const (
	DefaultEvery  = time.Minute
	ShortestEvery = 10 * time.Second
)

// EventSettings returns the settings of an EventTrigger of a flow. They do not depend on an occasion. If an expression gives no types, no event starts the flow.
func (t Trigger) EventSettings(ctx context.Context, flow string) (EventSettings, error) {
	with, err := t.settings(ctx, flow)
	if types, ok := with["types"].([]any); err == nil && (!ok || len(types) > 0) {
		err = t.fits(with)
	}
	if err != nil {
		return EventSettings{}, err
	}
	made := EventSettings{Types: slices.Clone(t.Source.Types), Register: with["register"] == true, Own: with["own"] == true, Headers: map[string]string{}}
	types, _ := with["types"].([]any)
	for _, one := range types {
		if name, ok := one.(string); ok && !slices.Contains(made.Types, name) {
			made.Types = append(made.Types, name)
		}
	}
	headers, _ := with["headers"].(map[string]any)
	for name, value := range headers {
		made.Headers[name], _ = value.(string)
	}
	return made, nil
}

// MayRegister reports whether Register of the settings can be true.
func (t Trigger) MayRegister() bool {
	if t.Source == nil {
		return false
	}
	for _, field := range t.Source.With.Fields {
		if field.Name == "register" {
			return field.Value.Text != nil || field.Value.Literal == true
		}
	}
	return false
}

// PollSettings returns the inputs of the card of a PollTrigger of a flow. They do not depend on an occasion.
func (t Trigger) PollSettings(ctx context.Context, flow string) (map[string]Value, error) {
	with, err := t.settings(ctx, flow)
	if err == nil {
		err = t.fits(with)
	}
	return with, err
}

func (t Trigger) settings(ctx context.Context, flow string) (map[string]Value, error) {
	f, scope := beforeStart(ctx, flow, map[string]any{"inputs": t.Known})
	return t.Source.With.each(f, scope)
}

// fits returns an error if the values of settings are not as the card says.
func (t Trigger) fits(with map[string]Value) error {
	if t.Source.Check == nil {
		return nil
	}
	if wrong := t.Source.Check(with); wrong != nil {
		return invalid("", "%s %s: %v", t.Kind, t.Name, wrong)
	}
	return nil
}

// Wants reports whether an occasion of an event or a poll starts the flow, with the value of the root `trigger`: whether its filter is true.
func (t Trigger) Wants(ctx context.Context, flow string, value Value) (bool, error) {
	filter := t.Source.Filter
	if filter.Text == nil {
		return filter.Literal != false, nil
	}
	f, scope := beforeStart(ctx, flow, map[string]any{"inputs": t.Known, "trigger": value})
	v, err := filter.eval(f, scope)
	if err != nil {
		return false, err
	}
	wants, ok := v.(bool)
	if !ok {
		return false, placed(invalid("", "the filter of a trigger must be true or false, not %s", expr.TypeOf(v)), filter.At(0))
	}
	return wants, nil
}
