package okta

import (
	"context"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Describe returns what the settings say about a connection.
func (c config) Describe() card.Description {
	if c.Simulate != nil {
		return card.Description{To: c.Simulate.Seed, Simulated: true}
	}
	host, local, _ := oktaapi.Host(c.Domain) // check reports the error
	d := card.Description{To: host, Simulated: c.Simulated && local}
	switch {
	case c.Auth == nil:
	case c.Auth.PrivateKey != nil:
		d.SignsIn, d.App = "private_key", c.Auth.PrivateKey.ClientID
	case c.Auth.Person != nil:
		d.SignsIn, d.App = "authorization_code", c.Auth.Person.ClientID
	case c.Auth.APIToken != nil:
		d.SignsIn = "api_token"
	}
	return d
}

// Access returns the scopes of an app, or the admin roles of the owner of an API token, which scopes do not limit. A connection with
// `simulate` has nothing to report.
func (c *connection) Access(ctx context.Context) (card.Access, error) {
	switch {
	case c.simulation != nil:
		return card.Access{}, nil
	case c.app != nil:
		token, err := c.app.Token(ctx)
		if err != nil {
			return card.Access{}, err
		}
		access := card.Access{Scopes: slices.Sorted(slices.Values(token.Scopes))}
		return access, c.app.look(ctx, c.Session, &access)
	}
	owner, err := c.Resource(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{"me"}})
	if err != nil {
		return card.Access{}, c.ownerless(err)
	}
	access := card.Access{Warnings: personal(owner)}
	err = lookUpRoles(ctx, c.Session, &access, oktaapi.ListAssignedRolesForUser, idOf(owner), "the owner of the token has no admin role, so that Okta refuses most requests")
	return access, err
}

// lookUpRoles adds the admin roles of a user or a client, and none as a warning if there are none. The error is only that of ctx.
func lookUpRoles(ctx context.Context, org *oktaapi.Session, access *card.Access, list oktaapi.Operation, id, none string) error {
	items, _, err := org.Page(ctx, list, oktaapi.Args{Path: []string{id}}, "") // Okta's lists of roles have no pages
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		refusal := *card.AsError(err)
		if refusal.Kind == card.Forbidden {
			refusal.Hint = "this needs okta.roles.read"
		}
		access.RolesErr = &refusal
		return nil
	}
	access.Roles = []string{}
	for _, item := range items {
		role, _ := item.(map[string]any)
		name, _ := role["type"].(string)
		if label, _ := role["label"].(string); name == "CUSTOM" && label != "" {
			name = label
		}
		access.Roles = append(access.Roles, name)
	}
	slices.Sort(access.Roles)
	access.Roles = slices.Compact(access.Roles)
	if len(access.Roles) == 0 {
		access.Warnings = append(access.Warnings, none)
	}
	return nil
}

// look adds the admin roles of the app.
func (a *serviceApp) look(ctx context.Context, org *oktaapi.Session, access *card.Access) error {
	return lookUpRoles(ctx, org, access, oktaapi.ListRolesForClient, a.id, "the app has no admin role, so that Okta refuses most requests: assign one on its tab Admin roles")
}

// look adds the admin roles of the person, and warns if they may no longer use the app: their token works until it expires.
func (a *personApp) look(ctx context.Context, org *oktaapi.Session, access *card.Access) error {
	access.Consent = true
	me, err := org.Resource(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{"me"}})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		access.RolesErr = &card.Error{Kind: card.Forbidden, Message: card.AsError(err).Message, Hint: "this needs okta.users.read and okta.roles.read"}
		return nil
	}
	if err := lookUpRoles(ctx, org, access, oktaapi.ListAssignedRolesForUser, idOf(me), withoutRole); err != nil {
		return err
	}
	_, err = org.Resource(ctx, oktaapi.GetApplicationUser, oktaapi.Args{Path: []string{a.ClientID, idOf(me)}})
	if e := card.AsError(err); e != nil && e.Kind == card.NotFound && strings.Contains(e.Message, "AppUser") { // the app itself may have another id than its client
		access.Warnings = append(access.Warnings, "the person is not assigned to the app, so that the connection stops working when its token expires: assign them on its tab Assignments")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// ofPersons are the attributes of Okta's base profile that describe a person with an employment. Service accounts have a login, an email and a
// name, too. That a user has signed in shows nothing: whoever creates an API token has.
var ofPersons = []string{"mobilePhone", "manager", "managerId", "employeeNumber"}

// personal returns a warning if a user looks like a person.
func personal(user map[string]any) []string {
	profile, _ := user["profile"].(map[string]any)
	var has []string
	for _, name := range ofPersons {
		if text, _ := profile[name].(string); strings.TrimSpace(text) != "" {
			has = append(has, name)
		}
	}
	if len(has) == 0 {
		return nil
	}
	return []string{"the account seems to be a person's, since its profile has " + strings.Join(has, ", ") +
		": the connection stops working when the person leaves; use an account for this purpose, or a private key"}
}
