package okta

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// defaultMaxRemovals is low, because a list of members that is too short is more often a mistake than a wish.
const defaultMaxRemovals = 10

type syncMembersInput struct {
	GroupID     string   `json:"group_id" jsonschema:"the group's id"`
	Members     []string `json:"members" jsonschema:"the ids or logins of all users who shall be members"`
	MaxRemovals *int     `json:"max_removals,omitempty" jsonschema:"how many members may be removed: if it would be more, nothing is changed; an empty list of members needs it to be given" minimum:"0" default:"10"`
}

// SyncedMembers has the changes of the members of a group.
type SyncedMembers struct {
	Changed   bool     `json:"changed" jsonschema:"false if nothing had to be changed"`
	Added     []string `json:"added" null:"false" jsonschema:"the ids of the users who were added"`
	Removed   []string `json:"removed" null:"false" jsonschema:"the ids of the users who were removed"`
	Unchanged []string `json:"unchanged" null:"false" jsonschema:"the ids of the users who stay members"`
	InDoubt   []string `json:"in_doubt" null:"false" jsonschema:"the ids of the users whose request lost its answer in an earlier attempt, and who are as wanted now: this call may have added or removed them, or somebody else"`
	Resumed   bool     `json:"resumed" jsonschema:"whether an earlier attempt ended without a report: those whom it added or removed are not in added and removed"`
}

var syncMembersCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.group.member.sync",
		Title:   "Synchronize Group Members",
		Also:    []string{"Set Group Members", "Replace Group Members"},
		Summary: "make the members of a group of type OKTA_GROUP exactly the given users; a member whom a group rule added is then excluded from the rule",
		Scopes:  memberScopes,
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.member.sync", NeedsBefore: true},
		Example: "card: okta.group.member.sync\nwith: {group_id: 00g1, members: [bob@acme.example, 00u4], max_removals: 1}",
	}, card.Write[syncMembersInput, SyncedMembers]{Do: syncMembers, Before: beforeSyncMembers, After: afterSyncMembers, Back: restoreMembers}),
}

// A member is a user in a group.
type member struct{ id, login string }

// members reads all members of the group.
func (in syncMembersInput) members(ctx context.Context, call card.Call) (all []member, err error) {
	err = eachPage(func(at card.Cursor) (card.Cursor, error) {
		users, next, err := listMembers(ctx, call, listMembersInput{GroupID: in.GroupID}, at)
		for _, item := range users {
			m := asMember(item.Value)
			if m.id == "" {
				return "", &card.Error{Kind: card.Unavailable, Message: "a member of group " + in.GroupID + " has no id in Okta's answer"}
			}
			all = append(all, m)
		}
		return next, err
	})
	return all, err
}

// oktaUserID matches the ids that Okta gives users. They are not looked up.
var oktaUserID = regexp.MustCompile(`^00u[0-9A-Za-z]{17}$`)

// wanted returns the ids of the given users, each once. Logins of members are known, and other users are looked up, so that a wrong one
// is found before anything is changed.
func (in syncMembersInput) wanted(ctx context.Context, call card.Call, now []member) ([]string, error) {
	ids := map[string]string{}
	for _, m := range now {
		ids[m.id], ids[strings.ToLower(m.login)] = m.id, m.id
	}
	var unknown []string
	for _, name := range in.Members {
		if strings.TrimSpace(name) == "" {
			return nil, badInput("", "`members` has an empty string, which is neither an id nor a login")
		}
		if ids[name] == "" && ids[strings.ToLower(name)] == "" && !oktaUserID.MatchString(name) && !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	}
	found := make([]string, len(unknown))
	if failures := atOnce(call, len(unknown), func(i int) error {
		user, err := findUser(ctx, call, unknown[i])
		if err != nil {
			return err
		}
		found[i] = idOf(user)
		return nil
	}); len(failures) > 0 {
		return nil, failures[0]
	}
	for i, name := range unknown {
		if found[i] == "" {
			return nil, &card.Error{Kind: card.NotFound, Message: "no user has the id or login " + name}
		}
		ids[name] = found[i]
	}
	var wanted []string
	seen := map[string]bool{}
	for _, name := range in.Members {
		id := ids[name]
		if id == "" {
			id = ids[strings.ToLower(name)]
		}
		if id == "" {
			id = name
		}
		if !seen[id] {
			wanted = append(wanted, id)
		}
		seen[id] = true
	}
	return wanted, nil
}

// syncMembers adds users first, so that nobody is without access in between who changes places with somebody else. What earlier attempts
// did counts for the brake and in the answer.
func syncMembers(ctx context.Context, call card.Call, in syncMembersInput) (SyncedMembers, error) {
	done := progressOf(call)
	plan, err := in.plan(ctx, call, done)
	if err != nil {
		return SyncedMembers{}, plan.failed(ctx, done, done.unchanged(err))
	}
	if err := plan.carryOut(ctx, call, in.GroupID, done); err != nil {
		return SyncedMembers{}, plan.failed(ctx, done, err)
	}
	plan.Added, plan.Removed, plan.InDoubt = done.ids(added), done.ids(removed), done.ids(inDoubt)
	plan.Changed = done.count() > 0
	plan.Resumed = call.Attempt > 1 && (call.Last == nil || len(done) == 0 && call.Last.MayBeDone())
	return plan, nil
}

