package okta

import (
	"context"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// EnsuredGroup is what had to be done for a group, and the group: Okta's Group also has a field created.
type EnsuredGroup struct {
	Created bool     `json:"created" jsonschema:"whether the group is new"`
	Changed bool     `json:"changed" jsonschema:"false if nothing had to be changed"`
	Ignored []string `json:"ignored" jsonschema:"the given attributes that Okta left as they were although they differ"`
	Group   Group    `json:"group" jsonschema:"the group"`
}

var ensureGroupCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.group.ensure",
		Title:   "Ensure Group",
		Also:    []string{"Create or Update Group", "Find or Create Group"},
		Summary: "create the group with a name, or change the attributes that differ; members stay",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.group.update", NeedsBefore: true, Rest: "a group that was created stays"},
		Example: "card: okta.group.ensure\nwith: {name: Contractors, description: From outside}",
	}, card.Write[createGroupInput, card.Raw[EnsuredGroup]]{Do: ensureGroup, Before: beforeCreateGroup, After: afterEnsureGroup, Back: restoreEnsuredGroup}),
}

func ensureGroup(ctx context.Context, call card.Call, in createGroupInput) (card.Raw[EnsuredGroup], error) {
	if err := checkTwice(in, "profile_extra", in.ProfileExtra); err != nil {
		return card.Raw[EnsuredGroup]{}, err
	}
	return inTurn(ctx, call, "group="+strings.ToLower(in.Name), func() (card.Raw[EnsuredGroup], error) {
		group, created, err := findOrCreate(func() (map[string]any, error) { return searchGroup(ctx, call, in.Name) }, func() (map[string]any, error) {
			made, err := createGroup(ctx, call, in)
			group, _ := made.Value.(map[string]any)
			return group, err
		})
		if err != nil || created {
			return ensured[EnsuredGroup]("group", group, true), err
		}
		id := idOf(group)
		return inTurn(ctx, call, "group_id="+id, func() (card.Raw[EnsuredGroup], error) {
			updated, err := updateGroup(ctx, call, in.update(id))
			return ensured[EnsuredGroup]("group", updated.Value, false), err
		})
	})
}

// update returns the input that changes a group of the name to what is given.
func (in createGroupInput) update(id string) updateGroupInput {
	return updateGroupInput{groupInput: groupInput{id}, Description: in.Description, ProfileExtra: in.ProfileExtra}
}

// restoreEnsuredGroup returns the input that sets the updated attributes to their old values; nil for a new group.
func restoreEnsuredGroup(in createGroupInput, _ card.Raw[EnsuredGroup], before card.State) any {
	id, _ := before.Fields["id"].(string)
	if before.Missing || id == "" {
		return nil
	}
	return restoreGroup(in.update(id), card.Raw[UpdatedGroup]{}, before)
}
