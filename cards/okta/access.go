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
		d.SignsIn = "private_key"
	case c.Auth.Person != nil:
		d.SignsIn = "authorization_code"
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
		_, person := c.app.(*personApp)
		return card.Access{Scopes: slices.Sorted(slices.Values(token.Scopes)), Consent: person}, err
	}
	owner, err := c.Resource(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{"me"}})
	if err != nil {
		return card.Access{}, c.ownerless(err)
	}
	access := card.Access{Warnings: personal(owner)}
	items, _, err := c.Page(ctx, oktaapi.ListAssignedRolesForUser, oktaapi.Args{Path: []string{idOf(owner)}}, "") // Okta's list has no pages
	switch {
	case ctx.Err() != nil:
		return card.Access{}, context.Cause(ctx)
	case err != nil:
		refusal := *card.AsError(err)
		if refusal.Kind == card.Forbidden {
			refusal.Hint = "this needs okta.roles.read"
		}
		access.RolesErr = &refusal
		return access, nil
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
		access.Warnings = append(access.Warnings, "the owner of the token has no admin role, so that Okta refuses most requests")
	}
	return access, nil
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
