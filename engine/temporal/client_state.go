package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"go.temporal.io/api/serviceerror"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Whole is the State of a run together with those of its streams and their chunks.
type Whole struct {
	Status    Status            // Stopping if the run is being stopped, Pausing if it pauses, otherwise Waiting if one of its workflows does
	Paused    *Paused           // nil unless it pauses
	Stopped   *Stopped          // nil unless it is being stopped
	Sums      []json.RawMessage // the counts of its workflows, which add up to those of the run
	Approvals []Asked
	Doubts    []Doubted
	Answered  []Answered
	Resumed   []Resumed      // each time that the run was resumed, without Limits
	Secrets   []string       // texts that must not be shown
	Bounds    []engine.Bound // the limits of the run
	Limits    []Limited      // the lowest of each measure, and what was used
}

// Asked is an approval that waits for a decision, and the id of the workflow that asks.
type Asked struct {
	Workflow string
	Pending
}

// Doubted is a write in doubt, and the id of the workflow that made it.
type Doubted struct {
	Workflow string
	Doubt
}

// mostAsked is the number of workflows that are asked at the same time.
const mostAsked = 16

// State asks a run, and its streams and chunks, for their states. The answers are of slightly different times. Without a worker that knows the
// run, the error has the kind timeout after some seconds, and the code CodeStuck if a worker has said why it cannot go on with the run.
func (c *Client) State(ctx context.Context, run string) (w Whole, err error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	root, err := c.state(ctx, run)
	if err != nil || root.Sum == nil {
		if why := c.stuck(caller, run); why != "" {
			return w, &card.Error{Kind: card.Timeout, Code: CodeStuck, Message: why, Err: err}
		}
	}
	if err != nil {
		return w, err
	}
	w.Status, w.Paused, w.Stopped, w.Bounds, w.Limits, w.Resumed = root.Status, root.Paused, root.Stopped, root.Bounds, root.Limits, root.Resumed
	w.add(run, root)
	for children := root.Children; len(children) > 0; { // a level of the tree at a time: streams, their chunks, and so on
		states, err := c.states(ctx, children)
		if err != nil {
			return w, err
		}
		var next []Child
		for i, s := range states {
			w.add(children[i].ID, s)
			w.Limits = AddLimits(w.Limits, s.Limits)
			next = append(next, s.Children...)
		}
		children = next
	}
	return w, nil
}

func (w *Whole) add(id string, s State) {
	if s.Sum != nil {
		w.Sums = append(w.Sums, s.Sum)
	}
	for _, p := range s.Approvals {
		w.Approvals = append(w.Approvals, Asked{id, p})
	}
	w.Answered, w.Secrets = append(w.Answered, s.Answered...), append(w.Secrets, s.Secrets...)
	for _, d := range s.Doubts {
		w.Doubts = append(w.Doubts, Doubted{id, d})
	}
	if w.Status == Running && s.Status == Waiting {
		w.Status = Waiting
	}
}

// states asks several workflows. One that has not started yet has the zero State.
func (c *Client) states(ctx context.Context, of []Child) ([]State, error) {
	states, errs := make([]State, len(of)), make([]error, len(of))
	turns := make(chan struct{}, mostAsked)
	var asking sync.WaitGroup
	for i, child := range of {
		turns <- struct{}{}
		asking.Go(func() {
			defer func() { <-turns }()
			states[i], errs[i] = c.state(ctx, child.ID)
			if failure := (*card.Error)(nil); errors.As(errs[i], &failure) && failure.Kind == card.NotFound {
				errs[i] = nil
			}
		})
	}
	asking.Wait()
	return states, errors.Join(errs...)
}

func (c *Client) state(ctx context.Context, id string) (s State, err error) {
	answer, err := c.sdk.QueryWorkflow(ctx, id, "", StateQuery)
	if early := (*serviceerror.WorkflowNotReady)(nil); errors.As(err, &early) { // no worker has taken it yet
		return State{Status: Running}, nil
	}
	if none := (*serviceerror.FailedPrecondition)(nil); errors.As(err, &none) { // no worker has asked for tasks for some minutes
		return s, &card.Error{Kind: card.Timeout, Message: "no worker answers for " + id, Err: err}
	}
	if err == nil {
		err = answer.Get(&s)
	}
	return s, c.failed("ask "+id, err)
}
