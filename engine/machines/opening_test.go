package machines

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// served are the queues that a worker has taken tasks from.
type served struct {
	mu  sync.Mutex
	all []string
}

func (s *served) serve(w temporal.Worker) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, w.Queue)
	return func() {}, nil
}

func (s *served) queues() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// org is a connection to an org.
type org struct{}

func (org) Test(context.Context) (card.Identity, error) {
	return card.Identity{Org: "acme.okta.com", As: "ada"}, nil
}
func (org) Close() error { return nil }

// opening returns a worker of a workspace with two connections, to an org that can be reached while up is set, and to one whose token is empty.
func opening(t *testing.T, up *atomic.Bool, log *bytes.Buffer) *working {
	t.Helper()
	const settings = "connections:\n" +
		"  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: TOKEN}}}\n" +
		"  real: {type: okta, domain: beta.okta.com, auth: {api_token: {env: EMPTY}}}\n"
	w := workspace(t, map[string]string{"flowdeck.yaml": settings}, func(c *host.Config) {
		c.Cards, c.Services = cards.All(), cards.Services()
		c.Services["okta"] = c.Services["okta"].Opening(func(s card.Settings) (card.Connection, error) {
			switch {
			case s.Name == "real":
				return nil, &card.Error{Kind: card.Invalid, Message: "the environment variable EMPTY is empty"}
			case !up.Load():
				return nil, &card.Error{Kind: card.Unavailable, Code: card.CodeRefused, Message: "nothing listens"}
			}
			return org{}, nil
		})
	})
	one := &working{
		Worker: Worker{Workspace: w, Cards: cards.All(), Log: slog.New(slog.NewTextHandler(log, nil))}, pool: w.NewPool(), queues: queues{marked},
	}
	t.Cleanup(func() { _ = one.pool.Close() })
	return one
}

func TestAWorkerTakesOnlyCallsThatItCanMake(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		w, taken := opening(t, &up, &log), &served{}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.work(ctx, taken.serve) }()
		time.Sleep(2*reopens + time.Second) // of the bubble
		if got := taken.queues(); !slices.Equal(got, []string{"flowdeck-[runs]"}) {
			t.Errorf("before a connection is open, it serves %q", got)
		}
		up.Store(true)
		time.Sleep(reopens)
		if got := taken.queues(); len(got) != 3 || !strings.HasPrefix(got[1], "flowdeck-[runs]/okta/[org acme.okta.com") || got[1] != got[2]+"/reads" {
			t.Errorf("it serves %q", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for _, reason := range []string{"nothing listens", "EMPTY is empty"} {
		if n := strings.Count(log.String(), reason); n != 1 {
			t.Errorf("%q is %d times in the log:\n%s", reason, n, log.String())
		}
	}
}

func TestAWorkerWithAReadOnlyConnectionTakesOnlyCallsThatRead(t *testing.T) {
	t.Parallel()
	w, job, _ := aWorker(t, "read_only: true, ")
	taken := &served{}
	ctx, stop := context.WithCancel(t.Context())
	w.queues = queues{marked}
	ended := make(chan error, 1)
	go func() {
		ended <- w.work(ctx, func(one temporal.Worker) (func(), error) {
			if strings.Contains(one.Queue, "/okta/") {
				stop() // it ends when it has taken all that it takes
			}
			return taken.serve(one)
		})
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := taken.queues(); len(got) != 2 || !strings.HasSuffix(got[1], "/reads") {
		t.Errorf("it serves %q", got)
	}
	// Whether the flow may write was decided where the run was started.
	job.Sources["f.yaml"] = "flow: f\nsteps:\n  - card: okta.user.suspend\n    with: {user_id: 00u1}\n"
	if plan, err := w.jobs.plan(job.Origin); err != nil || plan.Flow != "f" {
		t.Errorf("the flow of a run that writes: %v, %v", plan, err)
	}
	if _, _, err := w.Workspace.CheckSources(job.Sources, "f", nil); err == nil || !strings.Contains(err.Error(), "read_only") {
		t.Errorf("in this process: %v", err)
	}
}

func TestAWorkerEndsIfItCanMakeNoneOfItsCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		connections []string
		ends        bool
	}{{[]string{"real"}, true}, {[]string{"real", "okta"}, false}, {nil, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := opening(t, &atomic.Bool{}, &bytes.Buffer{})
			w.Connections = test.connections
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			err := w.work(ctx, (&served{}).serve)
			if failure := card.AsError(err); test.ends != (err != nil) || err != nil && !strings.Contains(failure.Message, "EMPTY is empty") {
				t.Errorf("with %q: %v", test.connections, err)
			}
		})
	}
}
