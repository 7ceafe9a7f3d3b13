package okta

import (
	"context"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// beforeGroup reads the group that a call will change.
func beforeGroup[In interface{ which() string }](ctx context.Context, call card.Call, in In) (card.State, error) {
	group, err := getGroup(ctx, call, groupInput{in.which()})
	if isNotFound(err) {
		return card.State{Missing: true}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	object, _ := group.Value.(map[string]any)
	return groupState(object), nil
}

// beforeDeleteGroup reads the group, and the first page of its members and of its applications, which they lose.
func beforeDeleteGroup(ctx context.Context, call card.Call, in groupInput) (card.State, error) {
	state, err := beforeGroup(ctx, call, in)
	if err != nil || state.Missing {
		return state, err
	}
	members, _, err := listMembers(ctx, call, listMembersInput{GroupID: in.which(), Limit: 200}, "")
	if err != nil {
		return card.State{}, err
	}
	apps, _, err := listGroupApps(ctx, call, listGroupAppsInput{GroupID: in.which(), Limit: 200}, "")
	if err != nil {
		return card.State{}, err
	}
	var users, applications []any
	for _, member := range members {
		users = append(users, idOf(member.Value))
	}
	for _, app := range apps {
		applications = append(applications, idOf(app.Value))
	}
	for field, ids := range map[string][]any{"members": users, "applications": applications} {
		if len(ids) > 0 {
			state.Fields[field] = ids
		}
	}
	return state, nil
}

// groupState returns the fields of a group that cards can change.
func groupState(group map[string]any) card.State {
	return card.State{
		Names:  map[string]string{"group_id": nameOfGroup(group)},
		Fields: fields(group, "id"),
	}
}

func nameOfGroup(group map[string]any) string {
	profile, _ := group["profile"].(map[string]any)
	name, _ := profile["name"].(string)
	return name
}

// beforeCreateGroup reads the group that already has the name, if one exists. Okta searches names by prefix. If more
// groups match than fit on a page, and none on the page has the name, the state is not known.
func beforeCreateGroup(ctx context.Context, call card.Call, in createGroupInput) (card.State, error) {
	group, more, err := groupNamed(ctx, call, in.Name, "")
	switch {
	case err != nil:
		return card.State{}, err
	case group != nil:
		state := groupState(group)
		state.Names = nil // the card has no group_id
		return state, nil
	case more != "":
		return card.State{}, nil
	}
	return card.State{Missing: true}, nil
}

// groupNamed searches one page of the groups whose names start with name, and returns the group with that name, in upper or lower
// case; nil if the page does not have it. more is the cursor of the next page; empty after the last.
func groupNamed(ctx context.Context, call card.Call, name string, at card.Cursor) (group map[string]any, more card.Cursor, err error) {
	items, more, err := page[Group](ctx, call, oktaapi.ListGroups, oktaapi.Args{Query: query("q", name)}, at)
	for _, item := range items {
		if group, _ := item.Value.(map[string]any); strings.EqualFold(nameOfGroup(group), name) {
			return group, more, nil
		}
	}
	return nil, more, err
}

// searchGroup searches all groups for the one with a name. It returns nil if there is none.
func searchGroup(ctx context.Context, call card.Call, name string) (map[string]any, error) {
	return search(func(at card.Cursor) (map[string]any, card.Cursor, error) { return groupNamed(ctx, call, name, at) })
}

// createdGroup returns the input that deletes the group that a call created.
func createdGroup(_ createGroupInput, out card.Raw[WrittenGroup], _ card.State) any {
	return groupInput{idOf(out.Value)}
}

// didCreateGroup searches for the group by name. The call created it only if no group had the name before the call.
func didCreateGroup(ctx context.Context, call card.Call, in createGroupInput, before card.State) (card.Raw[WrittenGroup], bool, error) {
	nothing := card.Raw[WrittenGroup]{}
	group, err := searchGroup(ctx, call, in.Name)
	if err != nil || group == nil {
		return nothing, false, err
	}
	if err := created("group "+in.Name, before); err != nil || !before.Missing {
		return nothing, false, err
	}
	return written(group, true), true, nil
}

// restoreGroup returns the input that sets the updated attributes to their old values.
func restoreGroup(in updateGroupInput, _ card.Raw[UpdatedGroup], before card.State) any {
	profile, _ := before.Fields["profile"].(map[string]any)
	if profile == nil {
		return nil
	}
	back := updateGroupInput{groupInput: in.groupInput}
	if in.Name != "" {
		back.Name = nameOfGroup(before.Fields)
	}
	if in.Description != nil {
		description, _ := profile["description"].(string)
		back.Description = &description
	}
	for attribute := range in.ProfileExtra {
		if back.ProfileExtra == nil {
			back.ProfileExtra = map[string]any{}
		}
		back.ProfileExtra[attribute] = profile[attribute] // null removes it
	}
	return back
}

// didDeleteGroup checks whether the group is gone.
func didDeleteGroup(ctx context.Context, call card.Call, in groupInput, before card.State) (Changed, bool, error) {
	now, err := beforeGroup(ctx, call, in)
	return Changed{!before.Missing}, now.Missing, err
}

// afterCreateGroup predicts nothing if a group has the name: Okta then refuses the call.
func afterCreateGroup(in createGroupInput, before card.State) card.Predicted {
	if exists(before) {
		return card.Predicted{}
	}
	return predicts(map[string]any{"profile": in.profile()})
}

func afterUpdateGroup(in updateGroupInput, before card.State) card.Predicted {
	return predicts(map[string]any{"profile": replaced(profileBefore(before), in.wanted())})
}

// afterEnsureGroup predicts the attributes besides the name for a group that exists, and may have it in another case.
func afterEnsureGroup(in createGroupInput, before card.State) card.Predicted {
	if before.Missing {
		return afterCreateGroup(in, before)
	}
	return afterUpdateGroup(in.update(""), before)
}