// plan reads the members and returns the changes to make. It settles the doubts of earlier attempts.
func (in syncMembersInput) plan(ctx context.Context, call card.Call, done progress) (plan SyncedMembers, err error) {
	now, err := in.members(ctx, call)
	if err != nil {
		return plan, err
	}
	wanted, err := in.wanted(ctx, call, now)
	if err != nil {
		return plan, err
	}
	plan = compare(now, wanted)
	gone := len(done[removed]) // and those who may have been removed
	for _, id := range done[inDoubt] {
		if !slices.Contains(wanted, id) && !slices.Contains(plan.Removed, id) {
			gone++
		}
	}
	plan.settle(done)
	return plan, in.brake(plan, gone, len(now))
}

// settle drops from the doubts of earlier attempts those that the plan does again. A user who is as wanted now stays in doubt: nobody knows who
// did it. Users whom this call added, or may have, are not unchanged.
func (plan *SyncedMembers) settle(done progress) {
	open, ours := map[string]bool{}, map[string]bool{}
	for _, id := range slices.Concat(plan.Added, plan.Removed) {
		open[id] = true
	}
	if done[inDoubt] = slices.DeleteFunc(done[inDoubt], func(id string) bool { return open[id] }); len(done[inDoubt]) == 0 {
		delete(done, inDoubt)
	}
	for _, id := range slices.Concat(done[added], done[inDoubt]) {
		ours[id] = true
	}
	plan.Unchanged = slices.DeleteFunc(plan.Unchanged, func(id string) bool { return ours[id] })
}

// failed returns the error of a call after which the plan has the changes that were not made.
func (plan SyncedMembers) failed(ctx context.Context, done progress, failure error) error {
	n, lost, rest := done.count(), len(done.ids(inDoubt)), len(plan.Added)+len(plan.Removed)
	message := counted(n, "member") + " " + were(n)
	if rest > 0 {
		message = fmt.Sprintf("%d of %d members %s", n, n+lost+rest, were(n))
	}
	message += " added or removed"
	if lost > 0 {
		message += fmt.Sprintf(", and %d more may have been,", lost)
	}
	return done.failed(ctx, failure, message, added, removed)
}

// compare returns the changes after which the members of a group are the wanted users.
func compare(now []member, wanted []string) SyncedMembers {
	plan := SyncedMembers{Added: []string{}, Removed: []string{}, Unchanged: []string{}, InDoubt: []string{}}
	stays := map[string]bool{}
	for _, id := range wanted {
		stays[id] = true
	}
	is := map[string]bool{}
	for _, m := range now {
		if is[m.id] = true; stays[m.id] {
			plan.Unchanged = append(plan.Unchanged, m.id)
		} else {
			plan.Removed = append(plan.Removed, m.id)
		}
	}
	for _, id := range wanted {
		if !is[id] {
			plan.Added = append(plan.Added, id)
		}
	}
	return plan
}

// brake refuses a plan that removes too many members. gone is the number of those whom earlier attempts removed, or may have.
func (in syncMembersInput) brake(plan SyncedMembers, gone, members int) error {
	removals, most := gone+len(plan.Removed), defaultMaxRemovals
	if in.MaxRemovals != nil {
		most = *in.MaxRemovals
	}
	switch {
	case len(plan.Removed) == 0:
	case len(in.Members) == 0 && in.MaxRemovals == nil:
		return badInput(atLeast(removals), "`members` is empty, which would remove the %s of group %s", counted(removals, "member"), in.GroupID)
	case removals > most && gone > 0:
		return badInput(atLeast(removals), "%d of the %s of group %s %s not in `members`, %d %s removed already or may have been, and `max_removals` is %d",
			len(plan.Removed), counted(members, "member"), in.GroupID, are(len(plan.Removed)), gone, were(gone), most)
	case removals > most:
		return badInput(atLeast(removals), "%d of the %s of group %s %s not in `members`, and `max_removals` is %d", removals, counted(members, "member"), in.GroupID, are(removals), most)
	}
	return nil
}

func atLeast(removals int) string {
	return "if they are to be removed, set `max_removals` to " + number(removals) + " or more"
}

// restoreMembers returns the input that makes the members those before the call.
func restoreMembers(in syncMembersInput, _ SyncedMembers, before card.State) any {
	ids, known := before.Fields["members"].([]any)
	if !known {
		return nil
	}
	removals := len(in.Members)
	back := syncMembersInput{GroupID: in.GroupID, Members: []string{}, MaxRemovals: &removals}
	for _, item := range ids {
		id, _ := item.(string)
		back.Members = append(back.Members, id)
	}
	return back
}
