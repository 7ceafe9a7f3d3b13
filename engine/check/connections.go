package check

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// connection checks a connection that a flow names for a service.
func (r *report) connection(n *flow.Node, service string) bool {
	conn, ok := r.workspace.Connection(n.Text)
	if !ok {
		r.problem(n, CodeUnknownConnection, words.Hint("connections", n.Text, r.connectionNames()), "unknown connection %q", n.Text)
		return false
	}
	return r.fitsService(n, conn, service)
}

// fitsService reports a connection at n that is for a different service.
func (r *report) fitsService(n *flow.Node, conn flow.Connection, service string) bool {
	typ := text(conn.Type)
	switch _, known := r.services[typ]; {
	case conn.Type == nil: // reported by package flow
	case !known:
		r.problem(conn.Type, CodeUnknownService, words.Hint("types", typ, slices.Sorted(maps.Keys(r.services))), "unknown type of connection %q", typ)
	case typ == service:
		return true
	default:
		r.problem(n, CodeWrongService, "", "connection %q is of type %s, not %s", conn.Name.Text, typ, service)
	}
	return false
}

func (r *report) connectionNames() []string {
	var names []string
	for _, conn := range r.workspace.Connections {
		names = append(names, conn.Name.Text)
	}
	return names
}

// connections checks that a connection exists for every service that a run of the flow needs, and that its settings are
// valid.
func (r *report) connections(f *flow.Flow, uses []engine.Use) {
	at := f.Name
	if at == nil {
		at = f.Node
	}
	misnamed := sync.OnceValue(func() bool { return r.misnames(f, map[*flow.Flow]bool{}) }) // many flows lead to many others
	for _, use := range uses {
		conn, ok := r.workspace.Connection(use.Name)
		switch {
		case !ok && use.Name == use.Service && misnamed(): // the misspelled connection may be the one that is missing
		case !ok && use.Name == use.Service:
			r.problem(at, CodeUnknownConnection,
				"add one called "+use.Service+" to "+flow.WorkspaceFile+", or name one with `connections: {"+use.Service+": NAME}`",
				"this needs a connection to %s, but the workspace has none of that name", use.Service)
		case !ok:
			r.problem(at, CodeUnknownConnection, words.Hint("connections", use.Name, r.connectionNames()), "unknown connection %q", use.Name)
		case r.fitsService(at, conn, use.Service):
			config := r.schemas.of(r.services[use.Service].Config)
			r.settings(conn, config)
		}
	}
}

// misnames reports whether a flow, or one that it runs, has a problem with the name of a connection.
func (c *Checker) misnames(f *flow.Flow, seen map[*flow.Flow]bool) bool {
	if seen[f] {
		return false
	}
	seen[f] = true
	at := c.checked[f]
	return slices.ContainsFunc(at.problems, func(p flow.Problem) bool { return p.Code == CodeUnknownConnection || p.Code == CodeWrongService }) ||
		slices.ContainsFunc(at.runs, func(next *flow.Flow) bool { return c.misnames(next, seen) })
}

// readOnly reports a write on a read-only connection.
func (r *report) readOnly(use engine.Use, call engine.CallCard, at flow.Pos) {
	if !call.Card.FilesOnly && call.Effect() != card.Reads {
		r.refusesWrites(use, call.Card.Name, at)
	}
}

// refusesWrites reports that something writes, if its connection is read-only.
func (r *report) refusesWrites(use engine.Use, what string, at flow.Pos) {
	conn, ok := r.workspace.Connection(use.Name)
	if !ok || !ReadOnly(conn) {
		return
	}
	r.problems = append(r.problems, flow.Problem{
		Pos: at, Code: CodeReadOnly,
		Message: fmt.Sprintf("%s writes, but connection %q is read_only", what, use.Name),
		Hint:    "use another connection, or remove read_only from it",
	})
}

// ReadOnly reports whether a connection refuses cards that write.
func ReadOnly(conn flow.Connection) bool {
	readOnly, _ := conn.Settings.Field(readOnlyKey).Literal().(bool)
	return readOnly
}

// The keys of every connection, whatever its type.
const (
	typeKey     = "type"
	readOnlyKey = "read_only"
)

// Workspace checks the settings in flowdeck.yaml, including those that no flow uses.
func (c *Checker) Workspace() flow.Problems {
	r := report{Checker: c}
	r.knownZone(c.workspace.Timezone)
	for _, t := range c.workspace.Tables {
		r.columnNames(t)
	}
	for _, conn := range c.workspace.Connections {
		if conn.Type != nil && r.fitsService(conn.Type, conn, text(conn.Type)) {
			r.settings(conn, c.schemas.of(c.services[text(conn.Type)].Config))
		}
	}
	r.problems.Sort()
	return r.problems
}

// settings checks the keys of a connection.
func (r *report) settings(conn flow.Connection, config schema) {
	what := "connection " + conn.Name.Text
	for _, field := range conn.Settings.Fields {
		if property, ok := config.schema.Properties[field.Key.Text]; ok {
			r.literalSecrets(field.Value, property)
			r.fits(field.Value, field.Value.Literal(), r.schemas.of(property), field.Key.Text+" of "+what)
		} else if field.Key.Text == readOnlyKey {
			if _, ok := field.Value.Literal().(bool); !ok {
				r.problem(field.Value, flow.CodeWrongType, "true refuses every card that writes", "%s", words.MustBe("read_only of "+what, "boolean", words.Kind(field.Value.Literal())))
			}
		} else if field.Key.Text != typeKey {
			r.problem(field.Key, flow.CodeUnknownKey, words.Hint("keys", field.Key.Text, settingNames(config)),
				"unknown key %q in %s", field.Key.Text, what)
		}
	}
}

// settingNames returns all keys of a connection.
func settingNames(config schema) []string {
	return slices.Sorted(slices.Values(slices.AppendSeq([]string{typeKey, readOnlyKey}, maps.Keys(config.schema.Properties))))
}

// Settings returns the keys of a connection for its service: all except those of flowdeck itself.
func Settings(conn flow.Connection) map[string]any {
	settings, _ := conn.Settings.Literal().(map[string]any)
	delete(settings, typeKey)
	delete(settings, readOnlyKey)
	return settings
}
