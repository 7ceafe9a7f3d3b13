// Package host runs the flows of a workspace in this process: it opens and checks the workspace, opens its
// connections, runs flows and the flows that they start, counts what happens, and reports it.
//
//	Open ──▶ Workspace ──Check──▶ Checked ──Run──▶ Report
//	             └────────Connect──▶ Connections ──┘
//
// It has no flag, no terminal and no exit code, and it knows no card: a program passes cards and services in a Config,
// and decides what to show of a Report. Its errors have types: ProblemsError, UsageError, NoWorkspaceError and
// ConnectionError; an error of what was interrupted wraps engine.ErrCanceled.
//
// Many runs at a time may share a Checked flow and its Connections.
package host

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Config is what a program passes to the workspace that it opens.
type Config struct {
	Cards    card.Set                // the cards that flows may call
	Services map[string]card.Service // the services that connections may reach, by name
	// Secret resolves a reference to a secret, such as {env: OKTA_API_TOKEN}, of the workspace in dir. nil: every
	// reference is an error. When ctx ends, so must the search.
	Secret  func(ctx context.Context, dir string, reference card.Value) (card.Secret, error)
	State   string      // the folder of runs and simulated orgs; empty: .flowdeck in the workspace's folder
	Product string      // "flowdeck/1.2.3", for the logs of services
	Clock   clock.Clock // nil: clock.System
	// Veil learns the secrets of connections and runs. Errors, identities, options, results and the report's JSON are
	// hidden by it. A program that shows more writes through the same Veil. nil: a new one.
	Veil *veil.Veil
}
