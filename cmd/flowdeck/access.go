package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// printAccess prints what the credentials of a connection allow, and what flows need beyond it.
func printAccess(w io.Writer, s terminal.Styles, a *host.Access) {
	var rows [][]terminal.Cell
	add := func(what, text string, style terminal.Style) {
		rows = append(rows, []terminal.Cell{{Text: what, Style: s.Dim}, {Text: text, Style: style}})
	}
	if a.SignsIn != "" {
		add("signs in with", a.SignsIn, s.Plain)
	}
	switch {
	case a.Scopes != nil && len(a.Scopes) == 0:
		add("scopes", "none", s.Plain)
	case a.Scopes != nil:
		add("scopes", strings.Join(a.Scopes, ", "), s.Plain)
	case a.SignsIn == "api_token":
		add("scopes", "none: an API token may do what the admin roles of its owner allow", s.Plain)
	}
	switch {
	case len(a.Roles) > 0:
		add("admin roles", strings.Join(a.Roles, ", "), s.Plain)
	case a.NoRoles != nil && a.NoRoles.Kind == card.Forbidden:
		add("admin roles", "not known: "+a.NoRoles.Hint, s.Plain)
	case a.NoRoles != nil:
		add("admin roles", "not known: "+a.NoRoles.Message, s.Plain)
	case a.Roles != nil:
		add("admin roles", "none", s.Plain)
	}
	for _, scope := range a.Missing {
		add("missing", scope.Name+", for "+neededBy(scope.NeededBy), s.Warning)
	}
	for _, role := range a.NoRole {
		add("missing role", fmt.Sprintf("%s, for %s: %s", strings.Join(role.OneOf, " or "), role.Scope, neededBy(role.NeededBy)), s.Warning)
	}
	for _, warning := range a.Warnings {
		add("warning", warning, s.Warning)
	}
	terminal.Table{Width: terminal.Limit(w), Indent: len("   ")}.Write(w, rows)
}

// neededBy returns the cards that need a scope, each with the flows that call it.
func neededBy(needs []host.Need) string {
	var texts []string
	for _, n := range needs {
		texts = append(texts, fmt.Sprintf("%s (%s)", n.Card, strings.Join(n.Flows, ", ")))
	}
	return strings.Join(texts, ", ")
}

// accessHints prints how to get what a connection lacks.
func accessHints(w io.Writer, name string, a *host.Access) {
	if len(a.Missing) > 0 {
		terminal.Hint(w, grantHint(name, a))
	}
	if len(a.NoRole) > 0 {
		terminal.Hint(w, roleHint(a))
	}
}

// roleHint returns how to get an admin role.
func roleHint(a *host.Access) string {
	switch {
	case a.App == "":
		return "a super administrator assigns roles to the owner of the token: Security > Administrators in the Admin Console"
	case a.Consent:
		return "a super administrator assigns roles to the person: Security > Administrators in the Admin Console"
	}
	return fmt.Sprintf("a super administrator assigns roles to the app %s, on its tab Admin roles", a.App)
}

// grantHint returns how to get the missing scopes of a connection that acts as an app.
func grantHint(name string, a *host.Access) string {
	var scopes []string
	for _, scope := range a.Missing {
		scopes = append(scopes, scope.Name)
	}
	hint := fmt.Sprintf("add them to `scopes` of %q in flowdeck.yaml, and grant them: flowdeck scopes grant %s %s --connection NAME, with a connection of a super administrator",
		name, a.App, strings.Join(scopes, " "))
	if a.Consent {
		hint += fmt.Sprintf("; then sign in again: flowdeck connect %s", name)
	}
	return hint
}
