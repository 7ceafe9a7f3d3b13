package scim

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Group has the attributes of the standard. A group may also have those of extensions, under their URN.
//
// Source: RFC 7643, section 4.2
type Group struct {
	ID          string         `json:"id" jsonschema:"the group's id, which never changes"`
	Schemas     []string       `json:"schemas" jsonschema:"the URNs of the schemas that its attributes are from"`
	ExternalID  string         `json:"externalId,omitempty" jsonschema:"the id that the group has where it comes from"`
	DisplayName string         `json:"displayName" jsonschema:"the name"`
	Members     []ListedValue  `json:"members,omitempty" jsonschema:"the members, by id, if they are asked for"`
	Meta        map[string]any `json:"meta,omitempty" jsonschema:"resourceType, created, lastModified, location and version"`
}

// WrittenGroup is a group after a write, and whether the write changed it.
type WrittenGroup struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Group
}

// UpdatedGroup is a group after an update.
type UpdatedGroup struct {
	WrittenGroup
	Ignored []string `json:"ignored" null:"false" jsonschema:"the given attributes that the target left as they were although they differ"`
}

type groupInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id in the target"`
}

// which returns the id of the group. Inputs that embed a groupInput have it too.
func (in groupInput) which() string { return in.GroupID }

type getGroupInput struct {
	groupInput
	WithMembers bool `json:"with_members,omitempty" jsonschema:"answer with the members, of which there may be very many" default:"false"`
}

type findGroupInput struct {
	DisplayName string `json:"display_name,omitempty" jsonschema:"the name, in upper or lower case" narrows:"true"`
	ExternalID  string `json:"external_id,omitempty" jsonschema:"the id that the group has where it comes from" narrows:"true"`
	WithMembers bool   `json:"with_members,omitempty" jsonschema:"answer with the members, of which there may be very many" default:"false"`
}

func (in findGroupInput) lookup() lookup {
	if in.ExternalID != "" {
		return lookup{attribute: "externalId", value: in.ExternalID, excluded: without(in.WithMembers)}
	}
	return lookup{attribute: "displayName", value: in.DisplayName, excluded: without(in.WithMembers)}
}

// without returns the attributes of a group that an answer does not need.
func without(withMembers bool) []string {
	if withMembers {
		return nil
	}
	return groups.large()
}

type listGroupsInput struct {
	listInput
	WithMembers bool `json:"with_members,omitempty" jsonschema:"answer with the members, of which there may be very many" default:"false"`
}

// groupAttributes are attributes of a group by their names in SCIM.
type groupAttributes map[string]any

// Attributes returns the names of the attributes of the core schema.
//
// Source: RFC 7643, section 4.2
func (groupAttributes) Attributes() []string { return []string{"displayName", "externalId", "members"} }

type createGroupInput struct {
	DisplayName string          `json:"display_name" jsonschema:"the name"`
	ExternalID  string          `json:"external_id,omitempty" jsonschema:"the id that the group has where it comes from"`
	Attributes  groupAttributes `json:"attributes,omitempty" jsonschema:"more attributes, by their names in SCIM" clears:"true"`
}

func (in createGroupInput) lookup() lookup {
	return lookup{attribute: "displayName", value: in.DisplayName, excluded: groups.large()}
}

func (in createGroupInput) want() map[string]any {
	return updateGroupInput{DisplayName: in.DisplayName, ExternalID: in.ExternalID, Attributes: in.Attributes}.want()
}

type updateGroupInput struct {
	groupInput
	DisplayName string          `json:"display_name,omitempty" jsonschema:"the new name; by default unchanged"`
	ExternalID  string          `json:"external_id,omitempty" jsonschema:"the id that the group has where it comes from; by default unchanged"`
	Attributes  groupAttributes `json:"attributes,omitempty" jsonschema:"more attributes, by their names in SCIM; null removes one; scim.group.push is for members" clears:"true"`
}

// want returns the wanted attributes.
func (in updateGroupInput) want() map[string]any {
	want := maps.Clone(in.Attributes)
	if want == nil {
		want = map[string]any{}
	}
	if in.DisplayName != "" {
		want["displayName"] = in.DisplayName
	}
	if in.ExternalID != "" {
		want["externalId"] = in.ExternalID
	}
	return want
}

type patchGroupInput struct {
	groupInput
	Operations []operation `json:"operations" null:"false" jsonschema:"the operations, which are done all or none, in this order"`
}

var groupReads = []card.Card{
	card.NewRead(card.Spec{
		Name: "scim.group.get", Title: "Get SCIM Group", Summary: "read a group of a SCIM target by id",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: scim.group.get\nwith: {group_id: g1, with_members: true}",
	}, func(ctx context.Context, call card.Call, in getGroupInput) (card.Raw[Group], error) {
		return get[Group](ctx, call, groups, in.GroupID, queryOf(nil, without(in.WithMembers)))
	}),

	card.NewRead(card.Spec{
		Name: "scim.group.find", Title: "Find SCIM Group", Summary: "find the group of a SCIM target with a name or an external id; nil if there is none",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In, Target: "{display_name}{external_id}",
		Example: "card: scim.group.find\nwith: {display_name: Sales}",
	}, func(ctx context.Context, call card.Call, in findGroupInput) (card.Raw[*Group], error) {
		return find[Group](ctx, call, groups, in.lookup())
	}),

	card.NewList(card.Spec{
		Name: "scim.group.list", Title: "List SCIM Groups", Summary: "list the groups of a SCIM target, all or those that conditions select",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In, Key: "id",
		Filters: map[string]func(string) *card.FilterMistake{"filter": filterMistake},
		Example: "card: scim.group.list\nwith: {filter: displayName sw \"S\"}\nresult: first",
	}, func(ctx context.Context, call card.Call, in listGroupsInput, at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
		return list[Group](ctx, call, groups, in.listInput, without(in.WithMembers), at)
	}),
}

var groupWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name: "scim.group.create", Title: "Create SCIM Group", Summary: "create a group of a SCIM target without members; fails if the name is taken",
		Effect: card.Creates, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.group.delete"},
		Example: "card: scim.group.create\nwith: {display_name: Support, external_id: 00g9}",
	}, card.Write[createGroupInput, card.Raw[WrittenGroup]]{
		Do: createGroup,
		Before: func(ctx context.Context, call card.Call, in createGroupInput) (card.State, error) {
			t, err := targetOf(call)
			if err != nil {
				return card.State{}, err
			}
			return t.glance(ctx, groups, in.lookup())
		},
		After: func(in createGroupInput, before card.State) card.Predicted {
			return predictNew(groups, in.want(), before)
		},
		Back: func(_ createGroupInput, out card.Raw[WrittenGroup], _ card.State) any {
			fields, _ := out.Value.(map[string]any)
			return groupInput{resource{fields: fields}.id()}
		},
		Did: func(ctx context.Context, call card.Call, in createGroupInput, before card.State) (card.Raw[WrittenGroup], bool, error) {
			return didCreate[WrittenGroup](ctx, call, groups, in.lookup(), in.want(), before)
		},
	}),

	card.NewWrite(card.Spec{
		Name: "scim.group.update", Title: "Update SCIM Group", Summary: "give a group of a SCIM target another name or other attributes; the others, and the members, stay",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.group.update", NeedsBefore: true},
		Example: "card: scim.group.update\nwith: {group_id: g1, display_name: Sales EMEA}",
	}, card.Write[updateGroupInput, card.Raw[UpdatedGroup]]{
		Do: func(ctx context.Context, call card.Call, in updateGroupInput) (card.Raw[UpdatedGroup], error) {
			return changeWith[UpdatedGroup](ctx, call, groups, in.GroupID, in.want(), withoutUnless(sortedNames(in.want()))...)
		},
		Before: func(ctx context.Context, call card.Call, in updateGroupInput) (card.State, error) {
			return beforeGroup(ctx, call, in.GroupID, sortedNames(in.want()))
		},
		After: func(in updateGroupInput, before card.State) card.Predicted { return predictWanted(in.want(), before) },
		Back: func(in updateGroupInput, out card.Raw[UpdatedGroup], before card.State) any {
			return groupBack(in.GroupID, restored(sortedNames(in.want()), before, out.Value))
		},
		Keeps: func(in updateGroupInput) []string { return sortedNames(in.want()) },
	}),

	card.NewWrite(card.Spec{
		Name: "scim.group.patch", Title: "Patch SCIM Group", Summary: "make single changes of a group of a SCIM target, as PATCH operations, such as to add a member",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.group.update", NeedsBefore: true},
		Example: "card: scim.group.patch\nwith:\n  group_id: g1\n  operations: [{op: add, path: members, value: [{value: u3}]}]",
	}, card.Write[patchGroupInput, card.Raw[WrittenGroup]]{
		Do: func(ctx context.Context, call card.Call, in patchGroupInput) (card.Raw[WrittenGroup], error) {
			return patchWith[WrittenGroup](ctx, call, groups, in.GroupID, in.Operations, withoutUnless(touched(in.Operations))...)
		},
		Before: func(ctx context.Context, call card.Call, in patchGroupInput) (card.State, error) {
			return beforeGroup(ctx, call, in.GroupID, touched(in.Operations))
		},
		After: func(in patchGroupInput, before card.State) card.Predicted { return predict(in.Operations, before) },
		Back: func(in patchGroupInput, out card.Raw[WrittenGroup], before card.State) any {
			return groupBack(in.GroupID, restored(touched(in.Operations), before, out.Value))
		},
		Keeps: func(in patchGroupInput) []string { return touched(in.Operations) },
	}),

	card.NewWrite(card.Spec{
		Name: "scim.group.delete", Title: "Delete SCIM Group", Summary: "delete a group of a SCIM target permanently; its members stay users",
		Effect: card.Destroys, NoScopes: true, Undo: card.Undo{Extent: card.None},
		Example: "card: scim.group.delete\nwith: {group_id: g1}",
	}, deletion[groupInput](groups)),
}

// createGroup looks for a group with the name first: many targets allow several.
func createGroup(ctx context.Context, call card.Call, in createGroupInput) (card.Raw[WrittenGroup], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	there, err := t.find(ctx, groups, in.lookup())
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	if there != nil {
		return card.Raw[WrittenGroup]{}, &card.Error{
			Kind: card.Conflict, Code: "uniqueness", Message: "a group with the name " + quoted(in.DisplayName) + " exists already", Details: map[string]any{"id": there["id"]},
		}
	}
	r, err := t.create(ctx, groups, in.want(), "")
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	return card.Raw[WrittenGroup]{Value: written(r.fields, true)}, nil
}

// withoutUnless returns the large attributes of a group, unless they are among the names.
func withoutUnless(names []string) []string {
	if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, "members") }) {
		return nil
	}
	return groups.large()
}

// beforeGroup reads the group that a call will change.
func beforeGroup(ctx context.Context, call card.Call, id string, names []string) (card.State, error) {
	t, err := targetOf(call)
	if err != nil {
		return card.State{}, err
	}
	return t.before(ctx, groups, id, withoutUnless(names)...)
}

// groupBack returns the input that gives a group attributes; nil if they are not known.
func groupBack(id string, attributes map[string]any) any {
	if attributes == nil {
		return nil
	}
	return updateGroupInput{groupInput: groupInput{id}, Attributes: attributes}
}
