// Package machines runs the flows of a workspace on several machines: workers that share a Temporal server. It has the worker, and what a person asks of such
// runs from any machine that has the workspace, its key and the address of the server.
//
// Package temporal has the workflows. This package connects them to a workspace: it opens connections, checks flows, and makes reports. It must not know
// flags, terminals or Temporal's SDK.
package machines

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Runs are the runs of a workspace on a Temporal server. It is safe for concurrent use.
type Runs struct {
	client    *temporal.Client
	workspace *host.Workspace
	server    Server
	queues    queues
}

// Open connects to a server. key is FLOWDECK_KEY. The error is a UsageError, or a ConnectionError if the server cannot be reached.
func Open(ctx context.Context, w *host.Workspace, s Server, key string) (*Runs, error) {
	client, err := s.dial(ctx, w, key, nil)
	if err != nil {
		return nil, err
	}
	return &Runs{client: client, workspace: w, server: s, queues: queues{client.Mark}}, nil
}

// Close ends the connection to the server. The runs go on.
func (r *Runs) Close() { r.client.Close() }

// Server returns the server for people.
func (r *Runs) Server() string { return r.server.String() }

// Unserved returns what no worker with the same key takes the tasks of, for people: runs, or calls of the connections of a run of a flow, each of which leads
// to the org that the run was started for. It is empty if the run can go on. With nil as the flow, it is not known on which connections the run writes.
func (r *Runs) Unserved(ctx context.Context, flow *host.Checked, on []store.Connection) (all []string, err error) {
	served, err := r.client.Served(ctx, r.queues.runs(), false)
	if err != nil {
		return nil, err
	}
	if !served {
		return []string{"runs"}, nil
	}
	for _, to := range on {
		what := fmt.Sprintf("connection %s to %s", to.Name, to.Org)
		served, err := r.client.Served(ctx, r.queues.calls(temporal.Connected(to), false), true)
		if err == nil && served && flow != nil && flow.WritesTo(engine.Use{Service: to.Service, Name: to.Name}) {
			what = "writes of " + what
			served, err = r.client.Served(ctx, r.queues.calls(temporal.Connected(to), true), true)
		}
		if err != nil {
			return nil, err
		}
		if !served && !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	return all, nil
}

// Order is a run to start.
type Order struct {
	Flow       *host.Checked
	On         *host.Connections
	Start      engine.Start // with inputs and picks
	Plan       *host.Plan   // to which the run is held; nil: to none
	MaxChanges *int         // how many changes it may make before it pauses; nil for no limit
}

// Start starts a run, and returns it. It does not wait for a worker. The error is that of Refuse if the flow cannot run there, or of host.Plan.Fits if it
// cannot be held to the plan.
func (r *Runs) Start(ctx context.Context, o Order) (*Run, error) {
	if err := Refuse(o.Flow, o.MaxChanges); err != nil {
		return nil, err
	}
	o.Start = r.workspace.NewRun(o.Flow, o.On, o.Start)
	job, err := o.job(ctx, r.workspace)
	if err == nil && o.Plan != nil {
		err = o.hold(&job)
	}
	if err == nil {
		err = r.client.Start(ctx, r.queues.runs(), job)
	}
	if err != nil {
		return nil, err
	}
	return r.Find(ctx, o.Start.Run)
}

// job returns what the run is started with. It counts the lists of percentages.
func (o Order) job(ctx context.Context, w *host.Workspace) (temporal.Job, error) {
	plan := o.Flow.Plan
	bounds, err := w.Bounds(ctx, o.Flow, o.On, o.MaxChanges)
	return temporal.Job{
		Flow: plan.Flow, Start: o.Start, Origin: temporal.Origin{Run: o.Start.Run, Flow: plan.Flow, Digest: plan.Digest()},
		Sources: w.Sources(o.Flow), Settings: w.SettingsFile(), Connections: connected(o.On.Kept(o.Flow.Uses())), Limits: bounds,
	}, err
}

func connected(all []store.Connection) (to []temporal.Connected) {
	for _, c := range all {
		to = append(to, temporal.Connected(c))
	}
	return to
}

func kept(all []temporal.Connected) (to []store.Connection) {
	for _, c := range all {
		to = append(to, store.Connection(c))
	}
	return to
}
