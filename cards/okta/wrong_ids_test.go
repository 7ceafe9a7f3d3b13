package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestMembersAreAddedAndRemovedByIDOnly(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	for _, name := range []string{"okta.group.member.add", "okta.group.member.remove"} {
		for _, group := range []string{"00g1", "00g2"} { // with and without the user
			_, err := s.try(name, map[string]any{"group_id": group, "user_id": "bob@acme.example"})
			refused(t, err, card.Invalid, "which is a login")
		}
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("it sent %v", asked)
	}
}

// Okta takes a null for an attribute that does not exist for nothing to do.
func TestNamesOfAttributesToClearDifferFromNoAttributeInCaseOnly(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	for _, in := range []map[string]any{
		{"user_id": "00u1", "clear": []any{"Department"}},
		{"user_id": "00u1", "clear": []any{"lastname"}},
		{"user_id": "00u1", "profile_extra": map[string]any{"MobilePhone": nil}},
	} {
		_, err := s.try("okta.user.update", in)
		refused(t, err, card.Invalid, "did you mean")
	}
	_, err := s.try("okta.user.update", map[string]any{"user_id": "00u1", "clear": []any{""}})
	refused(t, err, card.Invalid, "is empty")
	if out := s.run("okta.user.update", map[string]any{"user_id": "00u1", "clear": []any{"department"}}); out["changed"] != false {
		t.Errorf("got %v", out)
	}
}

// Okta's error is that of a missing permission, or one without a hint.
func TestTheHintForAnActiveObjectThatCannotBeDeletedIsToDeactivateIt(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg+`
zones: [{id: nzo1, name: Office, type: IP, status: ACTIVE, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}]
devices: [{id: guo1, status: ACTIVE, profile: {displayName: Mac, platform: MACOS, registered: true}}]
`)
	for name, in := range map[string]map[string]any{
		"okta.zone.delete": {"zone_id": "nzo1"}, "okta.app.delete": {"app_id": "0oa1"}, "okta.device.delete": {"device_id": "guo1"},
	} {
		_, err := s.try(name, in)
		e := card.AsError(err)
		want := "is ACTIVE: deactivate it first with " + name[:len(name)-len("delete")] + "deactivate"
		if e == nil || len(e.Hint) < len(want) || e.Hint[len(e.Hint)-len(want):] != want {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	_, err := s.try("okta.zone.delete", map[string]any{"zone_id": "nzo9"})
	refused(t, err, card.NotFound, "nzo9")
}

func TestAHeaderThatCannotBeSentOrChangesTheMethodIsRefused(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	for _, header := range []struct{ name, value, message string }{
		{"X-A", "a\nb", "control character"}, {"X-A", "a\x00b", "control character"}, {"bad name", "a", "not a valid name"}, {"", "a", "not a valid name"}, {"ä", "a", "not a valid name"},
		{"X-HTTP-Method-Override", "DELETE", "would change the method"}, {"x-http-method", "PUT", "would change the method"}, {"X-Method-Override", "PUT", "would change the method"},
	} {
		for _, method := range []string{"GET", "DELETE"} {
			_, err := s.try("okta.request", map[string]any{"method": method, "path": "/groups/00g1", "headers": map[string]any{header.name: header.value}})
			refused(t, err, card.Invalid, header.message)
		}
		_, err := s.cards["okta.request.list"].Page(t.Context(), s.call(), map[string]any{"path": "/groups", "headers": map[string]any{header.name: header.value}}, "")
		refused(t, err, card.Invalid, header.message)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("it sent %v", asked)
	}
	s.run("okta.request", map[string]any{"path": "/groups/00g1", "headers": map[string]any{"X-Tab": "a\tb"}})
}
