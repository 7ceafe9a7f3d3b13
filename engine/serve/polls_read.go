package serve

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// reader reads what is new for a trigger.
type reader struct {
	*polls
	flow, trigger string // the ID of the trigger
	kind          engine.TriggerKind
	every         time.Duration // only for tick
	known         bool          // only for readers.keep
	outage        bool          // of an event: what is found was not delivered since nobody served
	pace          pace
}

// begin reports whether a look is due. woke: the machine was suspended.
func (r *reader) begin(now time.Time, woke bool) bool {
	due := r.pace.begin(now, r.every, woke)
	if due && woke { // otherwise a look goes on, which uses it
		r.outage = true
	}
	if lag, falls := r.pace.falls(now, r.every); falls && r.kind == engine.PollTrigger {
		r.Log.Warn("a poll falls behind", "flow", r.flow, "poll", r.trigger, "behind", lag.Round(time.Second).String())
	}
	return due
}

// look reads page by page until there is nothing more to read.
func (r *reader) look(ctx context.Context) {
	found := &filled{outage: r.outage}
	for more := true; more; {
		var err error
		if more, err = r.page(ctx, found); err != nil {
			r.fail(ctx, err)
			return
		}
	}
	r.outage = false
	if r.pace.end() {
		r.Log.Info("what starts the flow can be read again", "flow", r.flow, "trigger", r.trigger)
	}
	if n, from, to := found.span(); n > 0 && r.kind == engine.EventTrigger {
		r.Log.Info(fmt.Sprintf("filled %d events of the outage", n), "flow", r.flow, "trigger", r.trigger,
			"from", from.UTC().Format(time.RFC3339), "to", to.UTC().Format(time.RFC3339))
	}
}

// page reads a page, makes occasions of its records, and moves the position. more reports whether there is another one.
func (r *reader) page(ctx context.Context, found *filled) (more bool, err error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	_, f := r.flows.flow(r.flow)
	if f == nil {
		return false, nil
	}
	t := trigger(f, r.trigger)
	if t == nil || !isRead(*t) || !r.canReceive(ctx, *t) {
		return false, nil
	}
	if err := r.room(ctx); err != nil {
		return false, err
	}
	state, err := r.history.Poll(ctx, r.flow, r.trigger)
	if err != nil {
		return false, err
	}
	r.pace.start(state.Ended)
	in, occasion, err := r.source(ctx, f, *t)
	if err != nil {
		return false, err
	}
	use := f.TriggerUse(*t)
	conns, err := r.pool.Connect(ctx, []engine.Use{use})
	if err != nil {
		return false, err
	}
	read, err := placeOf(state.Position, in)
	if err != nil {
		return false, err
	}
	news, err := t.Source.Card.Reader.Read(ctx, card.Call{Attempt: 1, ConnName: use.Name, Conn: conns.Open(use.Name)}, in, read.At)
	if err != nil {
		return false, err
	}
	read.At = news.Position
	if news.Position, err = json.Marshal(read); err != nil {
		return false, err
	}
	return news.More, r.move(ctx, state, news, occasion, found)
}

// place is how far was read with an input, which expressions give: with another one, what happened before is not of the trigger.
type place struct {
	Of string          // the digest of the input
	At json.RawMessage // the position of the service; nil: nothing was read
}

// placeOf returns the place for an input at a kept position: the start, if that is one of another input.
func placeOf(kept []byte, in card.Value) (p place, err error) {
	text, err := card.EncodeJSON(in) // its keys are sorted
	if err != nil {
		return p, err
	}
	of := fmt.Sprintf("%.8x", sha256.Sum256(text))
	if kept != nil {
		if err := json.Unmarshal(kept, &p); err != nil {
			return p, fmt.Errorf("how far was read cannot be read: %w", err)
		}
	}
	if p.Of != of {
		p = place{Of: of}
	}
	return p, nil
}

// canReceive reports whether events can be received by a trigger. The endpoint logs why not.
func (r *reader) canReceive(ctx context.Context, t engine.Trigger) bool {
	if t.Kind != engine.EventTrigger {
		return true
	}
	secret, err := r.Workspace.HookSecret(ctx, t.Source.Secret)
	return err == nil && secret.Len() >= ShortestSecret
}

