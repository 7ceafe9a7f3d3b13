package cardstest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// session is an open connection to a new simulated server.
type session struct {
	Server
	bench Bench
	conn  card.Connection // nil if no card of the bench needs one
}

// start starts a server and connects to it. scopes has the meaning of Bench.Start.
func (b Bench) start(tb testing.TB, scopes []string) *session {
	tb.Helper()
	s := &session{bench: b}
	if b.Start != nil {
		s.Server = b.Start(tb, scopes)
	}
	if b.Service.Name == "" {
		return s
	}
	conn, err := b.Service.Open(card.Settings{
		Name: b.Service.Name, Config: s.Config,
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(s.Secret), nil },
	})
	if err != nil {
		tb.Fatalf("open a connection: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	s.conn = conn
	return s
}

// facts returns the state of the server; nil if there is no server.
func (s *session) facts() Facts {
	if s.Dump == nil {
		return nil
	}
	return s.Dump()
}

// requests returns the number of requests so far.
func (s *session) requests() int {
	if s.Requests == nil {
		return 0
	}
	return len(s.Requests())
}

// example checks the card's example as a flow of one step, and runs it. For a list it reads the first page.
func (s *session) example(tb testing.TB, c card.Card) (card.Value, error) {
	tb.Helper()
	ws := s.workspace(tb, c.Example)
	services := map[string]card.Service{}
	if s.bench.Service.Name != "" {
		services[s.bench.Service.Name] = s.bench.Service
	}
	if _, problems := check.New(s.bench.set(), services, ws).Plan(ws.Flow("example"), nil); len(problems) > 0 {
		tb.Fatalf("the example has problems: %v", problems)
	}
	if c.IsList() {
		page, err := c.Page(tb.Context(), s.call(), s.input(tb, c), "")
		return page.Items, err
	}
	return c.Run(tb.Context(), s.call(), s.input(tb, c))
}

// workspace returns a workspace with one flow, which has the secrets of the bench as inputs and the example as its only step, and
// with the connection, if there is one.
func (s *session) workspace(tb testing.TB, example string) *flow.Workspace {
	tb.Helper()
	step := "  - " + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n    ")
	connections := map[string]any{}
	if name := s.bench.Service.Name; name != "" {
		connection := map[string]any{"type": name}
		for key, value := range s.Config {
			connection[key] = value
		}
		connections[name] = connection
	}
	settings := map[string]any{"connections": connections}
	maps.Copy(settings, s.Workspace)
	config, err := card.EncodeJSON(settings) // YAML includes JSON
	if err != nil {
		tb.Fatal(err)
	}
	secrets := map[string]any{}
	for name := range s.bench.Secrets {
		secrets[name] = map[string]any{"type": "string", "secret": true}
	}
	inputs, err := card.EncodeJSON(secrets)
	if err != nil {
		tb.Fatal(err)
	}
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: config}, "example.yaml": {Data: []byte("flow: example\ninputs: " + string(inputs) + "\nsteps:\n" + step + "\n")},
	}, "")
	if ws == nil || ws.Flow("example") == nil || len(problems) > 0 {
		tb.Fatalf("the example is not a step: %v", problems)
	}
	return ws
}

// input returns the input of the card's example, with the secrets of the bench.
func (s *session) input(tb testing.TB, c card.Card) map[string]card.Value {
	tb.Helper()
	example := c.Example
	for name, secret := range s.bench.Secrets {
		example = strings.ReplaceAll(example, "${ inputs."+name+" }", secret)
	}
	with := s.workspace(tb, example).Flow("example").Steps[0].Key("with")
	if with == nil {
		return map[string]card.Value{}
	}
	in, ok := with.Literal().(map[string]any)
	if !ok {
		tb.Fatal("the example has no literal `with`")
	}
	return in
}

// call returns a call on the session's connection.
func (s *session) call() card.Call {
	return card.Call{Run: "example", Attempt: 1, Files: s.Files, Tables: s.Tables, ConnName: s.bench.Service.Name, Conn: s.conn}
}

// run runs a card, and checks that it changes something.
func (s *session) run(tb testing.TB, c card.Card, in map[string]card.Value) card.Value {
	tb.Helper()
	out, err := c.Run(tb.Context(), s.call(), in)
	if err != nil || !card.Changed(out) {
		tb.Fatalf("%s of %v answers %v (%v), want a change", c.Name, in, out, err)
	}
	return out
}

// differing returns the facts that differ between two states.
func differing(before, after Facts) Diff {
	diff := Diff{}
	side := func(facts Facts, fact string) string {
		if value := facts[fact]; value != nil {
			return fmt.Sprint(value)
		}
		return "∅"
	}
	for _, facts := range []Facts{before, after} {
		for fact := range facts {
			if was, is := side(before, fact), side(after, fact); was != is {
				diff[fact] = was + " → " + is
			}
		}
	}
	return diff
}
