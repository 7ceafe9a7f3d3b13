// Package serve starts the flows of a workspace by their triggers, until it is stopped.
//
//	schedules ─┐
//	requests  ─┤
//	events    ─┼─▶ store.Occasion ─▶ dispatcher ─▶ host.Run
//	polls     ─┘                                   or Elsewhere
//
// Everything that starts a flow is first an occasion in the store, with an identity, so that it starts one run: also after a crash, or
// if two processes serve the workspace. One of these leads; the others wait to take its place.
//
// The package must not know flags, terminals or exit codes.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Config configures a Server.
type Config struct {
	Workspace   *host.Workspace
	Clock       clock.Clock // nil: clock.System
	Log         *slog.Logger
	Runs        int           // the number of runs at a time; 0: DefaultRuns
	Memory      uint64        // the bytes of memory that all runs together may take; 0: any number
	Grace       time.Duration // how long records in flight may take when the server stops; 0: DefaultGrace
	MostWaiting int           // the number of occasions that wait at most; 0: MostWaiting
	// Elsewhere is where runs go on; nil: in this process.
	Elsewhere Elsewhere
	// Listen returns the listeners of a run in this process. nil: there are none.
	Listen func(host.Begun) []host.Listener
	// Lost returns how much that monitoring should have received was not delivered, by kind. nil: there is nothing to deliver.
	Lost func() map[string]int64
}

// The defaults of Config.
const (
	DefaultRuns  = 32
	DefaultGrace = 30 * time.Second
)

// Server serves one workspace.
type Server struct {
	Config
	history *store.Store
	flows   *catalogue
	pool    *host.Pool

	wake chan struct{} // has room for one: there may be something to dispatch
	runs *running

	callers callers
	address *url.URL // at which services reach /events; nil: at none
	readers readers

	status  atomic.Pointer[Status]
	backlog backlog
	held    atomic.Pointer[[]Change]
	metrics *metrics
	memory  memory
}

// New returns a server for a workspace whose flows have no problems, and can run where they should. Otherwise the error is a host.ProblemsError.
func New(c Config) (*Server, error) {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Runs == 0 {
		c.Runs = DefaultRuns
	}
	if c.Grace == 0 {
		c.Grace = DefaultGrace
	}
	if c.MostWaiting == 0 {
		c.MostWaiting = MostWaiting
	}
	flows, err := newCatalogue(c.Workspace, c.Elsewhere)
	if err != nil {
		return nil, err
	}
	history, err := c.Workspace.History()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config: c, history: history, flows: flows, pool: c.Workspace.NewPool(), wake: make(chan struct{}, 1), runs: newRunning(),
		memory: memory{most: c.Memory, runs: map[*tenant]bool{}},
	}
	s.metrics = newMetrics(s)
	c.Workspace.Observe(s.metrics, logs{c.Log})
	s.enter(Starting)
	return s, nil
}

// errStopped is why runs are parked: see parkedReason.
var errStopped = errors.New(parkedReason)

// parkedReason is the reason of a run that is paused because its server stopped. The next one resumes it.
const parkedReason = "the server stopped; the next one goes on with it"

// Run serves until ctx ends: then it starts nothing more, lets records in flight end within the grace time, parks the runs, and returns nil. It
// returns an error if it cannot go on.
func (s *Server) Run(ctx context.Context) error {
	defer s.enter(Stopping)
	asked := ctx
	ctx, fail := context.WithCancelCause(ctx)
	var loops sync.WaitGroup
	defer loops.Wait()
	loop := func(run func(context.Context) error) {
		loops.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				fail(err)
			}
		})
	}
	defer fail(nil)
	loop(s.watchMemory)
	loop(s.reload) // also while it stands by: requests are answered, and it may lead at any time
	lead, err := s.lead(ctx)
	if err != nil {
		if asked.Err() != nil {
			return nil
		}
		return err
	}
	if s.Status() == StandingBy {
		s.Log.Info("leading")
	}
	s.enter(Leading)
	// Runs outlive ctx until they are parked.
	park, parked := context.WithCancelCause(context.WithoutCancel(ctx))
	abort, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	loop(newDispatcher(s, lead, park, abort).run)
	loop((&scheduler{Server: s, lead: lead}).run)
	loop((&registrar{Server: s, lead: lead, failed: map[string]failure{}}).run)
	loop(newPolls(s, lead).run)
	<-ctx.Done()
	s.enter(Stopping)
	loops.Wait()
	if n := s.runs.number(); n > 0 && s.Elsewhere == nil {
		s.Log.Info("stopping: no new record starts, and records in flight finish", "runs", n)
	}
	parked(errStopped)
	ended := make(chan struct{})
	go func() { defer close(ended); s.runs.wait() }()
	timer := time.NewTimer(s.Grace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		s.Log.Warn("the grace time is over: records in flight are cut off", "seconds", s.Grace.Seconds())
		cutOff()
		<-ended
	}
	err = errors.Join(lead.Resign(context.WithoutCancel(ctx)), s.pool.Close())
	if asked.Err() == nil { // a loop failed
		err = errors.Join(context.Cause(ctx), err)
	}
	return err
}

// lead waits until this process leads.
func (s *Server) lead(ctx context.Context) (*store.Leadership, error) {
	var heartbeat, silent time.Time
	looks := 0 // since the heartbeat of the leader was another one
	for first := true; ; first = false {
		if err := s.history.InPlace(); err != nil {
			return nil, err
		}
		lead, err := s.history.Lead(ctx, silent)
		led := (*store.LedError)(nil)
		if !errors.As(err, &led) {
			return lead, err
		}
		if first {
			s.enter(StandingBy)
			s.Log.Warn("standing by", "reason", led)
		}
		if looks++; !led.Heartbeat.Equal(heartbeat) {
			heartbeat, looks = led.Heartbeat, 0
		}
		if looks == patient {
			silent = heartbeat
			s.Log.Warn("the server that leads is suspended or out of reach: this one takes over", "process", led.PID, "host", led.Host)
		}
		if err := s.pause(ctx, standBy); err != nil {
			return nil, err
		}
	}
}

const (
	// standBy is the time between two tries to lead.
	standBy = 2 * time.Second
	// patient is the number of looks without a heartbeat after which a server takes over: 40 seconds, in which eight are due. Looks are
	// counted, because clocks jump, and the whole machine may have been suspended.
	patient = 20
)

func (s *Server) pause(ctx context.Context, length time.Duration) error {
	return s.Clock.Sleep(ctx, s.Clock.Now().Add(length))
}

// Wake makes the server look for occasions at once. It does not block.
func (s *Server) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// by names a trigger as what started a run.
func by(o store.Occasion) string {
	if o.By != "" {
		return o.By
	}
	return fmt.Sprintf("trigger %s", o.Trigger)
}
