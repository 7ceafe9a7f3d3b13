package machines

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// jobs are the runs that a worker knows: their checked flows, and the connections with which they were started. It is safe for concurrent use.
type jobs struct {
	workspace *host.Workspace
	read      func(ctx context.Context, run string) (temporal.Job, error)

	mu    sync.Mutex
	known map[string]known           // by the id of the first run of a chain of starts
	flows map[[32]byte]*host.Checked // by their sources: many runs are of one flow
}

// known is the first run of a chain of starts.
type known struct {
	run   store.Run // its id and connections
	flow  *host.Checked
	holds holding // to its plan; nil if it has none
}

// mostKnown is the number of runs that are kept: more are read again.
const mostKnown = 1000

// waitForJob is the time in which a run must have been read.
const waitForJob = 30 * time.Second

func newJobs(w *host.Workspace, read func(context.Context, string) (temporal.Job, error)) *jobs {
	return &jobs{workspace: w, read: read, known: map[string]known{}, flows: map[[32]byte]*host.Checked{}}
}

// plan returns the plan of a run. It is called in workflow code, which must not go on without it.
func (j *jobs) plan(o temporal.Origin) (*engine.Plan, error) {
	ctx, cancel := context.WithTimeout(context.Background(), waitForJob)
	defer cancel()
	of, err := j.of(ctx, o.Run)
	if err != nil {
		return nil, err
	}
	plan := of.flow.PlanOf(o.Flow)
	switch {
	case plan == nil:
		return nil, fmt.Errorf("run %s cannot start flow %q", o.Run, o.Flow)
	case o.Digest != "" && plan.Digest() != o.Digest:
		return nil, fmt.Errorf("this version of flowdeck would run flow %q in another way than the one that started run %s", o.Flow, o.Run)
	}
	return plan, nil
}

// of returns the run at the start of the chain of a run.
func (j *jobs) of(ctx context.Context, run string) (known, error) {
	root, _, _ := strings.Cut(run, ".")
	j.mu.Lock()
	of, ok := j.known[root]
	j.mu.Unlock()
	if ok {
		return of, nil
	}
	job, err := j.read(ctx, root)
	if err != nil {
		return of, err
	}
	text, err := json.Marshal([]any{job.Settings, job.Sources, job.Flow, job.Start.Connections})
	if err != nil {
		return of, err
	}
	sum := sha256.Sum256(text)
	j.mu.Lock()
	of.flow = j.flows[sum]
	j.mu.Unlock()
	if of.flow == nil {
		if _, of.flow, err = j.workspace.CheckElsewhere(job.Settings, job.Sources, job.Flow, job.Start.Connections); err != nil {
			return of, err
		}
	}
	plan, err := unpacked(job.Plan)
	if err != nil {
		return of, err
	}
	if plan != nil {
		of.holds = j.workspace.HoldElsewhere(plan)
	}
	j.workspace.Hides(of.flow.Plan, job.Start)
	of.run = store.Run{ID: root, Connections: kept(job.Connections)}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.known) >= mostKnown {
		clear(j.known)
		clear(j.flows)
	}
	j.known[root], j.flows[sum] = of, of.flow
	return of, nil
}
