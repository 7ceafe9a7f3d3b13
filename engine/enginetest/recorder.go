package enginetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// recorder is a Runtime that passes every call to another one and records the places of all effects.
type recorder struct {
	engine.Runtime
	to *effects
}

// effects are the effects of a run, each with its kind, its place and the rest of its identity.
type effects struct {
	mu      sync.Mutex
	all     []string
	streams map[string]bool // names of streams
}

func (e *effects) add(kind string, at engine.Place, more ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, fmt.Sprintf("%s %s %v", kind, at.ID(), more))
	if kind == "stream" {
		if e.streams == nil {
			e.streams = map[string]bool{}
		}
		e.streams[at.Name()] = true
	}
}

// sorted returns all effects in an order that does not depend on the timing of strands.
func (e *effects) sorted() []string { return slices.Sorted(slices.Values(e.all)) }

// unique fails the test if two effects of a kind have the same place.
func (e *effects) unique(t *testing.T) {
	t.Helper()
	all := e.sorted()
	for i := range all[1:] {
		if all[i] == all[i+1] {
			t.Errorf("two effects are the same: %s", all[i])
		}
	}
}

func (r *recorder) inside(rt engine.Runtime) engine.Runtime { return &recorder{rt, r.to} }

func (r *recorder) Runs(p *engine.Plan) {
	if to, ok := r.Runtime.(Planned); ok {
		to.Runs(p)
	}
}

func (r *recorder) Call(c engine.Invocation) (engine.Value, error) {
	r.to.add("call", c.Place, c.Attempt)
	return r.Runtime.Call(c)
}

func (r *recorder) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	r.to.add("page", c.Place, at, c.Attempt)
	return r.Runtime.Page(c, at)
}

func (r *recorder) Stream(w engine.Window, read func(engine.Runtime, card.Cursor) (engine.Batch, error), body func(engine.Runtime, engine.Record) (engine.Outcome, error)) (engine.Tally, error) {
	r.to.add("stream", w.Place)
	return r.Runtime.Stream(w,
		func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
			batch, err := read(r.inside(rt), at)
			for _, record := range batch.Records {
				r.to.add("record", record.Place)
			}
			return batch, err
		},
		func(rt engine.Runtime, record engine.Record) (engine.Outcome, error) {
			return body(r.inside(rt), record)
		})
}

func (r *recorder) Fork(at engine.Place, n int, body func(engine.Runtime, int) error) error {
	r.to.add("fork", at)
	return r.Runtime.Fork(at, n, func(rt engine.Runtime, i int) error { return body(r.inside(rt), i) })
}

func (r *recorder) Within(l engine.Limit, body func(engine.Runtime) error) error {
	r.to.add("within", l.Place)
	return r.Runtime.Within(l, func(rt engine.Runtime) error { return body(r.inside(rt)) })
}

func (r *recorder) Start(at engine.Place, flow string, s engine.Start) error {
	r.to.add("start", at)
	r.to.add("run "+s.Run, engine.Place{})
	return r.Runtime.Start(at, flow, s)
}

func (r *recorder) Respond(at engine.Place, a engine.Response) error {
	r.to.add("respond", at)
	return r.Runtime.Respond(at, a)
}

func (r *recorder) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	r.to.add("await", at)
	return r.Runtime.Await(at, a)
}

func (r *recorder) Sleep(at engine.Place, until time.Time) error {
	r.to.add("sleep", at)
	return r.Runtime.Sleep(at, until)
}
