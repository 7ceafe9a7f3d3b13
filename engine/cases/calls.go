package cases

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// on returns the connections of a service that the flow uses, sorted.
func (c *Case) on(service string) (names []string) {
	for _, use := range c.checked.Uses() {
		if use.Service == service {
			names = append(names, use.Name)
		}
	}
	return names
}

// nameOf returns the name of the calls of a card on a connection: that of the card or, if the flow uses several connections of its service, that of
// the connection, a dot, and that of the card.
func (c *Case) nameOf(one card.Card, connection string) string {
	if !one.NoConnection && len(c.on(one.Service())) > 1 {
		return connection + "." + one.Name
	}
	return one.Name
}

// split splits a name at the connection of the flow before its first dots. The connection is empty if there is none.
func (c *Case) split(name string) (connection, rest string) {
	for _, use := range c.checked.Uses() {
		if after, ok := strings.CutPrefix(name, use.Name+"."); ok && len(use.Name) > len(connection) {
			connection, rest = use.Name, after
		}
	}
	return connection, rest
}

// calls returns the card of a name in `calls`, and reports a name that is not one, or that could be that of calls on several connections.
func (p *preparation) calls(n *flow.Node) (c card.Card, ok bool) {
	if _, isCard := p.suite.Cards[n.Text]; !isCard {
		connection, rest := p.split(n.Text)
		if c, ok = p.suite.Cards[rest]; ok && !c.NoConnection && slices.Contains(p.on(c.Service()), connection) {
			return c, true
		}
	}
	if c, ok = p.card(n); !ok || c.NoConnection {
		return c, ok
	}
	return c, !p.ambiguous(n, p.on(c.Service()))
}

// ambiguous reports a name that lacks one of several connections.
func (p *preparation) ambiguous(n *flow.Node, connections []string) bool {
	if len(connections) < 2 {
		return false
	}
	p.problem(n, check.CodeUnknownConnection, fmt.Sprintf("such as %s.%s", connections[0], n.Text),
		"flow %q uses the connections %s: write one of them before %q", p.Flow, strings.Join(connections, " and "), n.Text)
	return true
}

// unchanged checks the name of a part of an org.
func (p *preparation) unchanged(n *flow.Node) {
	connection, part := p.part(n.Text)
	if part == n.Text {
		if p.section(n, p.org) {
			conn, _ := p.suite.Workspace.Connection(p.org)
			p.ambiguous(n, p.on(conn.Type.Text))
		}
		return
	}
	if keys := p.suite.seedOf(connection).Keys; !slices.Contains(keys, part) {
		p.problem(n, flow.CodeUnknownKey, words.Hint("keys", part, keys), "a seed of %q has no %q", connection, part)
	}
}

// part returns the connection and the part of its state that a name in `unchanged` means: without a connection, it is a part of the org.
func (c *Case) part(name string) (connection, part string) {
	connection, part = c.split(name)
	if _, simulated := c.seeds[connection]; !simulated {
		return c.org, name
	}
	return connection, part
}

// called returns the name, as nameOf has it, of the calls that a test names.
func (c *Case) called(name string) string {
	if one, ok := c.suite.Cards[name]; ok {
		return one.Name
	}
	connection, rest := c.split(name)
	return c.nameOf(c.suite.Cards[rest], connection)
}

// written counts the calls that changed something, and those that may have, by name.
func (r *Result) written() (changed, doubts map[string]int) {
	changed, doubts = map[string]int{}, map[string]int{}
	for _, call := range r.Calls {
		if call.Changed {
			changed[call.Name]++
		}
		if call.InDoubt {
			doubts[call.Name]++
		}
	}
	return changed, doubts
}

// compareCalls compares how many calls changed something. One that may have been done is neither counted nor nothing: it is expected by itself.
func (c *Case) compareCalls(m matcher, r *Result) {
	calls, inDoubt := c.at("expect", "calls"), c.at("expect", "in_doubt")
	changed, doubts := r.written()
	counts := func(what string, expected *flow.Node, counted map[string]int) map[string]bool {
		named := map[string]bool{}
		if expected == nil {
			return named
		}
		for _, field := range expected.Fields {
			name := c.called(field.Key.Text)
			named[name] = true
			if want, _ := field.Value.Value.(int); want != counted[name] {
				m.fail(field.Value, what+"."+field.Key.Text, want, counted[name])
			}
		}
		return named
	}
	doubted := counts("in_doubt", inDoubt, doubts)
	named := counts("calls", calls, changed)
	if calls == nil {
		return
	}
	if len(calls.Fields) == 0 && len(changed) > 0 {
		m.fail(calls, "calls", map[string]any{}, counted(changed))
	}
	for _, name := range slices.Sorted(maps.Keys(doubts)) {
		if (len(calls.Fields) == 0 || named[name]) && !doubted[name] {
			m.fail(calls, "in_doubt."+name, 0, doubts[name])
		}
	}
}

// ending is what is known of a call when its last attempt has ended.
type ending struct{ changed, doubt bool }

// endings are those of the calls of all runs, by the ids of the runs and of their places. It is safe for concurrent use.
type endings struct {
	mu  sync.Mutex
	all map[[2]string]ending
}

// of returns the listener of a run.
func (e *endings) of(run string) endingsOf { return endingsOf{e, run} }

type endingsOf struct {
	*endings
	run string
}

// See notes how a call ended.
func (e endingsOf) See(event engine.Event) {
	if event.Kind != engine.Wrote && event.Kind != engine.InDoubt {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	at := [2]string{e.run, event.Place.ID()}
	known := e.all[at]
	known.changed = known.changed || event.Kind == engine.Wrote && event.Changed
	known.doubt = known.doubt || event.Kind == engine.InDoubt
	e.all[at] = known
}

// Done does nothing.
func (endingsOf) Done() {}
