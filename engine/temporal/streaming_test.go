package temporal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

type human struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

type changed struct {
	ID      string `json:"id"`
	Changed bool   `json:"changed"`
}

type query struct {
	Q string `json:"q,omitempty"`
}

// crowd is a service with people in pages. A person whose number ends in 7 fails.
type crowd struct {
	pages, size, bytes int
	does               func(id string) // called by each update; nil: nothing

	calls []string // the ids of those that were updated
}

func (c *crowd) cards() card.Set {
	var mu sync.Mutex
	return card.NewSet(
		card.NewList(card.Spec{Name: "bench.person.list", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, _ query, at card.Cursor) (all []human, next card.Cursor, _ error) {
				page := 0
				_, _ = fmt.Sscan(string(at), &page)
				for i := range c.size {
					all = append(all, human{fmt.Sprint("p", page*c.size+i), strings.Repeat("x", c.bytes)})
				}
				if page++; page < c.pages {
					next = card.Cursor(fmt.Sprint(page))
				}
				return all, next, nil
			}),
		cardtest.Fake("bench.person.update", card.Idempotent, func(_ context.Context, _ card.Call, in human) (changed, error) {
			mu.Lock()
			c.calls = append(c.calls, in.ID)
			mu.Unlock()
			if c.does != nil {
				c.does(in.ID)
			}
			if strings.HasSuffix(in.ID, "7") {
				return changed{}, &card.Error{Kind: card.NotFound, Message: "nobody is " + in.ID}
			}
			return changed{in.ID, true}, nil
		}),
	)
}

// tallying is a Watch that counts records and writes.
type tallying struct{ Records, Writes, Loops, Doubts int }

func (w *tallying) See(e engine.Event) {
	switch e.Kind {
	case engine.RecordEnded:
		w.Records++
	case engine.Wrote:
		w.Writes++
	case engine.Counted:
		w.Loops++
	case engine.InDoubt:
		w.Doubts++
	}
}

func (w *tallying) Sum() (json.RawMessage, error) { return json.Marshal(w) }

func (w *tallying) Add(sum json.RawMessage) error {
	var other tallying
	err := json.Unmarshal(sum, &other)
	w.Records, w.Writes, w.Loops, w.Doubts = w.Records+other.Records, w.Writes+other.Writes, w.Loops+other.Loops, w.Doubts+other.Doubts
	return err
}

// inWorkflows runs a flow as a workflow in the test environment, with streams in workflows of their own.
func (v *server) inWorkflows(plan *engine.Plan, start engine.Start, inPlace, chunk, handed int) (ended temporal.Ended) {
	w := temporal.Workflows{
		Cards: v.setup.Cards, Plan: func(o temporal.Origin) (*engine.Plan, error) {
			if o.Flow != plan.Flow { // a run that the run starts
				return &engine.Plan{Flow: o.Flow}, nil
			}
			return plan, nil
		},
		Watch: func(func() time.Time) temporal.Watch { return &tallying{} },
		Queue: func(to temporal.Connected, _ bool) string { return "flowdeck/" + to.Name },
	}
	w.Small(inPlace, chunk, handed).Register(v.env)
	v.env.ExecuteWorkflow(temporal.RunWorkflow, temporal.Job{Flow: plan.Flow, Start: start, Origin: temporal.Origin{Run: start.Run, Flow: plan.Flow}})
	v.close()
	if err := v.env.GetWorkflowResult(&ended); err != nil {
		v.Error(err)
	}
	return ended
}

// made returns what the workflows of a run have done, as a client finds it: chunk after chunk.
func (v *server) made(ended temporal.Made) (all temporal.Made) {
	all = ended
	all.Cut = false
	for _, stream := range ended.Streams {
		for n := 0; ; n++ {
			out, ok := v.done[temporal.ChunkID(stream.ID, n)]
			if !ok {
				break
			}
			inner := v.made(out.(temporal.Chunked).Made)
			all.Rows, all.Writes = append(all.Rows, inner.Rows...), append(all.Writes, inner.Writes...)
		}
	}
	return all
}

func keysOf(rows []temporal.Row) (keys []string) {
	for _, row := range rows {
		keys = append(keys, row.Record.Place.String())
	}
	return keys
}

func planOf(t *testing.T, text string, cards card.Set) *engine.Plan {
	t.Helper()
	plan := generated.Plan(text, cards)
	if plan == nil {
		t.Fatalf("the flow is not accepted:\n%s", text)
	}
	return plan
}

const sweeping = `flow: f
steps:
  - id: people
    stream: bench.person.list
    concurrency: %s
    %s
    do:
      - id: done
        card: bench.person.update
        with: {id: "${ record.id }"}
  - return: ${ steps.people }
`

