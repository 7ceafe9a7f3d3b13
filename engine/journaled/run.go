// Package journaled makes runs survive the end of their process. It wraps the Runtime of a run: every effect is added to an
// engine.Journal, and a resumed run takes from the journal what was already done.
//
// The interpreter of a resumed run starts at the first step again. A call that has a result in the journal returns it. A write
// that was begun and has no result may have been done: an idempotent card does it again, a card with a Did finds out, and
// any other pauses the run, so that a person can decide. A stream goes on at the first page that has a record which has
// not ended.
//
// What is read within a record is not kept before the record writes: until then, nothing depends on it.
package journaled

import (
	"context"
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Config configures the journal of a run in this process.
type Config struct {
	Journal engine.Journal
	Cards   card.Set // by name
	Resumed bool     // the journal has entries of an earlier process
	// Did finds out whether a write was done, as card.Card.Did does.
	Did func(ctx context.Context, i engine.Invocation, before card.State) (out engine.Value, done bool, err error)
	// Before reads the state before a write, as card.Card.Before does. It is called once for a call of a card whose Undo.NeedsBefore is true, and
	// with Hold for each call: the state is kept for the undo. nil: no state is read.
	Before func(ctx context.Context, i engine.Invocation) (card.State, error)
	// Hold reports a call that the plan to which the run is held does not have: the error with which it fails, and nil for one that may be made.
	// before is the state before it, as Before reads it. nil: the run is not held to a plan.
	Hold func(i engine.Invocation, before card.State) *card.Error
	// Settled returns what a person decided about a write that is in doubt. nil: no decisions.
	Settled func(engine.Intent) (done, decided bool)
	// Permit is asked before each attempt of a write, before it is in the journal. nil: all are made.
	Permit engine.Permit
	// Paused is called when a write is in doubt and only a person can decide whether it was done. It must cancel the run and
	// return quickly. It can be called on several strands.
	Paused func(Doubt)
	// Ended is called when a stream with a snapshot has ended, after its end was added to the journal. nil: nothing is called.
	Ended func(stream engine.Place)
}

// Doubt is a write that may have been done.
type Doubt struct {
	engine.Intent
	Why string // the reason why flowdeck cannot find it out
}

// Run is the journal of a run in this process. It is safe for concurrent use.
type Run struct {
	Config
	root *scope
	ctx  context.Context // of the run: ends when it is canceled

	counts engine.Counts // of the records that ended before the run was resumed

	mu      sync.Mutex
	streams map[string]*stream // that are open, by the ID of their place
	paused  bool
}

// New returns the journal of a run.
func New(c Config) *Run {
	r := &Run{Config: c, streams: map[string]*stream{}}
	r.root = &scope{run: r, open: true}
	return r
}

// Over returns rt, the Runtime of the run's first strand, with a journal. It is called once.
func (r *Run) Over(rt engine.Runtime) (engine.Runtime, error) {
	r.ctx = rt.Context()
	if r.Resumed {
		if err := r.root.load(); err != nil {
			return nil, err
		}
		counts, err := r.Journal.Counts()
		if err != nil {
			return nil, err
		}
		r.counts = counts
		rt.Emit(engine.Event{Kind: engine.Restored, Restored: &counts})
	}
	return strand{Runtime: rt, run: r, scope: r.root}, nil
}

// Pause makes the run pause: after it, no finally runs. The caller cancels the run.
func (r *Run) Pause() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = true
}

// Paused reports whether the run pauses.
func (r *Run) isPaused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.paused
}

var errPauses = fmt.Errorf("%w: the run pauses", engine.ErrCanceled)

// cutOff reports whether err ended a record or a branch of which a resumed run does the rest.
func (r *Run) cutOff(err error) bool {
	return engine.IsCanceled(err) && (r.isPaused() || r.ctx.Err() != nil)
}

// stream returns the open stream of a record; nil if there is none.
func (r *Run) stream(record engine.Record) *stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.streams[record.Place.Around().ID()]
}

// Closed returns the number of records that ended before the run was resumed, in all streams with a Place.Name.
func (r *Run) Closed(name string) int { return r.counts.Streams[name].Read }

// Has reports whether a record was closed before the run was resumed, or does not start in it.
func (r *Run) Has(record engine.Record) bool {
	s := r.stream(record)
	return s != nil && (s.past.has(record) || s.hasRefused(record))
}

// Close adds the end of a record, and moves its stream on. The caller has kept its result.
func (r *Run) Close(record engine.Record, out engine.Outcome, err error) error {
	s := r.stream(record)
	if s == nil { // its stream has ended: cannot happen
		return r.Journal.Close(record, out, err)
	}
	if s.aside {
		return nil
	}
	if err := s.scope.flush(); err != nil {
		return err
	}
	if !s.values {
		out.Value = nil // nothing reads it again
	}
	if err := r.Journal.Close(record, out, err); err != nil {
		return err
	}
	return s.ended(record, out, err)
}
