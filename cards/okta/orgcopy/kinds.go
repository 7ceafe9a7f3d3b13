package orgcopy

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind is a kind of things of an org, as people name it.
type Kind string

// These are the kinds that a copy can have, in the order in which they are read.
const (
	Types       Kind = "types"
	Schemas     Kind = "schemas"
	Users       Kind = "users"
	Groups      Kind = "groups"
	Members     Kind = "members"
	Rules       Kind = "rules"
	Apps        Kind = "apps"
	Assignments Kind = "assignments"
	Policies    Kind = "policies"
	Hooks       Kind = "hooks"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Types, Schemas, Users, Groups, Members, Rules, Apps, Assignments, Policies, Hooks}
}

// needs are the kinds without which a kind has no meaning.
var needs = map[Kind][]Kind{
	Members: {Users, Groups}, Rules: {Groups}, Assignments: {Apps, Users, Groups}, Policies: {Groups},
}

// scopes are the scopes that reading a kind needs.
var scopes = map[Kind]string{
	Types: "okta.userTypes.read", Schemas: "okta.schemas.read", Users: "okta.users.read", Groups: "okta.groups.read",
	Members: "okta.groups.read", Rules: "okta.groups.read", Apps: "okta.apps.read", Assignments: "okta.apps.read",
	Policies: "okta.policies.read", Hooks: "okta.eventHooks.read",
}

// NotCopied names what an org has and no copy has.
const NotCopied = "passwords, factors, admin roles, sessions, devices, network zones, realms, authenticators, linked objects, group owners, " +
	"OAuth grants of applications, inline hooks and the system log"

// Select returns the kinds with these names, and those that they need. No name means all kinds.
func Select(names []string) ([]Kind, error) {
	if len(names) == 0 {
		return Kinds(), nil
	}
	chosen := map[Kind]bool{}
	for _, name := range names {
		kind := Kind(strings.TrimSpace(name))
		if !slices.Contains(Kinds(), kind) {
			return nil, fmt.Errorf("there is no kind %q", name)
		}
		chosen[kind] = true
		for _, other := range needs[kind] {
			chosen[other] = true
		}
	}
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return !chosen[k] }), nil
}
