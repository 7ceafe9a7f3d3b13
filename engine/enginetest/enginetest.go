// Package enginetest is the conformance suite of engine.Runtime: what every Runtime must do, as tests, and the fake
// cards that they use.
//
// It knows the interpreter and no Runtime: each Runtime's own test runs it with a Host. Its cards run in the process of
// the test and wait for events there; its flows and bodies wait only in effects of the Runtime, which may be in another
// process or keep a time of its own.
package enginetest

import (
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A Host makes the Runtimes that the suite tests.
type Host struct {
	// Run calls body with a new Runtime, on the goroutine that is right for it. cancel cancels the run; it is called by
	// cards and timers of the suite, never by body, and after it returns nothing new starts. The test fails if
	// something that body started goes on after Run has returned.
	Run func(t *testing.T, s Setup, body func(t *testing.T, rt engine.Runtime, cancel func()))
	// Unit is the length of a short wait. Waits that the suite does not end early are a few units long.
	Unit time.Duration
	// Virtual is set where time passes only while everything waits: the suite then expects the exact length of all
	// that takes time. Otherwise it expects no less than that.
	Virtual bool
}

// Setup is what a Runtime runs with.
type Setup struct {
	Run    string                                  // the run's id
	Cards  card.Set                                // called in the test's process
	Listen func(engine.Event)                      // nil: nobody listens
	Start  func(flow string, s engine.Start) error // starts a run, once for each id; nil: none can be started
	Keeper engine.Keeper                           // nil: nothing is kept
}

// tests are the tests of one subject, by what they show.
type tests map[string]func(*testing.T, Host)

// Run tests the Runtimes of a host.
func Run(t *testing.T, host Host) {
	for _, subject := range []tests{
		streams, forks, limits, cancels, values, starts, keepers, // of a Runtime alone
		budgets, retries, endings, verbs, tries, dryRuns, events, doubts, secrets, places, // of the interpreter on it
	} {
		for name, test := range subject {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, host)
			})
		}
	}
}
