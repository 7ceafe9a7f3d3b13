package scim

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// defaultMaxRemovals is low, because a list of members that is too short is more often a mistake than a wish.
const defaultMaxRemovals = 10

type pushGroupInput struct {
	DisplayName string   `json:"display_name" jsonschema:"the group's name, in upper or lower case if it finds the group"`
	GroupID     string   `json:"group_id,omitempty" jsonschema:"the group's id in the target, for one that may have another name"`
	ExternalID  string   `json:"external_id,omitempty" jsonschema:"the id that the group has where it comes from. The group with this id is meant, whatever its name; if there is none, the one with the name, unless that has another external id"`
	Members     []string `json:"members,omitempty" jsonschema:"the ids in the target of all who shall be members"`
	UserNames   []string `json:"user_names,omitempty" jsonschema:"the names, in upper or lower case, of all users who shall be members"`
	Missing     string   `json:"missing,omitempty" jsonschema:"what to do if the target has no user with a name: fail before anything is changed, or skip them" enum:"fail,skip" default:"fail"`
	MaxRemovals *int     `json:"max_removals,omitempty" jsonschema:"how many members may be removed: if it would be more, nothing is changed; an empty list needs it to be given" minimum:"0" default:"10"`
	Chunk       int      `json:"chunk,omitempty" jsonschema:"the most members that a request adds or removes" minimum:"1" maximum:"10000" default:"1000"`
}

// PushedGroup has the changes of a group and its members.
type PushedGroup struct {
	Changed   bool     `json:"changed" jsonschema:"false if nothing had to be changed"`
	Created   bool     `json:"created" jsonschema:"whether the group is new"`
	ID        string   `json:"id" jsonschema:"the group's id in the target"`
	Members   int      `json:"members" jsonschema:"how many members the group has now"`
	Added     int      `json:"added" jsonschema:"how many members were added"`
	Removed   int      `json:"removed" jsonschema:"how many members were removed"`
	Unchanged int      `json:"unchanged" jsonschema:"how many members were members already"`
	Ignored   []string `json:"ignored" null:"false" jsonschema:"displayName and externalId, if the target left them as they were although they differ"`
	Skipped   []string `json:"skipped" null:"false" jsonschema:"the user_names that the target does not have, with missing: skip"`
	Resumed   bool     `json:"resumed" jsonschema:"whether an earlier attempt made, or may have made, some of the changes: they are not in added and removed"`
}

var pushCards = []card.Card{
	card.NewWrite(card.Spec{
		Name: "scim.group.push", Title: "Push SCIM Group", Also: []string{"Group Push"},
		Summary: "make a group of a SCIM target, with exactly the given members, in the fewest requests",
		Effect:  card.Idempotent, NoScopes: true,
		Undo:    card.Undo{Extent: card.Partial, Card: "scim.group.push", NeedsBefore: true, Rest: "a group that was created stays, without members, and so does its external id"},
		Example: "card: scim.group.push\nwith: {display_name: Sales, user_names: [ada@acme.example, cleo@acme.example]}",
	}, card.Write[pushGroupInput, PushedGroup]{Do: pushGroup, Before: beforePush, After: afterPush, Back: pushBack}),
}

// lookups returns how to find the group without an id: each is tried if the one before finds nothing.
func (in pushGroupInput) lookups() []lookup {
	byName := lookup{attribute: "displayName", value: in.DisplayName}
	if in.ExternalID == "" {
		return []lookup{byName}
	}
	return []lookup{{attribute: "externalId", value: in.ExternalID}, byName}
}

