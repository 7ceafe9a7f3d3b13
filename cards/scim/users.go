package scim

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// User has the attributes of the standard. A user may also have those of extensions, under their URN.
//
// Source: RFC 7643, section 4.1
type User struct {
	ID          string         `json:"id" jsonschema:"the user's id, which never changes"`
	Schemas     []string       `json:"schemas" jsonschema:"the URNs of the schemas that its attributes are from"`
	ExternalID  string         `json:"externalId,omitempty" jsonschema:"the id that the user has where they come from"`
	UserName    string         `json:"userName" jsonschema:"the name to sign in with, unique in the target"`
	DisplayName string         `json:"displayName,omitempty" jsonschema:"the name that people see"`
	Active      *bool          `json:"active,omitempty" jsonschema:"false for a deactivated user"`
	Name        PersonName     `json:"name,omitempty" jsonschema:"the parts of the name" open:"true"`
	Emails      []ListedValue  `json:"emails,omitempty" jsonschema:"email addresses"`
	Phones      []ListedValue  `json:"phoneNumbers,omitempty" jsonschema:"phone numbers"`
	Title       string         `json:"title,omitempty" jsonschema:"the title, such as Vice President"`
	UserType    string         `json:"userType,omitempty" jsonschema:"what the user is to the organization, such as Contractor"`
	Language    string         `json:"preferredLanguage,omitempty" jsonschema:"the language, such as en-US"`
	Locale      string         `json:"locale,omitempty" jsonschema:"how numbers and dates are shown, such as en-US"`
	Timezone    string         `json:"timezone,omitempty" jsonschema:"the time zone, such as Europe/Vienna"`
	Groups      []ListedValue  `json:"groups,omitempty" jsonschema:"the groups that the user is a member of, if the target shows them"`
	Enterprise  map[string]any `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitempty" jsonschema:"employeeNumber, costCenter, organization, division, department, manager"`
	Meta        map[string]any `json:"meta,omitempty" jsonschema:"resourceType, created, lastModified, location and version"`
}

// PersonName has the parts of a name.
type PersonName struct {
	GivenName  string `json:"givenName,omitempty" jsonschema:"the first name"`
	FamilyName string `json:"familyName,omitempty" jsonschema:"the last name"`
	Formatted  string `json:"formatted,omitempty" jsonschema:"the whole name"`
}

// ListedValue is a value of an attribute with several values.
//
// Source: RFC 7643, section 2.4
type ListedValue struct {
	Value   any    `json:"value,omitempty" jsonschema:"the value itself, or an id"`
	Display string `json:"display,omitempty" jsonschema:"the value for people"`
	Type    string `json:"type,omitempty" jsonschema:"what it is for, such as work"`
	Primary any    `json:"primary,omitempty" jsonschema:"whether it is the preferred one"`
}

// WrittenUser is a user after a write, and whether the write changed them.
type WrittenUser struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	User
}

// UpdatedUser is a user after an update.
type UpdatedUser struct {
	WrittenUser
	Ignored []string `json:"ignored" null:"false" jsonschema:"the given attributes that the target left as they were although they differ"`
}

// Changed is the answer of a write that leaves nothing to answer with.
type Changed struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
}

type userInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id in the target"`
}

type findUserInput struct {
	UserName   string `json:"user_name,omitempty" jsonschema:"the name to sign in with, in upper or lower case" narrows:"true"`
	ExternalID string `json:"external_id,omitempty" jsonschema:"the id that the user has where they come from" narrows:"true"`
}

// lookup returns what to look for. One of the inputs is given.
func (in findUserInput) lookup() lookup {
	if in.ExternalID != "" {
		return lookup{attribute: "externalId", value: in.ExternalID}
	}
	return lookup{attribute: "userName", value: in.UserName}
}

type listInput struct {
	Where     map[string]any `json:"where,omitempty" jsonschema:"conditions, all of which must be true: attribute → value, or attribute → operator → value, such as userName: {sw: ada}; operators: eq, ne, co, sw, ew, gt, ge, lt, le, and pr for whether there is a value" narrows:"true"`
	Filter    string         `json:"filter,omitempty" jsonschema:"a filter of the standard, such as emails[type eq \"work\"] and active eq true; insert strings with quote(…)" filter:"true"`
	SortBy    string         `json:"sort_by,omitempty" jsonschema:"the attribute to sort by, if the target sorts"`
	SortOrder string         `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"ascending,descending"`
	Limit     int            `json:"limit,omitempty" jsonschema:"resources per page; by default the target decides" minimum:"1" maximum:"10000"`
}

