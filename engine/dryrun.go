package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Write is what a dry run did not do.
type Write struct {
	Path   string         // the place in the run
	Card   string         // which card
	Target string         // what it would change: the card's first input
	In     map[string]any // all inputs; a secret is shown as card.Hidden
}

// Dry is a Runtime that makes every read of rt and no write: each is told to listen, which is called from
// any strand, and answered with a stand-in, whose unknown fields are placeholders such as
// «okta.user.create#1».id. A placeholder may be passed on to writes; a read that needs one is not sent; a
// condition on one makes the record undecidable.
func Dry(rt Runtime, cards card.Set, listen func(Write)) Runtime {
	return dry{Runtime: rt, shared: &dryRun{cards: cards, listen: listen}}
}

// dryRun is what the strands of a dry run share.
type dryRun struct {
	cards  card.Set
	listen func(Write)
	count  atomic.Int64 // of stand-ins
}

type dry struct {
	Runtime
	shared *dryRun
}

// errUndecidable is wrapped by the error of what depends on a write that was not made. Like a halt it is no
// failure: no catch, on_error, retry or allow sees it.
var errUndecidable = errors.New("undecidable")

// undecidable is that error, for a placeholder such as «okta.user.create#1».id.
func undecidable(name string) *card.Error {
	_, name, _ = strings.Cut(name, "«")
	name, _, _ = strings.Cut(name, "#")
	return &card.Error{
		Kind: card.Failed, Code: "undecidable", Err: errUndecidable,
		Message: fmt.Sprintf("this depends on what %s answers, which only a real run knows", name),
	}
}

// passes reports whether an error is no failure of a step, but the end of what is around it.
func passes(err error) bool { return IsCanceled(err) || errors.Is(err, errUndecidable) }

func (d dry) strand(rt Runtime) Runtime { return dry{Runtime: rt, shared: d.shared} }

func (d dry) Call(c Call) (Value, error) {
	target := d.shared.cards[c.Card]
	in, _ := c.In.(map[string]any)
	if target.EffectOf(c.In) == card.Reads {
		if name := placeholder(c.In); name != "" {
			return d.standIn(target, in), nil
		}
		return d.Runtime.Call(c)
	}
	w := Write{Path: c.Path, Card: c.Card, In: shown(target.In, in)}
	for _, name := range target.In.PropertyOrder {
		if v, ok := w.In[name]; ok {
			w.Target = fmt.Sprint(v)
			break
		}
	}
	d.shared.listen(w)
	return d.standIn(target, in), nil
}

// Page answers no record to a list that needs what only a real run knows.
func (d dry) Page(c Call, at card.Cursor) (card.Page, error) {
	if name := placeholder(c.In); name != "" {
		return card.Page{}, nil
	}
	return d.Runtime.Page(c, at)
}

func (d dry) Stream(w Window, read func(Runtime, card.Cursor) (card.Page, error), body func(Runtime, Record) (Outcome, error)) (Tally, error) {
	return d.Runtime.Stream(w,
		func(rt Runtime, at card.Cursor) (card.Page, error) { return read(d.strand(rt), at) },
		func(rt Runtime, r Record) (Outcome, error) { return body(d.strand(rt), r) })
}

func (d dry) Fork(n int, body func(Runtime, int) error) error {
	return d.Runtime.Fork(n, func(rt Runtime, i int) error { return body(d.strand(rt), i) })
}

func (d dry) Within(l Limit, body func(Runtime) error) error {
	return d.Runtime.Within(l, func(rt Runtime) error { return body(d.strand(rt)) })
}

// dry reports whether the run makes no write.
func (f *frame) dry() bool {
	_, isDry := f.rt.(dry)
	return isDry
}

// wait sleeps; in a dry run it passes at once.
func (f *frame) wait(until time.Time) error {
	if f.dry() {
		return nil
	}
	return f.rt.Sleep(until)
}

// standIn is an answer of a card that was not called: its input in the shape of its output.
func (d dry) standIn(c card.Card, in map[string]any) Value {
	name := fmt.Sprintf("«%s#%d»", c.Name, d.shared.count.Add(1))
	return standIn(c.Out, in, name)
}

func standIn(s *jsonschema.Schema, in map[string]any, name string) Value {
	if s == nil || len(s.Properties) == 0 {
		return name
	}
	out := make(map[string]any, len(s.Properties))
	for field, property := range s.Properties {
		given, ok := in[field]
		inside, _ := given.(map[string]any)
		switch {
		case ok && inside == nil:
			out[field] = given
		case len(property.Properties) > 0:
			out[field] = standIn(property, inside, name+"."+field)
		default:
			out[field] = name + "." + field
		}
	}
	for field, given := range in { // an open object: what was given stands
		if _, known := out[field]; !known && s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil {
			out[field] = given
		}
	}
	return out
}

// placeholder is the first placeholder in a value; empty if there is none.
func placeholder(v Value) string {
	switch v := v.(type) {
	case string:
		if i := strings.Index(v, "«"); i >= 0 && strings.Contains(v[i:], "#") && strings.Contains(v[i:], "»") {
			return v
		}
	case []any:
		for _, item := range v {
			if name := placeholder(item); name != "" {
				return name
			}
		}
	case map[string]any:
		for _, field := range v {
			if name := placeholder(field); name != "" {
				return name
			}
		}
	}
	return ""
}

// decidable is an error if an expression reads a placeholder, in a dry run; else nil.
func (f *frame) decidable(reads []expr.Read) *card.Error {
	if !f.dry() {
		return nil
	}
	for _, r := range reads {
		var v any = f.roots
		for _, name := range r.Path {
			fields, ok := v.(map[string]any)
			if !ok {
				break
			}
			v = fields[name]
		}
		if name := placeholder(v); name != "" {
			return undecidable(name)
		}
	}
	return nil
}

// shown is a write's input without its secrets.
func shown(s *jsonschema.Schema, in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for name, v := range in {
		property := s.Properties[name]
		inside, isObject := v.(map[string]any)
		switch {
		case property != nil && property.Extra["secret"] == true:
			out[name] = card.Hidden
		case isObject && property != nil:
			out[name] = shown(property, inside)
		default:
			out[name] = v
		}
	}
	return out
}
