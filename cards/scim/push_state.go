package scim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// mostKept is the most members of a group whose state before a call is kept, for undo.
const mostKept = 1000

// mostInFilter is how many users a request asks for, so that its URL stays below what proxies accept.
const mostInFilter = 40

// beforePush reads the group and its members. If there are very many, the state is not known. If the members are given by their names, it also
// finds who they are.
func beforePush(ctx context.Context, call card.Call, in pushGroupInput) (card.State, error) {
	t, err := targetOf(call)
	if err != nil {
		return card.State{}, err
	}
	var state card.State
	if in.GroupID != "" {
		state, err = t.before(ctx, groups, in.GroupID)
	} else {
		state, err = t.glance(ctx, groups, in.lookups()...)
	}
	if err != nil || state.IsZero() {
		return state, err
	}
	state.Names = nil
	var ids []string
	for _, m := range objects(state.Fields["members"]) {
		ids = append(ids, text(m, "value"))
	}
	if len(ids) > mostKept {
		return card.State{}, nil
	}
	if !state.Missing {
		slices.Sort(ids)
		members := make([]any, len(ids))
		for i, id := range ids {
			members[i] = id
		}
		fields := map[string]card.Value{"members": members}
		for _, name := range []string{"id", "displayName", "externalId"} {
			if v := state.Fields[name]; v != nil {
				fields[name] = v
			}
		}
		state.Fields = fields
	}
	if in.Members == nil && len(in.UserNames) <= mostKept {
		state.Names, err = t.who(ctx, in.UserNames)
	}
	return state, err
}

// who returns the names, by id, of the users with some names, and "" by the name that nobody has. What it cannot find out in a few requests is not
// there.
func (t *target) who(ctx context.Context, names []string) (map[string]string, error) {
	who := map[string]string{}
	if err := t.anyOf(ctx, who, names); err != nil {
		return nil, err
	}
	known := idsByName(who)
	rest := slices.DeleteFunc(distinct(names), func(name string) bool { return known[strings.ToLower(name)] != "" })
	if len(rest) <= mostLookups { // the target may not know the filter, and the call looks for them in this way, too
		for _, name := range rest {
			user, err := t.find(ctx, users, lookup{attribute: "userName", value: name})
			if failure := card.AsError(err); failure != nil && failure.Kind == card.Conflict {
				continue // several have it
			}
			if err != nil {
				return nil, err
			}
			if user == nil {
				who[name] = ""
			} else {
				who[text(user, "id")] = text(user, "userName")
			}
		}
	}
	return who, nil
}

// anyOf adds the names, by id, of the users with some names, as far as the first pages show them: there are targets that do not know such a filter.
func (t *target) anyOf(ctx context.Context, who map[string]string, names []string) error {
	for part := range slices.Chunk(distinct(names), mostInFilter) {
		lookups, either := make([]lookup, len(part)), make([]string, len(part))
		for i, name := range part {
			lookups[i] = lookup{attribute: "userName", value: name}
			either[i] = lookups[i].filter()
		}
		p, err := t.pageAt(ctx, users, listing{filter: strings.Join(either, " or "), only: []string{"userName"}}, position{start: 1})
		if refusesFilter(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, l := range lookups {
			if found := l.among(p.resources); len(found) == 1 {
				who[text(found[0], "id")] = text(found[0], "userName")
			}
		}
	}
	return nil
}

// idsByName returns the ids of users by their names in lower case.
func idsByName(who map[string]string) map[string]string {
	ids := make(map[string]string, len(who))
	for id, name := range who {
		if name != "" {
			ids[strings.ToLower(name)] = id
		}
	}
	return ids
}

// afterPush predicts the members by their ids.
func afterPush(in pushGroupInput, before card.State) card.Predicted {
	set := map[string]any{"displayName": in.DisplayName}
	if in.ExternalID != "" {
		set["externalId"] = in.ExternalID
	}
	if in.keepsName(before.Fields) || before.IsZero() {
		delete(set, "displayName")
	}
	after := card.Predicted{Fields: set}
	switch other := text(before.Fields, "externalId"); {
	case in.GroupID != "" && before.Missing:
		after.Refused = "the target has no group with this id"
	case in.GroupID == "" && in.ExternalID != "" && other != "" && other != in.ExternalID:
		after.Refused = fmt.Sprintf("the group comes from another group, with the external id %q", other)
	}
	wanted, missing, known := in.wanted(before.Names)
	switch {
	case !known:
		after.Unseen = []string{"members"}
		return after
	case len(missing) > 0 && in.Missing != "skip":
		after.Unseen = []string{"members"}
		after.Refused = fmt.Sprintf("the target has no user with the name %q, unless an earlier step creates it", missing[0])
		return after
	}
	slices.Sort(wanted)
	set["members"] = wanted
	is := roster{id: text(before.Fields, "id")}
	members, _ := before.Fields["members"].([]any)
	for _, item := range members {
		id, _ := item.(string)
		is.members = append(is.members, id)
	}
	if err := in.brake(in.plan(is, wanted), len(is.members)); err != nil {
		after.Refused = card.AsError(err).Message
	}
	return after
}

// wanted returns the ids of the members that the input wants, each once, and the names that nobody has. known is false if it is not known who has
// which name.
func (in pushGroupInput) wanted(who map[string]string) (ids, missing []string, known bool) {
	if in.Members != nil || len(in.UserNames) == 0 {
		return distinct(in.Members), nil, true
	}
	byName := idsByName(who)
	ids = []string{}
	for _, name := range in.UserNames {
		id := byName[strings.ToLower(name)]
		nobody, looked := who[name]
		switch {
		case id != "":
			ids = append(ids, id)
		case looked && nobody == "":
			missing = append(missing, name)
		default:
			return nil, nil, false
		}
	}
	return distinct(ids), missing, true
}
