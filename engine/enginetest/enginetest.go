// Package enginetest is the conformance suite of engine.Runtime: tests that every Runtime must pass, and the fake cards
// that they use. It is also that of engine.Journal, with a Journal in memory that can crash.
//
// It knows the interpreter but no Runtime: each Runtime's own test runs the suite with a Host. The cards run in the
// process of the test and wait for events there. Flows and bodies wait only in effects of the Runtime, which may be in
// another process or have its own clock.
package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A Host makes the Runtimes that the suite tests.
type Host struct {
	// Run calls body with a new Runtime, on the goroutine that the Runtime requires. cancel cancels the run. It is
	// called by cards and timers of the suite, never by body, and after it returns nothing new starts. Run fails the
	// test if something that body started continues after Run has returned.
	Run func(t *testing.T, s Setup, body func(t *testing.T, rt engine.Runtime, cancel func()))
	// Unit is the length of a short wait. Waits that the suite does not end early take a few units.
	Unit time.Duration
	// Virtual means that time only passes while everything waits. The suite then expects exact durations; otherwise it
	// expects that nothing takes less time.
	Virtual bool
}

// Planned is a Runtime that needs the plan of its run, because parts of it run in other processes.
type Planned interface {
	Runs(*engine.Plan) // called before the run
}

// Setup configures a Runtime.
type Setup struct {
	Run    string                                  // the run's id
	Cards  card.Set                                // called in the test's process
	Listen func(engine.Event)                      // nil: there is no listener
	Start  func(flow string, s engine.Start) error // starts a run, once for each id; nil: no flow can be started
	// Respond keeps the answer to the request that started the run; nil: there is no request.
	Respond func(at engine.Place, r engine.Response) error
	// Await asks a person, until ctx ends; nil: nobody can be asked.
	Await  func(ctx context.Context, at engine.Place, a engine.Approval) (engine.Decision, error)
	Keeper engine.Keeper // nil: nothing is kept
}

// tests are the tests of one subject, by name.
type tests map[string]func(*testing.T, Host)

// Run runs the suite for the Runtimes of a host.
func Run(t *testing.T, host Host) {
	for _, subject := range []tests{
		streams, forks, limits, cancels, values, starts, responses, approvals, keepers, // the Runtime alone
		budgets, retries, endings, verbs, tries, dryRuns, undecidables, events, doubts, secrets, places, narrowing, picks, cuts, heldValues, composed, // the interpreter on the Runtime
	} {
		for name, test := range subject {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, host)
			})
		}
	}
}
