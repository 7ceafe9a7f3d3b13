package okta

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestTheCatalogueHasTheEventTypesOfOkta(t *testing.T) {
	t.Parallel()
	all, hooked, rest := eventTypes()
	if len(all) != 1274 || len(hooked) != 314 || len(hooked)+len(rest) != len(all) {
		t.Errorf("%d types, of which hooks deliver %d, and not %d", len(all), len(hooked), len(rest))
	}
	for _, list := range [][]string{all, hooked, rest} {
		if !slices.IsSorted(list) {
			t.Error("the types are not sorted, as card.EventTypes wants them")
		}
	}
}

// A trigger for a type that no hook delivers would wait for ever.
func TestEventHooksDeliverTheTypeOfEachEventCard(t *testing.T) {
	t.Parallel()
	_, hooked, _ := eventTypes()
	seen, cards := map[string]string{}, 0
	for _, trigger := range Triggers() {
		for _, one := range trigger.Types {
			cards++
			if !slices.Contains(hooked, one) {
				t.Errorf("%s is for %s, which no hook delivers", trigger.Name, one)
			}
			if seen[one] != "" {
				t.Errorf("%s and %s are for %s", seen[one], trigger.Name, one)
			}
			seen[one] = trigger.Name
		}
	}
	if cards < 60 {
		t.Errorf("only %d event cards have a trigger", cards)
	}
}

func TestTheRootOfAnEventHasTheFirstTargetOfEachType(t *testing.T) {
	t.Parallel()
	party := func(kind, id string) any { return map[string]any{"type": kind, "id": id} }
	event := map[string]any{"actor": party("User", "00u9"), "target": []any{
		party("AppUser", "0ua1"), party("User", "00u1"), party("User", "00u2"), party("UserGroup", "00g1"),
	}}
	want := map[string]any{"event": any(event), "actor": party("User", "00u9"), "user": party("User", "00u1"), "group": party("UserGroup", "00g1"), "app": nil}
	if diff := cmp.Diff(want, eventRoot(event)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bare := range []card.Value{map[string]any{"target": nil}, map[string]any{}} {
		if root := eventRoot(bare); root["user"] != nil || root["group"] != nil || root["app"] != nil {
			t.Errorf("without targets, the root is %v", root)
		}
	}
}

func TestAnEventIsReadWithWhatItIsAboutAndWithoutGaps(t *testing.T) {
	t.Parallel()
	event := map[string]any{
		"uuid": "e1", "eventType": "group.user_membership.add", "published": "2026-03-01T06:00:00.123Z", "actor": map[string]any{"id": "0oa1", "type": "PublicClientApp"},
		"target": []any{map[string]any{"id": "00g1", "type": "UserGroup"}, map[string]any{"id": "00u1", "type": "User"}},
	}
	read, err := hooks{}.Read(event)
	if err != nil || read.ID != "e1" || read.Subject != "00u1" || !slices.Equal(read.About, []string{"00g1", "00u1"}) || read.At.UnixMilli() != 1772344800123 {
		t.Fatalf("got %+v, %v", read, err)
	}
	fields := read.Event.(map[string]any)
	if value, has := fields["request"]; !has || value != nil {
		t.Error("a field that Okta leaves out must be null")
	}
	if _, has := event["request"]; has {
		t.Error("the event itself was changed")
	}
	for as, want := range map[string]bool{"0oa1": true, "0oa2": false, "": false} {
		if (hooks{}).CausedBy(read.Event, as) != want {
			t.Errorf("caused by %q: want %v", as, want)
		}
	}
	fields["actor"] = map[string]any{"id": "00u9", "type": "User", "alternateId": "Ada@acme.example"}
	if !(hooks{}).CausedBy(fields, "ada@acme.example") || (hooks{}).CausedBy(fields, "eve@acme.example") {
		t.Error("a person is known by the login, in any case of letters")
	}
}
