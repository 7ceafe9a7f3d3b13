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
