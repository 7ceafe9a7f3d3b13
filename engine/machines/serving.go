package machines

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Serving are the runs of a server of a workspace, on a Temporal server: a serve.Elsewhere. It connects when it must, so that what starts flows can be accepted
// while the Temporal server is away.
type Serving struct {
	workspace *host.Workspace
	server    Server
	key       string

	mu   sync.Mutex
	runs *Runs // nil: it is not connected
}

// NewServing returns the runs of a server of a workspace. key is FLOWDECK_KEY. It does not connect; the error is a UsageError.
func NewServing(w *host.Workspace, s Server, key string) (*Serving, error) {
	if _, err := s.options(w, key); err != nil {
		return nil, err
	}
	return &Serving{workspace: w, server: s, key: key}, nil
}

// Close ends the connection. The runs go on.
func (s *Serving) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs != nil {
		s.runs.Close()
		s.runs = nil
	}
}

// answers is the time in which the Temporal server must answer.
const answers = 10 * time.Second

// connected calls ask with the runs on the Temporal server, and a context with the time for an answer.
func (s *Serving) connected(ctx context.Context, ask func(context.Context, *Runs) error) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	runs, err := s.open(ctx)
	if err != nil {
		return err
	}
	return ask(ctx, runs)
}

func (s *Serving) open(ctx context.Context) (*Runs, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		runs, err := Open(ctx, s.workspace, s.server, s.key)
		if err != nil {
			return nil, err
		}
		s.runs = runs
	}
	return s.runs, nil
}

// Refuses implements serve.Elsewhere.
func (*Serving) Refuses(f *host.Checked) string {
	if why := refusal(f, false); why != "" {
		return cannot(f, why)
	}
	return ""
}

// Start implements serve.Elsewhere.
func (s *Serving) Start(ctx context.Context, w *host.Workspace, f *host.Checked, on *host.Connections, start engine.Start) error {
	return s.connected(ctx, func(ctx context.Context, runs *Runs) error {
		job, err := Order{Flow: f, On: on, Start: start}.job(ctx, w)
		if err == nil {
			err = runs.client.Start(ctx, runs.queues.runs(), job)
		}
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.Conflict {
			return nil // an earlier try has arrived
		}
		return err
	})
}

// Has implements serve.Elsewhere.
func (s *Serving) Has(ctx context.Context, run string) (has bool, err error) {
	err = s.connected(ctx, func(ctx context.Context, runs *Runs) error {
		_, err := runs.client.Find(ctx, run)
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.NotFound && failure.Code == "" {
			return nil
		}
		has = err == nil
		return err
	})
	return has, err
}

// seldom is the time between two looks at a run that a server follows.
const seldom = time.Minute

// Await implements serve.Elsewhere.
func (s *Serving) Await(ctx context.Context, id string, waits func(why string)) (*host.Report, error) {
	var run *Run
	if err := s.connected(ctx, func(ctx context.Context, runs *Runs) (err error) {
		run, err = runs.Find(ctx, id)
		return err
	}); err != nil {
		return nil, err
	}
	past, err := run.follow(ctx, seldom, func(now *host.Past, unserved []string) bool {
		waits(waitsFor(now, unserved))
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case run.GoesOn():
		return nil, &card.Error{Kind: card.Unavailable, Message: s.server.String() + " does not say how run " + id + " ended"}
	}
	return past.Report, nil
}

// waitsFor returns what a run waits for; empty if it goes on.
func waitsFor(now *host.Past, unserved []string) string {
	switch {
	case len(unserved) > 0:
		return "no worker serves " + strings.Join(unserved, ", ")
	case now.Run.Status == store.Paused:
		return now.Run.Reason
	case len(now.Report.Doubts) > 0:
		return "a write may have been done; 'flowdeck runs show' says which, and 'flowdeck resume' decides"
	case now.Report.WaitsForApproval():
		return "waits for an approval"
	}
	return ""
}

// Stop implements serve.Elsewhere.
func (s *Serving) Stop(ctx context.Context, run string) error {
	return s.connected(ctx, func(ctx context.Context, runs *Runs) error {
		return runs.client.Stop(ctx, run, temporal.Stopped{By: "flowdeck serve"})
	})
}