// source returns the input of the reader of a trigger, and the function that makes the occasion of a record, which is nil for one that starts nothing.
func (r *reader) source(ctx context.Context, f *host.Checked, t engine.Trigger) (in card.Value, occasion func(card.Record) *store.Occasion, err error) {
	if t.Kind == engine.PollTrigger {
		settings, err := t.PollSettings(ctx, r.flow)
		return settings, func(one card.Record) *store.Occasion { return r.recordOccasion(ctx, f.Plan, t, one) }, err
	}
	settings, err := t.EventSettings(ctx, r.flow)
	types := make([]any, len(settings.Types))
	for i, name := range settings.Types {
		types[i] = name
	}
	event := EventTrigger{t, settings}
	return map[string]any{"types": types}, func(one card.Record) *store.Occasion { return r.eventOccasion(ctx, f.Plan, event, one.Value) }, err
}

// move adds the occasions of the records of a page that are new, and moves the position, in one transaction.
func (r *reader) move(ctx context.Context, state store.PollState, news card.News, occasion func(card.Record) *store.Occasion, found *filled) error {
	p := store.Polled{State: state, Forget: news.Forget}
	for _, one := range news.Records {
		p.Keys = append(p.Keys, one.Key)
	}
	polled, err := r.history.WasPolled(ctx, r.flow, r.trigger, p.Keys)
	if err != nil {
		return err
	}
	p.Keys = p.Keys[:0]
	for i, one := range news.Records {
		if polled[i] {
			continue
		}
		if one.Err == nil {
			p.Keys = append(p.Keys, one.Key)
		}
		if one.Old {
			continue
		}
		if o := occasion(one); o != nil {
			p.Occasions = append(p.Occasions, *o)
		}
	}
	now := r.Clock.Now().Round(0)
	if !news.More || state.Ended.IsZero() {
		p.State.Ended = now
	}
	p.State.Position, p.State.At = news.Position, news.At
	fresh, err := r.history.MovePoll(ctx, r.lead, p)
	if err != nil {
		return err
	}
	r.added(p.Occasions, fresh)
	found.add(p.Occasions, fresh, news.At)
	if news.Lost != nil {
		r.Log.Warn("the service does not have its log of this time any more: what happened then starts nothing", "flow", r.flow, "trigger", r.trigger,
			"from", news.Lost.From.UTC().Format(time.RFC3339), "to", news.Lost.To.UTC().Format(time.RFC3339))
	}
	if r.pace.read(p.State.Ended, !news.More) && r.kind == engine.PollTrigger {
		r.Log.Info("the poll has caught up", "flow", r.flow, "poll", r.trigger)
	}
	return nil
}

// fail ends a look that failed. It is logged once, as long as it fails in the same way.
func (r *reader) fail(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, store.ErrNotLeading) { // the scheduler notices that it does not lead
		return
	}
	failure, least := card.AsError(err), time.Duration(0)
	if r.kind == engine.EventTrigger && failure.Kind == card.Forbidden {
		least = gapEvery
	}
	if !r.pace.wait(r.Clock.Now().Round(0), failure, least) {
		return
	}
	log := r.Log.With("flow", r.flow, "trigger", r.trigger, "kind", string(failure.Kind), "error", r.hidden(err.Error()))
	if failure.Hint != "" {
		log = log.With("hint", r.hidden(failure.Hint))
	}
	if r.kind == engine.EventTrigger {
		log.Warn("events are received, but those that are not delivered cannot be read from the log of the service")
		return
	}
	log.Error("a poll failed: it is tried again")
}

func (r *reader) hidden(text string) string { return string(r.Workspace.Hide([]byte(text))) }

// filled counts the events of a look that were not delivered.
type filled struct {
	outage bool
	times  []time.Time
	at     time.Time // up to which time of the service was read
}

// undelivered is the age from which an event counts as not delivered. A younger one may be on its way.
const undelivered = time.Minute

func (f *filled) add(all []store.Occasion, fresh []bool, at time.Time) {
	for i, o := range all {
		if fresh[i] {
			f.times = append(f.times, o.At)
		}
	}
	f.at = at
}

// span returns the number of events that were not delivered, and the times of the first and the last one.
func (f *filled) span() (n int, from, to time.Time) {
	for _, at := range f.times {
		if !f.outage && f.at.Sub(at) < undelivered {
			continue
		}
		if n++; n == 1 || at.Before(from) {
			from = at
		}
		if at.After(to) {
			to = at
		}
	}
	return n, from, to
}