// pushGroup reads the group and its members, and makes the changes. The next attempt after a failure does the same, and finds less to do.
func pushGroup(ctx context.Context, call card.Call, in pushGroupInput) (PushedGroup, error) {
	t, err := targetOf(call)
	if err != nil {
		return PushedGroup{}, err
	}
	out := PushedGroup{Ignored: []string{}, Skipped: []string{}, Resumed: call.Last != nil && (call.Last.Changed || call.Last.MayBeDone())}
	wanted := distinct(in.Members)
	if in.Members == nil {
		if wanted, out.Skipped, err = t.idsOf(ctx, in.UserNames); err != nil {
			return out, err
		}
		if len(out.Skipped) > 0 && in.Missing != "skip" {
			return out, notThere(out.Skipped)
		}
	}
	is, err := t.roster(ctx, in)
	if err != nil {
		return out, err
	}
	p := in.plan(is, wanted)
	if err := in.brake(p, len(is.members)); err != nil {
		return out, err
	}
	out.Created, out.Members, out.Added, out.Removed = is.id == "", len(wanted), len(p.add), len(p.remove)
	out.Unchanged = len(wanted) - len(p.add)
	if out.ID, err = t.carryOut(ctx, p); err != nil {
		return out, err
	}
	if out.Ignored, err = t.ignored(ctx, out.ID, p); err != nil {
		return out, err
	}
	out.Changed = out.Created || out.Resumed || len(p.add)+len(p.remove) > 0 || len(p.attributes) > len(out.Ignored)
	return out, nil
}

// distinct returns texts, each once, in their order.
func distinct(texts []string) []string {
	seen := make(map[string]bool, len(texts))
	all := make([]string, 0, len(texts))
	for _, one := range texts {
		if !seen[one] {
			all = append(all, one)
		}
		seen[one] = true
	}
	return all
}

// mostNamed is how many names a message lists.
const mostNamed = 5

// notThere returns the error for users whom the target does not have.
func notThere(names []string) error {
	listed := make([]string, 0, mostNamed)
	for _, name := range names[:min(len(names), mostNamed)] {
		listed = append(listed, quoted(name))
	}
	more := ""
	if len(names) > mostNamed {
		more = fmt.Sprintf(" and %d more", len(names)-mostNamed)
	}
	return &card.Error{
		Kind: card.NotFound, Message: "the target has no user with the name " + strings.Join(listed, ", ") + more + "; nothing was changed",
		Hint: "provision them first, or set `missing: skip`",
	}
}

// brake refuses a plan that removes too many members.
func (in pushGroupInput) brake(p plan, members int) error {
	most := defaultMaxRemovals
	if in.MaxRemovals != nil {
		most = *in.MaxRemovals
	}
	empty := len(p.remove) == members && in.MaxRemovals == nil && len(in.Members)+len(in.UserNames) == 0
	if len(p.remove) == 0 || len(p.remove) <= most && !empty {
		return nil
	}
	message := fmt.Sprintf("%d of the %d members of group %q are not wanted, and `max_removals` is %d", len(p.remove), members, in.DisplayName, most)
	if empty {
		message = fmt.Sprintf("the list of members is empty, which would remove all %d members of group %q", members, in.DisplayName)
	}
	return &card.Error{Kind: card.Invalid, Message: message, Hint: fmt.Sprintf("if they are to be removed, set `max_removals` to %d or more", len(p.remove))}
}

// keepsName reports whether a group keeps the case of its name. There are targets that write names in lower case.
func (in pushGroupInput) keepsName(group map[string]any) bool {
	return in.GroupID == "" && strings.EqualFold(text(group, "displayName"), in.DisplayName)
}

// pushBack returns the input that makes the members, and the name, those before the call. A new group had none.
func pushBack(in pushGroupInput, out PushedGroup, before card.State) any {
	list, known := before.Fields["members"].([]any)
	name, _ := before.Fields["displayName"].(string)
	if before.Missing {
		known, name = out.ID != "", in.DisplayName
	}
	if !known || name == "" {
		return nil
	}
	removals := out.Members
	back := pushGroupInput{DisplayName: name, GroupID: out.ID, Members: []string{}, MaxRemovals: &removals, Chunk: in.Chunk}
	for _, item := range list {
		id, _ := item.(string)
		back.Members = append(back.Members, id)
	}
	return back
}
