// Package cardstest holds every card to its spec: the spec is complete, the example checks and runs on the service's
// simulated server, the card needs the scopes that it declares and no other, and it does what its effect, its undo
// and its other functions say.
//
// It knows no service. A Bench describes one; the benches of ours are in the tests of this package.
package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Bench is what the suite must know of a service.
type Bench struct {
	Service card.Service // opens the connections; the zero Service if no card needs one
	Cards   []card.Card

	// Start starts a simulated server in the state on which every example works. scopes are those of the credential
	// that it gives; nil means every scope. The server must stop when the test ends. A nil Start means that there is no server.
	Start func(tb testing.TB, scopes []string) Server

	// Allowing returns the first of some scopes that allows a request, by the description of the service and not by
	// the simulated server; empty if none does. nil: the service has no scopes.
	Allowing func(tb testing.TB, scopes []string, r Request) string

	// Raw is the cards whose scopes depend on their input, so that they declare none, with those that their
	// examples need. Nothing is known of what they change, so that they have no Before.
	Raw map[string][]string

	Calls   map[string][]Case // by card: calls to take back in addition to the example
	Rest    map[string]Diff   // by card: what still differs when the example was taken back
	Unnamed map[string]string // by card: why its target has an id for which Before finds no name
	Unseen  map[string]bool   // cards whose undo leaves what no dump shows, such as a password
}

// Case is a call of a card, and what still differs when it was taken back.
type Case struct {
	In   map[string]card.Value
	Rest Diff
}

// Diff is the facts that differ: "ACTIVE → SUSPENDED". A fact that one side does not have is "∅" there.
type Diff map[string]string

// Server is a simulated server that was started.
type Server struct {
	Config   map[string]card.Value // a connection to it, as in flowdeck.yaml, without its type
	Secret   string                // the value of every reference in Config
	Requests func() []Request      // that were made so far, in their order
	Dump     func() Facts          // its whole state

	// State is what Before must find out for a call, made from the dump.
	State func(c card.Card, in map[string]card.Value) card.State
}

// Facts is a state, fact by fact: {"user ada@acme.example status": "ACTIVE"}. A fact that is nil is as good as none.
type Facts map[string]card.Value

// Request is a request that a card made, as far as its scopes depend on it.
type Request struct{ Method, Path string }

// rule is one thing that every card must satisfy.
type rule struct {
	name string
	hold func(testing.TB, Bench, card.Card)
}

var rules = []rule{
	{"spec is complete", completeSpec},
	{"example needs exactly its scopes", exactScopes},
	{"scopes are those of the service's description", describedScopes},
	{"effect is as declared", declaredEffect},
	{"before is the state of the server", rightBefore},
	{"target names what it acts on", namedTarget},
	{"did finds out what happened", rightDid},
	{"back undoes as far as declared", declaredUndo},
}

// Run holds every card of a service to its spec.
func Run(t *testing.T, b Bench) {
	for _, c := range b.Cards {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, rule := range rules {
				t.Run(rule.name, func(t *testing.T) {
					t.Parallel()
					rule.hold(t, b, c)
				})
			}
		})
	}
}

// set is the cards of a bench.
func (b Bench) set() card.Set { return card.NewSet(b.Cards...) }

// raw reports whether the scopes of a card depend on its input.
func (b Bench) raw(c card.Card) bool {
	_, raw := b.Raw[c.Name]
	return raw
}

// scopes are the scopes that the example of a card needs.
func (b Bench) scopes(c card.Card) []string {
	if b.raw(c) {
		return b.Raw[c.Name]
	}
	return append([]string{}, c.Scopes...)
}
