package host

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/store"
)

// away is another engine: it runs flows, and keeps what they did as the parts of a run.
type away struct {
	engine.Journal
	mu      sync.Mutex
	now     func() time.Time
	run     *journaled.Run
	secrets []string
	open    map[string]engine.Record // by the ID of their place
	writes  []store.Write
	ended   []engine.Ended
}

func (a *away) Add(engine.Place, ...engine.Effect) error { return nil }
func (a *away) Open(r engine.Record, _ ...engine.Effect) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[r.Place.ID()] = r
	return nil
}

func (a *away) Begin(i engine.Intent) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes = append(a.writes, store.Write{Intent: i, Began: a.now(), Times: 1})
	return nil
}

func (a *away) End(i engine.Intent, e engine.Effect) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n := range a.writes {
		if w := &a.writes[n]; w.Place.Equal(i.Place) && w.Attempt == i.Attempt {
			w.Ended, w.Result, w.Err, w.Doubt = a.now(), e.Value, e.Err, e.Doubt
		}
	}
	return nil
}

func (a *away) Close(engine.Record, engine.Outcome, error) error          { return nil }
func (a *away) Advance(engine.Place, engine.Position, engine.Tally) error { return nil }
func (a *away) Past(engine.Place) (engine.Past, error)                    { return engine.Past{}, nil }
func (a *away) Stream(engine.Place) (engine.StreamPast, error)            { return engine.StreamPast{}, nil }
func (a *away) Counts() (engine.Counts, error)                            { return engine.Counts{}, nil }
func (a *away) Results(engine.Place) (engine.Results, error)              { return rows{a}, nil }
func (a *away) Snapshot(engine.Place) (engine.Snapshot, error) {
	return nil, errors.New("no snapshots")
}

type rows struct{ *away }

func (r rows) Add(record engine.Record, out engine.Outcome, err error) error {
	r.mu.Lock()
	r.ended = append(r.ended, engine.Ended{Record: record, Outcome: out, Err: err})
	r.mu.Unlock()
	return r.run.Close(record, out, err)
}

func (rows) Close() (string, error) { return "", nil }

// parts returns what the run did, in one part.
func (a *away) parts() iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		p := Part{Secrets: a.secrets, Writes: a.writes, Ended: a.ended}
		for _, r := range a.open {
			p.Open = append(p.Open, r)
		}
		slices.SortFunc(p.Open, func(a, b engine.Record) int { return strings.Compare(a.Place.ID(), b.Place.ID()) })
		yield(p, nil)
	}
}

// runAway runs a flow of a workspace with another engine. The run has the id and the start of one that was run by the workspace.
func runAway(t *testing.T, w *Workspace, checked *Checked, conns *Connections, like store.Run, start engine.Start) Fetched {
	t.Helper()
	a := &away{now: w.config.Clock.Now, open: map[string]engine.Record{}}
	watch := NewWatch(a.now, w.config.Veil)
	c := local.Config{
		Run: like.ID, Cards: w.config.Cards, Connections: conns.conns, Clock: w.config.Clock, Keeper: a, Files: w.files.Run("away"),
		Listen: func(e engine.Event) {
			a.secrets = append(a.secrets, e.Secrets...)
			watch.See(e)
		},
	}
	a.run = journaled.New(journaled.Config{Journal: a, Cards: c.Cards, Did: c.Did, Before: c.Before})
	rt, err := a.run.Over(local.New(t.Context(), c))
	if err != nil {
		t.Fatal(err)
	}
	e := Fetched{Plan: checked.Plan, Watch: watch, Parts: a.parts()}
	e.Run = store.Run{
		ID: like.ID, Flow: like.Flow, Digest: checked.Plan.Digest(), Sources: w.Sources(checked), Start: start, Started: a.now(),
		Origin: &store.Origin{Engine: "temporal", Address: "temporal.acme.example:7233", Namespace: "default"},
	}
	for name, id := range conns.ids {
		e.Run.Connections = append(e.Run.Connections, store.Connection{Name: name, Service: "okta", Org: id.Org, As: id.As, Simulated: id.Simulated, Key: id.Key})
	}
	e.Outcome, e.Err = engine.Run(rt, checked.Plan, start)
	e.Run.Ended = a.now()
	return e
}
