package scim

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// After the end of a process nobody knows what was there before a create: what the directory's id shows is the only proof.
func TestACreateWhoseAnswerWasLostIsKnownByTheIDInTheDirectory(t *testing.T) {
	t.Parallel()
	const there = `
users: [{id: u1, userName: Ada, externalId: 00u1, title: Boss}]
groups: [{id: g1, displayName: Staff, externalId: 00g1}]`
	for _, row := range []struct {
		card        string
		in          map[string]any
		done, known bool
	}{
		{"scim.user.create", map[string]any{"user_name": "ada", "external_id": "00u1", "attributes": map[string]any{"title": "Boss"}}, true, true},
		{"scim.user.create", map[string]any{"user_name": "ada", "external_id": "00u1", "attributes": map[string]any{"title": "Chef"}}, false, false},
		{"scim.user.create", map[string]any{"user_name": "ada", "external_id": "00u2"}, false, false},
		{"scim.user.create", map[string]any{"user_name": "ada"}, false, false},
		{"scim.user.create", map[string]any{"user_name": "bo", "external_id": "00u1"}, false, true},
		{"scim.group.create", map[string]any{"display_name": "Staff", "external_id": "00g1"}, true, true},
		{"scim.group.create", map[string]any{"display_name": "Staff"}, false, false},
	} {
		f, _ := simulated(t, there)
		_, done, err := card.NewSet(Cards()...)[row.card].Did(t.Context(), card.Call{Conn: f.conn}, row.in, card.State{})
		if done != row.done || (err == nil) != row.known {
			t.Errorf("%s %v: done is %v, %v", row.card, row.in, done, err)
		}
	}
}
