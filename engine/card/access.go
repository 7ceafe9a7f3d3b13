package card

import "context"

// Access is what the credentials of a connection allow.
type Access struct {
	Scopes   []string // the granted OAuth scopes, sorted; nil if scopes do not limit the credentials, as for an API token
	Consent  bool     // a person granted the scopes when they signed in: a new scope needs another sign-in
	Roles    []string // the admin roles, for people, sorted; nil if they are not known
	RolesErr *Error   // the reason why the roles are not known; nil if they are known, or if nobody can ask for them
	Warnings []string // for people: what may go wrong with this account, each with the fact that it is based on
}

// Accessor is a Connection that knows what its credentials allow.
type Accessor interface {
	// Access asks the service, and changes nothing. What it cannot find out is left out of the Access; its errors are *Error, or ctx's.
	Access(context.Context) (Access, error)
}

// Description is what the settings of a connection say about it, without opening it.
type Description struct {
	To        string // where it leads: "acme.okta.com", or the file of a simulated org
	SignsIn   string // the key of its settings that has the way it signs in, such as api_token; empty if it needs none
	App       string // the client ID of the app that it signs in to; empty if there is none
	Simulated bool   // nothing real can change, and secrets are sent to this machine only
}

// describer is a configuration of a service that can describe a connection.
type describer interface{ Describe() Description }
