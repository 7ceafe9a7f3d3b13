package okta

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// mostInFilter is the maximum number of users for whom one request asks, so that its URL stays below what proxies accept.
const mostInFilter = 40

// beforeSyncMembers reads all members, with one request for each 1,000, since an undo needs all of them, and who the other users of the input are.
func beforeSyncMembers(ctx context.Context, call card.Call, in syncMembersInput) (card.State, error) {
	now, err := in.members(ctx, call)
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	}
	slices.SortFunc(now, func(a, b member) int { return strings.Compare(a.id, b.id) })
	ids, logins := []any{}, map[string]string{}
	for _, m := range now {
		ids = append(ids, m.id)
		logins[m.id] = m.login
	}
	others, err := others(ctx, call, in.Members, idsByName(logins))
	if err != nil {
		return card.State{}, err
	}
	for _, m := range others {
		logins[m.id] = m.login
	}
	return card.State{Fields: map[string]card.Value{"members": ids}, Names: logins}, nil
}

// others finds the users with the names that are not known: by one request for every mostInFilter of them, where the call itself makes one for
// each. A filter does not find a login in another case, so whom it does not find is looked up. If nobody has a name, so that
// the call is refused, the rest may be left out.
func others(ctx context.Context, call card.Call, names []string, known map[string]string) ([]member, error) {
	isKnown := func(name string) bool {
		return known[name] != "" || known[strings.ToLower(name)] != "" || strings.TrimSpace(name) == ""
	}
	unknown := slices.DeleteFunc(slices.Clone(names), isKnown)
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	var all []member
	for part := range slices.Chunk(unknown, mostInFilter) {
		found, err := filtered(ctx, call, part)
		if failure := card.AsError(err); failure != nil && failure.Kind != card.Invalid { // a name may be no value of a filter
			return nil, err
		}
		all = append(all, found...)
	}
	for _, m := range all {
		known[m.id], known[strings.ToLower(m.login)] = m.id, m.id
	}
	rest := slices.DeleteFunc(unknown, func(name string) bool { return isKnown(name) || oktaUserID.MatchString(name) })
	found := make([]member, len(rest))
	nobody := errors.New("nobody has this name")
	for _, err := range atOnce(call, len(rest), func(i int) error {
		user, err := findUser(ctx, call, rest[i])
		if err == nil && user == nil {
			err = nobody
		}
		found[i] = asMember(user)
		return err
	}) {
		if !errors.Is(err, nobody) {
			return nil, err
		}
	}
	return append(all, slices.DeleteFunc(found, func(m member) bool { return m.id == "" })...), nil
}

// filtered returns the users who have one of the names as their id or login, in the case of the name.
func filtered(ctx context.Context, call card.Call, names []string) (all []member, err error) {
	var either []string
	for _, name := range names {
		value := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
		if !strings.Contains(name, "@") {
			either = append(either, "id eq "+value)
		}
		if !oktaUserID.MatchString(name) {
			either = append(either, "profile.login eq "+value)
		}
	}
	users, _, err := page[User](ctx, call, oktaapi.ListUsers, oktaapi.Args{Query: query("filter", strings.Join(either, " or "), "limit", "200")}, "")
	for _, user := range users {
		all = append(all, asMember(user.Value))
	}
	return all, err
}

// asMember returns a user as a member; the zero member for nil.
func asMember(v card.Value) member {
	user, _ := v.(map[string]any)
	login, _ := objectAt(user, "profile")["login"].(string)
	return member{idOf(user), login}
}

// idsByName returns the ids of users by id, and by login in lower case.
func idsByName(logins map[string]string) map[string]string {
	ids := make(map[string]string, 2*len(logins))
	for id, login := range logins {
		ids[id], ids[strings.ToLower(login)] = id, id
	}
	return ids
}

// afterSyncMembers predicts the members by their ids. Who has a login that Okta did not find is not known.
func afterSyncMembers(in syncMembersInput, before card.State) card.Predicted {
	if before.Missing {
		return card.Predicted{Unseen: []string{"members"}, Refused: "there is no group with this id"}
	}
	ids, wanted := idsByName(before.Names), []string{}
	for _, name := range in.Members {
		id := cmp.Or(ids[name], ids[strings.ToLower(name)])
		if id == "" && oktaUserID.MatchString(name) {
			id = name
		}
		if id == "" {
			unknown := card.Predicted{Unseen: []string{"members"}}
			if !before.IsZero() {
				unknown.Refused = fmt.Sprintf("no user has the id or login %q, unless an earlier step creates it", name)
			}
			return unknown
		}
		wanted = append(wanted, id)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	after := predicts(map[string]any{"members": wanted})
	members, _ := before.Fields["members"].([]any)
	var now []member
	for _, item := range members {
		id, _ := item.(string)
		now = append(now, member{id: id})
	}
	if err := in.brake(compare(now, wanted), 0, len(now)); err != nil {
		after.Refused = card.AsError(err).Message
	}
	return after
}
