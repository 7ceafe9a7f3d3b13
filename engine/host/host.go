// Package host runs the flows of a workspace in this process: it opens and checks the workspace, opens its connections,
// runs flows and the flows that they start, counts events, and reports the result.
//
//	Open ──▶ Workspace ──Check──▶ Checked ──Run──▶ Report
//	             └────────Connect──▶ Connections ──┘
//
// It must not know flags, terminals, exit codes or cards: a program passes cards and services in a Config, and decides
// what to show of a Report. Its errors have types: ProblemsError, UsageError, NoWorkspaceError and ConnectionError; the
// error of an interrupted operation wraps engine.ErrCanceled.
//
// Concurrent runs may share a Checked flow and its Connections.
package host

import (
	"context"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Config configures a workspace.
type Config struct {
	Cards    card.Set                // the cards that flows may call
	Triggers card.Triggers           // what events and polls of flows may name
	Services map[string]card.Service // the services that connections may reach, by name
	// Secret resolves a reference to a secret, such as {env: OKTA_API_TOKEN}, of the workspace in dir. It must return
	// when ctx ends. nil: every reference is an error.
	Secret func(ctx context.Context, dir string, reference card.Value) (card.Secret, error)
	// Trust is called before a reference is resolved, unless the secret stays on this machine: see Workspace.Stakes. If it returns an error, so
	// does Connect, and the reference is not resolved. nil: every workspace is trusted.
	Trust   func(context.Context, *Workspace) error
	Grants  card.Grants // what people have allowed connections; nil: nothing can be kept
	State   string      // the folder of runs and simulated orgs; empty: .flowdeck in the workspace's folder
	Product string      // "flowdeck/1.2.3", for the logs of services
	Clock   clock.Clock // nil: clock.System
	// Person is who uses this process, as approvals know people: the account of the machine. It is that of each run that no trigger starts. Empty: not known.
	Person string
	// Key returns the secret with which the history encrypts secrets, a key or a passphrase. nil, or an empty key: secrets are not kept.
	Key func() ([]byte, error)
	// Keyed makes the chains of hashes of runs with a key that is made of Key: see store.Config.
	Keyed bool
	// Waiting is called before a connection that could not be opened is tried again. nil: nothing is called.
	Waiting func(connection string, wait time.Duration, err error)
	// Veil learns the secrets of connections and runs. It hides them in errors, identities, options, results and the
	// report's JSON. A program that shows anything else should write it through the same Veil. nil: a new one.
	Veil *veil.Veil

	fetch     func(ctx context.Context, run string) error // see Workspace.FetchWith
	observers []Observer                                  // see Workspace.Observe
	exchanged func(card.Exchange)                         // see Workspace.ShowRequests
}
