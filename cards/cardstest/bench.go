// Package cardstest checks every card against its spec: the spec is complete; the example passes the check and runs
// on the simulated server of the service; the card needs exactly the scopes that it declares; and its effect, its
// undo and its functions behave as declared.
//
// The package does not know any service. A Bench describes one. The benches of this module are in the package's
// tests.
package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Bench describes a service to the suite. The suite calls its functions concurrently.
type Bench struct {
	Service card.Service // opens the connections; the zero Service if no card needs one
	Cards   []card.Card

	// Start starts a simulated server in a state in which every example works. scopes are the scopes of the server's
	// credential; nil means every scope. The server must stop when the test ends. Nil if the service has no server.
	Start func(tb testing.TB, scopes []string) Server

	// Allowing returns the first of scopes that allows a request, according to the service's own description and not
	// to the simulated server; "" if none does. Nil if the service has no scopes.
	Allowing func(tb testing.TB, scopes []string, r Request) string

	// Short: the service has one kind of resource, which the names of its cards leave out: service.verb.
	Short bool

	// Raw maps the names of cards whose scopes depend on their input to the scopes of their examples. Such a card
	// declares no scopes. Its changes are not known, so it has no Before.
	Raw map[string][]string

	// Secrets are the values of the inputs that examples use for secrets, as in ${ inputs.password }. Nobody may write a secret in
	// a flow.
	Secrets map[string]string

	Calls   map[string][]Case // by card: calls to undo in addition to the example
	Rest    map[string]Diff   // by card: the remaining differences after the example was undone
	Unnamed map[string]string // by card: the reason why Before finds no name for an id in the target
	Unseen  map[string]bool   // cards whose undo leaves a difference that no dump shows, such as a password

	More map[string][]Case // by card: calls to predict in addition to the example and Calls; they may change nothing

	// Unpredicted has, by card, the reason why it has no After, and Doubtful the reason why its After may predict a change that is none.
	Unpredicted, Doubtful map[string]string

	Retracts map[string]bool // cards that take back what they did if a later request fails

	// MoreReads has, by card, the reason why Before makes a second or third request.
	MoreReads map[string]string

	// Hidden has, by card, the reason why a call makes a change that the dump or Before does not show, such as a mail.
	Hidden map[string]string
}

// Case is a call of a card, and the remaining differences after it was undone.
type Case struct {
	In    map[string]card.Value
	Rest  Diff
	Found map[string]card.Value // inputs that find the thing after the call, if the call changes what it is found by
}

// Diff maps facts to their differences, such as "ACTIVE → SUSPENDED". A missing fact is shown as "∅".
type Diff map[string]string

// Server is a running simulated server.
type Server struct {
	Config    map[string]card.Value // the connection to it, as in flowdeck.yaml but without type
	Secret    string                // the value of every reference in Config
	Requests  func() []Request      // returns all requests so far, in order
	Dump      func() Facts          // returns the complete state
	Files     card.Files            // the files of calls; nil if there are none
	Tables    card.Tables           // the tables of calls; nil if there are none
	Workspace map[string]card.Value // more keys of flowdeck.yaml, such as tables
	Lose      func(nth int)         // makes the server do the nth request from now, counted from 0, and not answer it; nil if it cannot

	// State returns the state that Before must find before a call, taken from the dump.
	State func(c card.Card, in map[string]card.Value) card.State
}

// Facts is a state as a flat map, such as {"user ada@acme.example status": "ACTIVE"}. A nil fact counts as missing.
type Facts map[string]card.Value

// Request has the parts of a request on which its scopes depend.
type Request struct{ Method, Path string }

// rule is one requirement for every card.
type rule struct {
	name string
	hold func(testing.TB, Bench, card.Card)
}

var rules = []rule{
	{"spec is complete", completeSpec},
	{"example needs exactly its scopes", exactScopes},
	{"scopes are those of the service's description", describedScopes},
	{"effect is as declared", declaredEffect},
	{"only a lost answer to a write leaves a doubt", exactDoubt},
	{"before is the state of the server", rightBefore},
	{"after is what before reads then", rightAfter},
	{"dry run knows nothing that is not so", rightStandIn},
	{"target names what it acts on", namedTarget},
	{"did finds out what happened", rightDid},
	{"back undoes as far as declared", declaredUndo},
}

// Run checks every card of a service in parallel subtests.
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

// set returns the cards of a bench.
func (b Bench) set() card.Set { return card.NewSet(b.Cards...) }

// raw reports whether the scopes of a card depend on its input.
func (b Bench) raw(c card.Card) bool {
	_, raw := b.Raw[c.Name]
	return raw
}

// scopes returns the scopes that the example of a card needs.
func (b Bench) scopes(c card.Card) []string {
	if b.raw(c) {
		return b.Raw[c.Name]
	}
	return append([]string{}, c.Scopes...)
}
