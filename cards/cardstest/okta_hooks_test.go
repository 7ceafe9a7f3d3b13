package cardstest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// hookServer answers for all event hooks.
type hookServer struct{}

func (hookServer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	fmt.Fprintf(answer, `{"verification": %q}`, r.Header.Get("X-Okta-Verification-Challenge"))
	return answer.Result(), nil
}

// inactiveHook creates an event hook that stays inactive.
var inactiveHook = cardstest.Case{In: map[string]any{
	"name": "Late movers", "url": "https://hooks.acme.example/late", "events": []any{"user.lifecycle.suspend"}, "do_not_activate": true, "description": "For later",
	"headers": map[string]any{"X-Site": "berlin"}, "authorization": "open-sesame", "filters": map[string]any{"user.lifecycle.suspend": "event.actor.id != null"},
}}

// allHooksState returns the state of the hooks that the example of okta.event_hook.delete_all deletes.
func (d orgDump) allHooksState() card.State {
	hook := d.objectState("event_hooks", "event_hook_id", map[string]any{"event_hook_id": "who1"})
	if hook.Missing {
		return hook
	}
	return card.State{Fields: map[string]any{"who1": hook.Fields}}
}

// withoutSecrets removes the fields of an event hook that are not part of its state.
func withoutSecrets(object map[string]any) {
	delete(object, "channel")
	delete(object, "createdBy")
}