// listing returns what to list.
func (in listInput) listing() (listing, error) {
	where, err := conditions(in.Where)
	l := listing{filter: in.Filter, count: in.Limit, sortBy: in.SortBy, order: in.SortOrder}
	switch {
	case in.Filter == "":
		l.filter = where
	case where != "":
		l.filter = "(" + in.Filter + ") and " + where
	}
	return l, err
}

var userReads = []card.Card{
	card.NewRead(card.Spec{
		Name: "scim.user.get", Title: "Get SCIM User", Summary: "read a user of a SCIM target by id",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: scim.user.get\nwith: {user_id: u1}",
	}, func(ctx context.Context, call card.Call, in userInput) (card.Raw[User], error) {
		return get[User](ctx, call, users, in.UserID, nil)
	}),

	card.NewRead(card.Spec{
		Name: "scim.user.find", Title: "Find SCIM User", Summary: "find the user of a SCIM target with a name or an external id; nil if there is none",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In, Target: "{user_name}{external_id}",
		Example: "card: scim.user.find\nwith: {user_name: ada@acme.example}",
	}, func(ctx context.Context, call card.Call, in findUserInput) (card.Raw[*User], error) {
		return find[User](ctx, call, users, in.lookup())
	}),

	card.NewList(card.Spec{
		Name: "scim.user.list", Title: "List SCIM Users", Summary: "list the users of a SCIM target, all or those that conditions select",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In, Key: "id",
		Filters: map[string]func(string) *card.FilterMistake{"filter": filterMistake},
		Example: "card: scim.user.list\nwith: {where: {active: true}}\nresult: first",
	}, func(ctx context.Context, call card.Call, in listInput, at card.Cursor) ([]card.Raw[User], card.Cursor, error) {
		return list[User](ctx, call, users, in, nil, at)
	}),
}

// value is the resource as a card answers it: nil if there is none.
func (r resource) value() card.Value {
	if r.fields == nil {
		return nil
	}
	return r.fields
}

// get reads a resource for a card.
func get[T any](ctx context.Context, call card.Call, k kind, id string, query url.Values) (card.Raw[T], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[T]{}, err
	}
	r, err := t.read(ctx, k, id, query)
	return card.Raw[T]{Value: r.value()}, err
}

// find finds a resource for a card; nil if there is none.
func find[T any](ctx context.Context, call card.Call, k kind, l lookup) (card.Raw[*T], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[*T]{}, err
	}
	found, err := t.find(ctx, k, l)
	return card.Raw[*T]{Value: resource{fields: found}.value()}, err
}

// list reads a page of a list for a card.
func list[T any](ctx context.Context, call card.Call, k kind, in listInput, excluded []string, at card.Cursor) ([]card.Raw[T], card.Cursor, error) {
	t, err := targetOf(call)
	if err != nil {
		return nil, "", err
	}
	l, err := in.listing()
	if err != nil {
		return nil, "", err
	}
	l.excluded = excluded
	from, err := parsePosition(at)
	if err != nil {
		return nil, "", err
	}
	p, err := t.page(ctx, k, l, from)
	if err != nil {
		return nil, "", err
	}
	records := make([]card.Raw[T], len(p.resources))
	for i, r := range p.resources {
		records[i].Value = r
	}
	if p.next == nil {
		return records, "", nil
	}
	return records, p.next.cursor(), nil
}

// queryOf returns the query for some attributes only; nil for the usual ones.
//
// Source: RFC 7644, section 3.4.2.5
func queryOf(only, excluded []string) url.Values {
	query := url.Values{}
	if len(only) > 0 {
		query.Set("attributes", strings.Join(only, ","))
	}
	if len(excluded) > 0 {
		query.Set("excludedAttributes", strings.Join(excluded, ","))
	}
	return query
}

func sortedNames(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
