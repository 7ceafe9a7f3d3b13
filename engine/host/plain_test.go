package host

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

// shop is a small service of items. Its reads return the state before the run, so that a run sees no more than a dry run,
// and its writes always succeed. The answers of writes depend on the seed, the id and the number of earlier calls.
type shop struct {
	seed   int
	calls  int
	writes map[string][]Withheld // by run
}

type item struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	N    int    `json:"n"`
	Hot  bool   `json:"hot"`
	Note string `json:"note,omitempty"`
}

type itemKey struct {
	ID string `json:"id"`
}

type itemInput struct {
	ID   *string `json:"id,omitempty"`
	Name *string `json:"name,omitempty"`
	N    *int    `json:"n,omitempty"`
}

type itemQuery struct {
	Least int `json:"least,omitempty"`
}

type madeItem struct {
	item
	Changed bool `json:"changed"`
	Size    int  `json:"size"`
}

var items = []item{{"i1", "one", 1, true, ""}, {"i2", "two", 2, false, "a note"}, {"i3", "three", 2, true, "another"}}

// roll returns a number that an answer depends on.
func (s *shop) roll(id string) int {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d %d %s", s.seed, s.calls, id)
	s.calls++
	return int(h.Sum32() >> 8)
}

func (s *shop) made(in itemInput) madeItem {
	id := ""
	if in.ID != nil {
		id = *in.ID
	}
	n := s.roll(id)
	made := madeItem{item{id, fmt.Sprintf("name %d", n%7), n % 5, n%2 == 0, ""}, n%3 > 0, n / 8 % 4}
	if in.ID == nil {
		made.ID = fmt.Sprintf("m%d", n%1000)
	}
	if in.Name != nil {
		made.Name = *in.Name
	}
	if in.N != nil {
		made.N = *in.N
	}
	if n/2%2 == 0 {
		made.Note = "made"
	}
	return made
}

func (s *shop) cards() card.Set {
	answer := func(_ context.Context, _ card.Call, in itemInput) (madeItem, error) { return s.made(in), nil }
	return card.NewSet(
		cardtest.Fake("shop.item.create", card.Creates, answer),
		cardtest.Fake("shop.item.update", card.Idempotent, answer),
		cardtest.Fake("shop.item.delete", card.Destroys, func(_ context.Context, _ card.Call, in itemKey) (madeItem, error) {
			return s.made(itemInput{ID: &in.ID}), nil
		}),
		cardtest.Fake("shop.item.get", card.Reads, func(_ context.Context, _ card.Call, in itemKey) (item, error) {
			for _, known := range items {
				if known.ID == in.ID {
					return known, nil
				}
			}
			if in.ID == "nobody" {
				return item{}, &card.Error{Kind: card.NotFound, Code: "E1", Message: "there is no " + in.ID}
			}
			return (&shop{}).made(itemInput{ID: &in.ID}).item, nil // an item that a write has made
		}),
		card.NewList(card.Spec{Name: "shop.item.list", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, in itemQuery, at card.Cursor) (found []item, _ card.Cursor, _ error) {
				if at == "" {
					return items[:max(0, 1-in.Least)], "2", nil
				}
				for _, known := range items[1:] {
					if known.N >= in.Least {
						found = append(found, known)
					}
				}
				return found, "", nil
			}),
	)
}

// plain is a Runtime that does one thing after the other, so that two runs of a flow do it in the same order.
type plain struct {
	engine.Runtime
	shop   *shop
	cards  card.Set
	flows  func(name string) *engine.Plan
	listen func(run string, e engine.Event)
	ended  func(run string, out engine.Outcome, err error)

	ctx    context.Context
	cancel func()
	steps  *int // that have started, in all runs

	run  string // the number of the run
	runs *int
}

// mostSteps is the number of steps after which runs are canceled: loops inside of loops can go on for hours.
const mostSteps = 300

func (p *plain) Now() time.Time { return time.Unix(0, 0) }

func (p *plain) Moment(engine.Place) time.Time { return p.Now() }

func (p *plain) Position(engine.Place) (engine.Position, error)             { return engine.Position{}, nil }
func (p *plain) Context() context.Context                                   { return p.ctx }
func (p *plain) Sleep(engine.Place, time.Time) error                        { return nil }
func (p *plain) Within(_ engine.Limit, do func(engine.Runtime) error) error { return do(p) }

func (p *plain) Emit(e engine.Event) {
	p.listen(p.run, e)
	if *p.steps++; *p.steps > mostSteps {
		p.cancel()
	}
}

func (p *plain) Call(c engine.Invocation) (engine.Value, error) {
	if p.cards[c.Card].Effect != card.Reads {
		p.shop.writes[p.run] = append(p.shop.writes[p.run], Withheld{Card: c.Card, Input: c.In.(map[string]any)})
	}
	return p.cards[c.Card].Run(p.Context(), card.Call{Place: c.Place}, c.In)
}

func (p *plain) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	return p.cards[c.Card].Page(p.Context(), card.Call{Place: c.Place}, c.In, at)
}

func (p *plain) Stream(w engine.Window, read func(engine.Runtime, card.Cursor) (engine.Batch, error), body func(engine.Runtime, engine.Record) (engine.Outcome, error)) (engine.Tally, error) {
	t := engine.Tally{Total: w.Total}
	for at := card.Cursor(""); ; {
		batch, err := read(p, at)
		if err != nil {
			return t, err
		}
		for _, r := range batch.Records {
			if w.Max > 0 && t.Read == w.Max || w.Stop(t) {
				return t, nil
			}
			t.Read++
			out, err := body(p, r)
			t.Count(r.Index, out, err)
			if err == nil && out.Status != engine.Skipped {
				t.Values = append(t.Values, out.Value)
			}
		}
		if at = batch.Next; at == "" {
			return t, nil
		}
	}
}

// Fork runs all branches to their ends, as if the one that fails were the slowest: a dry run lists the writes of the others.
func (p *plain) Fork(_ engine.Place, n int, body func(engine.Runtime, int) error) error {
	var first error
	for i := range n {
		first = cmp.Or(first, body(p, i))
	}
	return first
}

func (p *plain) Start(_ engine.Place, flow string, s engine.Start) error {
	p.play(p.flows(flow), s)
	return nil
}

// play runs a flow to its end.
func (p *plain) play(plan *engine.Plan, s engine.Start) (engine.Outcome, error) {
	q := *p
	q.run = fmt.Sprint("run ", *p.runs)
	*p.runs++
	out, err := engine.Run(&q, plan, s)
	p.ended(q.run, out, err)
	return out, err
}
