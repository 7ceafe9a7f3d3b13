package host

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// HoldElsewhere returns what holds runs in processes that do not share the history to a plan. It returns the error of a call that the plan does not have:
// planned is the run of the plan that the run is, and now the state before the call; zero if it is not known. It is safe for concurrent use.
func (w *Workspace) HoldElsewhere(p *Plan) func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error {
	h := w.holdTo(p.Judged(w.config.Cards))
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

// heldThen is the plan to which a run was held that is fetched. A nil heldThen is none.
type heldThen struct {
	hold *hold
	run  string    // the planned run that it was
	more []*HeldTo // of the runs that it started
}

// heldThen returns the plan to which a run was held.
func (w *Workspace) heldThen(e Fetched) *heldThen {
	if e.Held == nil || e.Run.Start.AsOf == nil {
		return nil
	}
	h := &heldThen{w.holdTo(e.Held.Judged(w.config.Cards)), e.Run.Start.AsOf.Run, e.Started}
	for i := range h.hold.plan.Writes {
		if one := &h.hold.plan.Writes[i]; slices.Contains(e.Others, one.Run) {
			h.hold.reach(one)
		}
	}
	return h
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
