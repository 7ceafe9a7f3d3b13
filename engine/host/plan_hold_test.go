package host

import (
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Each attempt is compared with the plan: between two of them, somebody may change what the call changes. What an earlier one may have left fits.
func TestTheNextAttemptOfAWriteIsHeldToThePlan(t *testing.T) {
	t.Parallel()
	person := func(id, department, title string) card.State {
		return card.State{Fields: map[string]any{"id": id, "status": "ACTIVE", "profile": map[string]any{"department": department, "title": title}}}
	}
	in := map[string]any{"user_id": "ada@acme.example", "department": "IT", "profile_extra": map[string]any{"title": "Lead"}}
	before := person("00u1", "Sales", "Dr")
	at := engine.Place{}.Step("s")
	p := (&Plan{ID: "p1", Writes: []PlannedWrite{{
		Run: "p1", Place: at, Card: "okta.user.update", Connection: "okta", Input: in, Before: &before,
	}}}).Judged(cards.All())
	h := newHold(p, p.HeldTo(), cards.All(), veil.New())
	open := &card.Error{Kind: card.Unavailable, Message: "no answer", Writes: card.Unanswered}
	partly := &card.Error{Kind: card.Unavailable, Code: card.CodePartly, Message: "one of two", Changed: true}
	for name, test := range map[string]struct {
		now  card.State
		last *card.Error
		fits bool
	}{
		"as in the plan":                             {before, nil, true},
		"as in the plan, after a failure":            {before, open, true},
		"done":                                       {person("00u1", "IT", "Lead"), open, true},
		"changed by somebody":                        {person("00u1", "Legal", "Dr"), nil, false},
		"changed by somebody after a failure":        {person("00u1", "Legal", "Dr"), open, false},
		"half of it as wanted":                       {person("00u1", "IT", "Dr"), nil, false},
		"half of it as wanted, after a failure":      {person("00u1", "IT", "Dr"), open, true},
		"half of it, and the other half by somebody": {person("00u1", "IT", "Prof"), open, false},
		"partly done":                                {person("00u1", "Legal", "Dr"), partly, true},
		"another person, partly done":                {person("00u2", "Sales", "Dr"), partly, false},
		"another person after a failure":             {person("00u2", "Sales", "Dr"), open, false},
	} {
		stale := h.of(&engine.AsOf{Run: "p1"})(engine.Invocation{Place: at, Card: "okta.user.update", Connection: "okta", In: in, Last: test.last}, test.now)
		if (stale == nil) != test.fits {
			t.Errorf("%s: got %v", name, stale)
		}
	}
}
