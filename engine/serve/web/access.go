package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Access is who may use a route.
type Access string

const (
	Anyone  Access = "anyone"
	Monitor Access = "monitor" // a token of a viewer that is not restricted to flows, or a program on this machine if no proxy is in front
	Hook    Access = "hook"    // as the webhook says: a token of an operator, or a signature
	Service Access = "service" // as the event triggers of the flow say: their secret
	Viewers Access = "viewer"  // a token of any role; one with a role of its own sees only its flows and runs
	Starter Access = "starter" // a token of any role; the handler decides by the flow
	Doers   Access = "operator"
)

// Role is what a token allows: each role includes those before it.
type Role string

const (
	Viewer   Role = "viewer"
	Operator Role = "operator"
	Admin    Role = "admin"
)

// Roles are all roles that include others, the least first. Any other is a role of its own: its tokens start the flows that name it, and see nothing else.
var Roles = []string{string(Viewer), string(Operator), string(Admin)}

// principal is who sends a request.
type principal struct {
	by    string // for the run that it starts
	role  Role
	flows []string // that it is restricted to; nil: all
}

// may reports whether it is not restricted to other flows.
func (p *principal) may(flow string) bool { return p.flows == nil || slices.Contains(p.flows, flow) }

// isDelegate reports whether its role is one of its own.
func (p *principal) isDelegate() bool { return !slices.Contains(Roles, string(p.role)) }

// sees reports whether it may see a flow.
func (p *principal) sees(f *engine.Plan) bool {
	return p.may(f.Flow) && (!p.isDelegate() || f.IsDelegated(string(p.role)))
}

// starts reports whether it may start a flow over the API.
func (p *principal) starts(f *engine.Plan) bool {
	return p.sees(f) && (p.has(Operator) || f.IsDelegated(string(p.role)))
}

// seesStart reports whether it may see what somebody has started, and what became of it.
func (p *principal) seesStart(flow, by string) bool {
	return p.may(flow) && (!p.isDelegate() || by == p.by)
}

// has reports whether it has a role or a greater one. A role of its own is less than any.
func (p *principal) has(role Role) bool {
	return slices.Index(Roles, string(p.role)) >= slices.Index(Roles, string(role))
}

// bearer returns who has the token of a request.
func (s *Server) bearer(r *http.Request) (*principal, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return nil, unauthorized.because("there is no bearer token")
	}
	token, err := s.history.Token(r.Context(), strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	if token == nil {
		return nil, unauthorized.because("no valid token has this text")
	}
	return principalOf(*token), nil
}

func principalOf(t store.Token) *principal {
	return &principal{by: "token " + t.Name, role: Role(t.Role), flows: t.Flows}
}

// permit returns who may use the route of a request; nil for anyone, and where the handler decides.
func (s *Server) permit(route Route, r *http.Request) (*principal, error) {
	least := Role("")
	switch route.Access {
	case Anyone, Hook, Service:
		return nil, nil
	case Monitor:
		least = Viewer
		if s.PublicURL == nil && peerOf(r).IsLoopback() && r.Header.Get("Authorization") == "" {
			return &principal{role: Viewer}, nil
		}
	case Doers:
		least = Operator
	}
	who, err := s.bearer(r)
	if err == nil && least != "" && !who.has(least) {
		err = fail(http.StatusForbidden, "forbidden", "the role of the token is "+string(who.role)+", and this needs "+string(least), "")
	}
	if err == nil && route.Access == Monitor && who.flows != nil {
		err = fail(http.StatusForbidden, "forbidden", "the token is for some flows only, and the metrics are about all", "")
	}
	return who, err
}
