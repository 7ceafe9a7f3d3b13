package serve

import (
	"context"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// polls reads what is new in services: the records of polls, and for events the log of the service, which has those that were not delivered.
type polls struct {
	*Server
	lead  *store.Leadership
	slots chan struct{} // one for each page that is read at the same time

	ticked time.Time // only used by tick; zero: it was not called yet
}

const (
	// gapEvery is how often the log is read for events that were not delivered.
	gapEvery = 5 * time.Minute
	// pagesAtOnce is the number of pages that are read at the same time: each may have some megabytes.
	pagesAtOnce = 4
	// asleep is the time between two ticks from which the machine was suspended.
	asleep = 30 * time.Second
)

func newPolls(s *Server, lead *store.Leadership) *polls {
	return &polls{Server: s, lead: lead, slots: make(chan struct{}, pagesAtOnce)}
}

func (p *polls) run(ctx context.Context) error {
	var going sync.WaitGroup
	defer going.Wait()
	for {
		due, err := p.tick(ctx, p.Clock.Now().Round(0)) // the monotonic clock is at rest while the machine is suspended
		if err != nil {
			return err
		}
		for _, r := range due {
			going.Go(func() { r.look(ctx) })
		}
		if err := p.pause(ctx, beat); err != nil {
			return nil // it stops
		}
	}
}

// tick follows the flows, and returns the readers that have to look now. The caller must call look of each.
func (p *polls) tick(ctx context.Context, now time.Time) (due []*reader, err error) {
	first := p.ticked.IsZero()
	woke := !first && now.Sub(p.ticked) > asleep
	p.ticked = now
	var current []*reader
	for _, f := range p.flows.all() {
		for _, t := range f.Plan.Triggers {
			if isRead(t) {
				current = append(current, p.readers.of(p, f, t))
			}
		}
	}
	if p.readers.keep(current) || first {
		var kept []store.PollState
		for _, r := range current {
			kept = append(kept, store.PollState{Flow: r.flow, Trigger: r.trigger})
		}
		if err := p.history.ForgetPolls(ctx, p.lead, kept); err != nil {
			return nil, err
		}
	}
	for _, r := range current {
		if r.begin(now, woke) {
			due = append(due, r)
		}
	}
	return due, nil
}

// isRead reports whether there is something to read for a trigger. An event without a secret receives nothing, so that nothing is lost.
func isRead(t engine.Trigger) bool {
	return t.Source != nil && t.Source.Card.Reader != nil && (t.Kind == engine.PollTrigger || t.Source.Secret != nil)
}

// readers are those of the triggers that are read.
type readers struct {
	mu  sync.Mutex
	all map[[2]string]*reader // by the flow and the ID of the trigger
}

// of returns the reader of a trigger, which may be new.
func (all *readers) of(p *polls, f *host.Checked, t engine.Trigger) *reader {
	all.mu.Lock()
	defer all.mu.Unlock()
	key := [2]string{f.Plan.Flow, t.ID()}
	r := all.all[key]
	if r == nil {
		r = &reader{polls: p, flow: f.Plan.Flow, trigger: t.ID(), kind: t.Kind, outage: true}
		if all.all == nil {
			all.all = map[[2]string]*reader{}
		}
		all.all[key] = r
	}
	r.every = t.Source.Every
	if t.Kind == engine.EventTrigger {
		r.every = gapEvery
	}
	return r
}

// keep removes all other readers, and reports whether some were new or are gone.
func (all *readers) keep(current []*reader) (changed bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	kept := map[[2]string]*reader{}
	for _, r := range current {
		kept[[2]string{r.flow, r.trigger}] = r
		changed = changed || !r.known
		r.known = true
	}
	changed = changed || len(kept) < len(all.all)
	all.all = kept
	return changed
}

// lags returns how long the polls of each flow have not read all there was: the longest time of each.
func (all *readers) lags(now time.Time) map[string]time.Duration {
	all.mu.Lock()
	defer all.mu.Unlock()
	lags := map[string]time.Duration{}
	for _, r := range all.all {
		if r.kind == engine.PollTrigger {
			lags[r.flow] = max(lags[r.flow], r.pace.lag(now))
		}
	}
	return lags
}