// The result of a flow, what it calls, and its rows are those of a run in one process, however its streams are cut.
func TestAStreamInWorkflowsIsThatOfOneProcess(t *testing.T) {
	t.Parallel()
	sweep := func(width, more string) string { return fmt.Sprintf(sweeping, width, more) }
	for name, test := range map[string]struct {
		crowd          crowd
		flow           string
		picks          engine.Pick
		chunk, handed  int
		inOrder, again bool
	}{
		"hundreds of records, one at a time": {crowd{pages: 10, size: 30}, sweep("1", "allow: {percent: 50}"), engine.Pick{}, 20, 7, true, true},
		"a thousand records":                 {crowd{pages: 10, size: 100}, sweep("9", "allow: {failures: 200}"), engine.Pick{}, 20, 7, false, true},
		"small pages":                        {crowd{pages: 90, size: 3}, sweep("4", "allow: {failures: 200}"), engine.Pick{}, 50, 10, false, true},
		"values and counts": {crowd{pages: 4, size: 50}, sweep("3", `collect: steps.done.id
    count_by: index % 3
    allow: {failures: 200}`), engine.Pick{}, 20, 3, false, true},
		"at most some":    {crowd{pages: 10, size: 40}, sweep("3", "allow: {failures: 200}\n    max: 133"), engine.Pick{}, 20, 2, false, true},
		"only some":       {crowd{pages: 6, size: 20}, sweep("3", "allow: {failures: 200}"), engine.Pick{Only: []string{"p1", "p77", "p119"}}, 3, 1, false, true},
		"one that misses": {crowd{pages: 6, size: 20}, sweep("3", "allow: {failures: 200}"), engine.Pick{Only: []string{"p1", "p88", "p990"}}, 3, 1, false, true},
		"without some":    {crowd{pages: 6, size: 20}, sweep("3", "allow: {failures: 200}"), engine.Pick{Skip: []string{"p1", "p88"}}, 10, 2, false, true},
		"more than 2 MB":  {crowd{pages: 8, size: 30, bytes: 20_000}, sweep("3", "allow: {failures: 200}"), engine.Pick{}, 50, 5, false, true},
		"a large record":  {crowd{pages: 2, size: 2, bytes: 600_000}, sweep("1", "allow: {failures: 200}"), engine.Pick{}, 50, 5, true, false},
		"a large list in memory": {crowd{}, strings.NewReplacer(
			"stream: bench.person.list", `each: 'map(1..300, ({id: "q" + string(#), note: repeat("x", 4000)}))'`,
		).Replace(sweep("4", "allow: {failures: 200}")), engine.Pick{}, 20, 4, false, true},
		"a list in memory": {crowd{}, strings.NewReplacer("stream: bench.person.list", "each: 1..300", "record.id", "string(record)").Replace(sweep("4", "allow: {failures: 200}")), engine.Pick{}, 20, 4, false, true},
		"streams in a stream": {crowd{pages: 3, size: 20}, `flow: f
steps:
  - id: outer
    each: 1..7
    concurrency: 3
    do:
      - id: people
        stream: bench.person.list
        allow: {percent: 90}
        concurrency: 2
        do:
          - card: bench.person.update
            with: {id: "${ record.id }"}
      - return: ${ steps.people.ok }
  - return: ${ steps.outer }
`, engine.Pick{}, 5, 2, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, many := test.crowd, test.crowd
			start := engine.Start{Run: "r1", By: "ada", Picks: map[string]engine.Pick{"people": test.picks}}
			plan := planOf(t, test.flow, one.cards())
			want, wantErr := engine.Run(local.New(t.Context(), local.Config{Run: "r1", Cards: one.cards(), Connections: generated.Connections()}), plan, start)
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: many.cards()})
				got := v.inWorkflows(plan, start, 4, test.chunk, test.handed)
				made := v.made(got.Made)
				if diff := cmp.Diff(want.Value, withoutResults(got.Outcome.Value)); diff != "" || want.Status != got.Outcome.Status || fmt.Sprint(wantErr) != fmt.Sprint(got.Err.Err) {
					t.Errorf("%v, %v (- in one process, + in workflows)\n%s", wantErr, got.Err.Err, diff)
				}
				sorted := cmpopts.SortSlices(strings.Compare)
				if diff := cmp.Diff(one.calls, many.calls, sorted); diff != "" {
					t.Errorf("calls:\n%s", diff)
				}
				keys := keysOf(made.Rows)
				if n := len(slices.Compact(slices.Sorted(slices.Values(keys)))); n != len(keys) {
					t.Errorf("%d rows of %d records", len(keys), n)
				}
				if test.inOrder && !slices.IsSortedFunc(made.Rows, func(a, b temporal.Row) int { return a.Record.Index - b.Record.Index }) {
					t.Errorf("rows %v", keys)
				}
				var sum tallying
				if err := json.Unmarshal(got.Sum, &sum); err != nil || sum.Records != len(keys) || len(made.Writes) != len(many.calls) {
					t.Errorf("%v: %+v, %d rows, %d writes", err, sum, len(keys), len(made.Writes))
				}
				if (v.news > 0) != test.again {
					t.Errorf("workflows continued as new %d times", v.news)
				}
			})
		})
	}
}

// withoutResults returns the tally of a stream without the name of its results: a run in one process without a Keeper has none.
func withoutResults(v engine.Value) engine.Value {
	fields, ok := v.(map[string]any)
	if !ok {
		return v
	}
	fields = maps.Clone(fields)
	if _, ok := fields["results"]; ok {
		fields["results"] = ""
	}
	return fields
}
