package host

import (
	"context"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// HoldElsewhere returns what holds runs in processes that do not share the history to a plan. It returns the error of a call that the plan does not have:
// planned is the run of the plan that the run is, and now the state before the call; zero if it is not known. It is safe for concurrent use.
func (w *Workspace) HoldElsewhere(p *Plan) func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error {
	h := w.holdTo(w.Judged(p))
	h.reached = nil // the run knows what it has reached
	return func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error {
		return h.of(&planned)(c, now)
	}
}

// Judged returns the plan with what its inputs and states say: see Plan.Judged.
func (w *Workspace) Judged(p *Plan) *Plan { return p.Judged(w.config.Cards) }

// NotMade is a write of a run elsewhere that was not made, since the plan to which the run was held did not have it.
type NotMade struct {
	Place  engine.Place
	Card   string
	Target string
	Err    error
}

// HeldRuns are runs that are fetched together and were held to one plan.
type HeldRuns struct {
	plan   *Plan
	to     HeldTo
	writes map[string][]PlannedWrite // by the planned run
}

// HeldRuns returns the runs that were held to a plan, by their engine.AsOf.Run: the first one started the others, directly or not. What the plan has of other
// runs belongs to it: those were not started.
func (w *Workspace) HeldRuns(p *Plan, runs []string) *HeldRuns {
	h := &HeldRuns{plan: w.Judged(p), to: p.HeldTo(), writes: map[string][]PlannedWrite{}}
	own := map[string]bool{}
	for _, run := range runs {
		own[run] = true
	}
	for _, one := range h.plan.Writes {
		run := one.Run
		if !own[run] {
			run = runs[0]
		}
		h.writes[run] = append(h.writes[run], one)
	}
	return h
}

// heldThen is the plan to which a run was held that is fetched. A nil heldThen is none.
type heldThen struct {
	hold *hold
	run  string    // the planned run that it was
	more []*HeldTo // of the runs that it started, directly or not
}

// heldThen returns the part of the plan that is of a run, and what the history has of it from those that the run started.
func (w *Workspace) heldThen(ctx context.Context, history *store.Store, e Fetched) (*heldThen, error) {
	if e.Held == nil || e.Run.Start.AsOf == nil {
		return nil, nil
	}
	part := *e.Held.plan
	part.Writes = e.Held.writes[e.Run.Start.AsOf.Run]
	h := &heldThen{hold: newHold(&part, e.Held.to, w.config.Cards, w.config.Veil), run: e.Run.Start.AsOf.Run}
	for _, id := range e.Started {
		run, err := history.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		if to := reportOf(run).Plan; to != nil {
			h.more = append(h.more, to)
		}
	}
	return h, nil
}

// planned returns the write of the plan at a place of the run; nil if it has none.
func (h *heldThen) planned(at engine.Place) *PlannedWrite { return h.hold.writes[h.run+" "+at.ID()] }

// reached notes that the run came to a write.
func (h *heldThen) reached(at engine.Place) {
	if h != nil {
		h.hold.reach(h.planned(at))
	}
}

// notMade notes a write that was not made.
func (h *heldThen) notMade(one NotMade) {
	if h == nil {
		return
	}
	h.reached(one.Place)
	s := Stale{
		Step: h.hold.veil.String(one.Place.String()), Card: one.Card, Target: h.hold.veil.String(one.Target),
		Why: h.hold.veil.String(strings.TrimPrefix(card.AsError(one.Err).Message, notAsPlanned)),
	}
	h.hold.notMade(s)
}

// digest returns the digest of the plan; empty if there is none.
func (h *heldThen) digest() string {
	if h == nil {
		return ""
	}
	return h.hold.digest()
}

// soFar returns what is known of the plan and the writes that were not made.
func (h *heldThen) soFar(status engine.Status) *HeldTo {
	if h == nil {
		return nil
	}
	to := h.hold.soFar(status)
	for _, one := range h.more {
		to.NotMade += one.NotMade
		to.NotReached += one.NotReached
		to.Stale = append(to.Stale, one.Stale...)
		to.Unreached = append(to.Unreached, one.Unreached...)
	}
	to.Stale, to.Unreached = to.Stale[:min(len(to.Stale), mostStale)], to.Unreached[:min(len(to.Unreached), mostStale)]
	return to
}
