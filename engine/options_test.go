package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// pager is a Runtime that can only read the pages of one list. It records the calls.
type pager struct {
	engine.Runtime
	pages [][]any
	calls []engine.Invocation
}

func (p *pager) Now() time.Time { return time.Time{} }

func (p *pager) Moment(engine.Place) time.Time { return time.Time{} }

func (p *pager) Context() context.Context { return context.Background() }

func (p *pager) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	p.calls = append(p.calls, c)
	n := 0
	_, _ = fmt.Sscan(string(at), &n)
	page := card.Page{Items: p.pages[n]}
	if n+1 < len(p.pages) {
		page.Next = card.Cursor(fmt.Sprint(n + 1))
	}
	return page, nil
}

// things returns options that are read from a list with several pages.
func things(t *testing.T, searches bool) *engine.Options {
	t.Helper()
	o := &engine.Options{Value: []string{"id"}, Label: []string{"profile", "name"}, Searches: searches}
	o.List.Card = card.NewList(card.Spec{Name: "store.thing.list", Effect: card.Reads},
		func(context.Context, card.Call, struct{}, card.Cursor) ([]struct{}, card.Cursor, error) {
			return nil, "", nil
		})
	if searches {
		typed, err := expr.CompileText("${ typed }", expr.ObjectOf(map[string]expr.Type{"typed": expr.String}, false))
		if err != nil {
			t.Fatal(err)
		}
		o.List.With.Fields = []engine.Field{{Name: "q", Value: engine.Template{Text: typed}}}
	}
	return o
}

func thing(id any, name any) any {
	return map[string]any{"id": id, "profile": map[string]any{"name": name}}
}

func TestOptionsAreReadNoFurtherThanNecessary(t *testing.T) {
	t.Parallel()
	list := [][]any{{thing(1, "Ann"), thing(nil, "no value"), thing(2, nil)}, {}, {thing(3, "Cat")}, {thing(4, "Dan")}}
	for _, test := range []struct {
		limit int
		want  []engine.Option
		more  bool
		pages int
	}{
		{limit: 1, want: []engine.Option{{Value: 1, Label: "Ann"}}, more: true, pages: 1},
		{limit: 2, want: []engine.Option{{Value: 1, Label: "Ann"}, {Value: 2}}, more: true, pages: 3},
		{limit: 4, want: []engine.Option{{Value: 1, Label: "Ann"}, {Value: 2}, {Value: 3, Label: "Cat"}, {Value: 4, Label: "Dan"}}, pages: 4},
	} {
		rt := &pager{pages: list}
		got, more, err := things(t, true).Find(rt, &engine.Plan{}, nil, "a", test.limit)
		if err != nil || more != test.more || !cmp.Equal(got, test.want) || len(rt.calls) != test.pages {
			t.Errorf("limit %d: %v, more %v, %d pages, %v", test.limit, got, more, len(rt.calls), err)
		}
	}
}

func TestTheServiceSearchesOrElseTheLabelsAreSearched(t *testing.T) {
	t.Parallel()
	rt := &pager{pages: [][]any{{thing(1, "Ann"), thing(2, "Joanna"), thing(3, "Bob")}}}
	got, _, err := things(t, true).Find(rt, &engine.Plan{Connections: map[string]string{"store": "flow"}}, nil, "ann", 9)
	want := engine.Invocation{Place: engine.Place{}.Step("options"), Attempt: 1, Card: "store.thing.list", Connection: "flow", In: map[string]any{"q": "ann"}}
	if err != nil || len(got) != 3 || !cmp.Equal(rt.calls, []engine.Invocation{want}) {
		t.Errorf("searched by the service: %v, %v, called with %+v", got, err, rt.calls)
	}
	rt.calls = nil
	got, _, err = things(t, false).Find(rt, &engine.Plan{}, map[string]string{"store": "prod"}, "ANN", 9)
	if err != nil || len(got) != 2 || got[1].Value != 2 || rt.calls[0].Connection != "prod" {
		t.Errorf("searched here: %v, %v, called with %+v", got, err, rt.calls)
	}
}
