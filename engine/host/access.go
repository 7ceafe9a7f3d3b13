package host

import (
	"context"
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Access is what the credentials of a connection allow, and what flows need beyond it. Its JSON is part of that of several commands.
type Access struct {
	SignsIn  string   `json:"signs_in"`    // the key of its settings that has the way it signs in; empty if it needs none
	App      string   `json:"-"`           // the client ID of the app that gets scopes; empty if there is none
	Scopes   []string `json:"scopes"`      // the granted scopes, sorted; nil if scopes do not limit the credentials
	Consent  bool     `json:"consent"`     // a new scope needs another sign-in of a person
	Roles    []string `json:"admin_roles"` // sorted; nil if they are not known
	NoRoles  *Failure `json:"admin_roles_error,omitempty"`
	Missing  []Scope  `json:"missing"`       // scopes that flows need and that are not granted; never nil
	NoRole   []Role   `json:"missing_roles"` // never nil; empty, too, if the roles are not known
	Unknown  []Need   `json:"unknown"`       // cards whose scopes depend on their inputs; never nil
	Warnings []string `json:"warnings"`
}

// Role is an admin role that flows need and that an account lacks.
type Role struct {
	OneOf    []string `json:"one_of"`    // the roles of which one is needed
	Scope    string   `json:"scope"`     // what it is needed for
	NeededBy []Need   `json:"needed_by"` // the cards that do that
}

// Access returns what an open connection allows, and what flows need beyond it; see Workspace.Scopes for chosen. The error is a ProblemsError
// for flows with problems, or that of Connect.
func (w *Workspace) Access(ctx context.Context, o *Connections, name string, flows []*flow.Flow, chosen map[string]string) (*Access, error) {
	conn, _ := w.Connection(name)
	d := w.describe(conn)
	a := &Access{SignsIn: d.SignsIn, App: d.App, Missing: []Scope{}, NoRole: []Role{}, Unknown: []Need{}, Warnings: []string{}}
	all, err := w.Scopes(flows, chosen)
	if err != nil {
		return nil, err
	}
	found, err := o.access(ctx, name)
	if err != nil {
		return nil, err
	}
	a.Scopes, a.Consent, a.Roles, a.Warnings = found.Scopes, found.Consent, found.Roles, append(a.Warnings, found.Warnings...)
	if found.RolesErr != nil {
		a.NoRoles = newFailure(found.RolesErr)
	}
	for _, n := range all {
		if n.Connection != name {
			continue
		}
		a.Unknown = append(a.Unknown, n.Unknown...)
		if a.Scopes != nil {
			a.Missing = append(a.Missing, w.lacking(n, a.Scopes)...)
		}
		a.NoRole = append(a.NoRole, w.lackingRoles(n, a.Roles)...)
	}
	return a, nil
}

// lacking returns the scopes that are needed, and that granted ones do not include.
func (w *Workspace) lacking(n Needs, granted []string) (lacking []Scope) {
	for _, scope := range n.Scopes {
		if !w.config.Services[n.Service].Grants(granted, scope.Name) {
			lacking = append(lacking, scope)
		}
	}
	return lacking
}

// lackingRoles returns the admin roles that are needed, and that an account with certain roles lacks; nil if its roles are not known.
func (w *Workspace) lackingRoles(n Needs, held []string) (lacking []Role) {
	lacks := w.config.Services[n.Service].LacksRole
	if held == nil || lacks == nil {
		return nil
	}
	for _, scope := range n.Scopes {
		if oneOf := lacks(held, scope.Name); oneOf != nil {
			lacking = append(lacking, Role{oneOf, scope.Name, scope.NeededBy})
		}
	}
	return lacking
}

// access asks a connection what its credentials allow. It is zero if the service cannot know. Its errors are those of Connect.
func (o *Connections) access(ctx context.Context, name string) (card.Access, error) {
	conn, ok := o.conns[name].(card.Accessor)
	if !ok {
		return card.Access{}, nil
	}
	access, err := conn.Access(ctx)
	if err != nil {
		return card.Access{}, failed(ctx, o.veil, name, err)
	}
	for _, texts := range [][]string{access.Scopes, access.Roles, access.Warnings} {
		for i := range texts {
			texts[i] = o.veil.String(texts[i])
		}
	}
	if access.RolesErr != nil {
		access.RolesErr = o.veil.Error(access.RolesErr)
	}
	return access, nil
}

// Sound returns the flows with a name that have no problems, sorted by name, and the number of the others.
func (w *Workspace) Sound() (sound []*flow.Flow, broken int) {
	for _, f := range w.Named() {
		_, err := w.Check(f, nil)
		if problems := (*ProblemsError)(nil); errors.As(err, &problems) {
			broken++
		} else {
			sound = append(sound, f)
		}
	}
	return sound, broken
}
