package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// away is an Elsewhere in memory. Its runs go on until the test ends them.
type away struct {
	mu      sync.Mutex
	runs    map[string]chan struct{} // closed at the end
	begun   []string                 // the ids of runs, in the order of their starts
	stopped []string
	lost    bool // a start arrives, and its answer does not
	down    bool
}

var _ Elsewhere = (*away)(nil)

var errAway = &card.Error{Kind: card.Unavailable, Message: "nobody answers"}

func (*away) Refuses(f *host.Checked) string {
	if f.Plan.Flow == "files" {
		return "flow.yaml:3:5: it uses files"
	}
	return ""
}

func (a *away) Start(_ context.Context, _ *host.Workspace, _ *host.Checked, _ *host.Connections, s engine.Start) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return errAway
	}
	if a.runs[s.Run] == nil {
		a.runs[s.Run] = make(chan struct{})
		a.begun = append(a.begun, s.Run)
	}
	if a.lost {
		return errAway
	}
	return nil
}

func (a *away) Has(_ context.Context, run string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return false, errAway
	}
	return a.runs[run] != nil, nil
}

func (a *away) Await(ctx context.Context, run string, waits func(string)) (*host.Report, error) {
	a.mu.Lock()
	ended := a.runs[run]
	a.mu.Unlock()
	if ended == nil {
		return nil, &card.Error{Kind: card.NotFound, Message: "there is no such run"}
	}
	waits("")
	waits("an approval")
	waits("an approval")
	select {
	case <-ended:
		return &host.Report{Run: run, Flow: "echo", Status: engine.Succeeded}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a *away) Stop(_ context.Context, run string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = append(a.stopped, run)
	return nil
}

// end ends a run, by its number.
func (a *away) end(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.runs[a.begun[n]])
}

func (a *away) set(down, lost bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down, a.lost = down, lost
}

// elsewhere is a server that leads, whose runs go on elsewhere.
type elsewhere struct {
	*served
	*dispatcher
	away *away
	lead *store.Leadership
	stop context.CancelFunc
}

func openElsewhere(t *testing.T, files map[string]string) *elsewhere {
	t.Helper()
	e := &elsewhere{away: &away{runs: map[string]chan struct{}{}}}
	all := map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo}
	for name, text := range files {
		all[name] = text
	}
	var err error
	if e.served, err = tryOpen(t, t.TempDir(), clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)), e.away, all); err != nil {
		t.Fatal(err)
	}
	if e.lead, err = e.served.lead(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.restart()
	return e
}

// restart forgets all that a server does not have when it starts.
func (e *elsewhere) restart() {
	e.t.Helper()
	if e.stop != nil {
		e.stop()
		e.Server().runs.wait()
	}
	ctx, stop := context.WithCancel(e.t.Context())
	e.stop = stop
	e.t.Cleanup(func() { stop(); e.Server().runs.wait() })
	e.Server().runs = newRunning()
	e.dispatcher = newDispatcher(e.Server(), e.lead, ctx, ctx)
	if err := e.rejoin(ctx); err != nil {
		e.t.Fatal(err)
	}
}

func (e *elsewhere) Server() *Server { return e.served.Server }

// look starts what can start.
func (e *elsewhere) look() {
	e.t.Helper()
	if err := e.dispatch(e.park, true); err != nil {
		e.t.Fatal(err)
	}
}

// later looks after the time after which what failed is tried again.
func (e *elsewhere) later() {
	e.t.Helper()
	if err := e.Server().Clock.Sleep(e.t.Context(), e.Server().Clock.Now().Add(again)); err != nil {
		e.t.Fatal(err)
	}
	e.look()
}

func (e *elsewhere) wantRuns(n int) {
	e.t.Helper()
	e.away.mu.Lock()
	defer e.away.mu.Unlock()
	if len(e.away.begun) != n {
		e.t.Errorf("%d runs were started, want %d", len(e.away.begun), n)
	}
}

// wantGoingOn compares the number of runs that the store has as going on elsewhere.
func (e *elsewhere) wantGoingOn(n int) {
	e.t.Helper()
	all, err := e.Server().history.Occasions(e.t.Context(), store.OccasionFilter{Elsewhere: true})
	if err != nil || len(all) != n {
		e.t.Errorf("%+v go on elsewhere, %v; want %d", all, err, n)
	}
}

func one(key string) store.Occasion {
	return store.Occasion{Flow: "echo", Trigger: "test", Key: key, Lane: "one", At: time.Unix(int64(len(key)), 0), Inputs: map[string]any{}}
}

func TestACrashAtAnyPointStartsOneRunElsewhere(t *testing.T) {
	t.Parallel()
	for name, crash := range map[string]func(*elsewhere){
		"before the start": func(e *elsewhere) {
			if _, err := e.Server().history.Send(t.Context(), e.lead, 1, "the-run"); err != nil {
				t.Error(err)
			}
		},
		"before the answer": func(e *elsewhere) {
			e.away.set(false, true)
			e.look()
			e.await("what starts the flow waits", "nobody answers")
			e.away.set(false, false)
		},
		"while it goes on": func(e *elsewhere) {
			e.look()
			e.await("started")
		},
		"after the end": func(e *elsewhere) {
			e.look()
			e.await("started")
			e.stop()
			e.Server().runs.wait()
			e.away.end(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openElsewhere(t, nil)
			e.submit(one("1"))
			crash(e)
			e.restart()
			e.look()
			if name != "after the end" {
				if line := e.await("flow=echo", "by=trigger test"); name == "before the start" && !strings.Contains(line, "run=the-run") {
					t.Errorf("got %q", line)
				}
				e.look()
				e.away.end(0)
			}
			e.await("ended", "status=succeeded")
			e.Server().runs.wait()
			e.wantRuns(1)
			e.wantGoingOn(0)
			if got := e.occasions(); len(got) != 1 || got[0] != "1 started" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestALaneWaitsForARunElsewhereAfterARestart(t *testing.T) {
	t.Parallel()
	e := openElsewhere(t, nil)
	e.submit(one("1"), one("22"))
	e.look()
	e.await("started")
	e.await("waiting", "reason=an approval")
	e.restart()
	e.await("goes on")
	e.look()
	e.wantRuns(1)
	e.away.end(0)
	<-e.freed
	e.look()
	e.await("started")
	e.wantRuns(2)
	e.wantGoingOn(1)
}

func TestReplaceStopsARunElsewhere(t *testing.T) {
	t.Parallel()
	e := openElsewhere(t, map[string]string{"hourly.yaml": hourly("    overlap: replace\n")})
	const trigger = "schedule 0 * * * * Europe/Berlin"
	at := func(hour int) store.Occasion {
		return store.Occasion{
			Flow: "hourly", Trigger: trigger, Key: fmt.Sprint(hour), Lane: "hourly " + trigger, At: time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC),
			Value: map[string]any{"scheduled_at": fmt.Sprint(hour)},
		}
	}
	e.submit(at(1))
	e.look()
	e.await("started")
	e.submit(at(2))
	e.look()
	e.look()
	if len(e.away.stopped) != 1 || e.away.stopped[0] != e.away.begun[0] {
		t.Errorf("stopped %q, want the run %q once", e.away.stopped, e.away.begun)
	}
	e.away.end(0)
	<-e.freed
	e.look()
	e.await("started")
	e.wantRuns(2)
}

func TestWhatStartsAFlowWaitsUntilElsewhereAnswers(t *testing.T) {
	t.Parallel()
	e := openElsewhere(t, nil)
	e.away.set(true, false)
	e.submit(one("1"))
	e.look()
	e.await("what starts the flow waits", "nobody answers")
	<-e.freed
	if all, err := e.Server().history.Starts(t.Context(), store.StartFilter{}); err != nil || len(all) != 1 || !strings.Contains(all[0].Reason, "nobody answers") {
		t.Errorf("got %+v, %v; want the reason why it waits", all, err)
	}
	e.away.set(false, false)
	e.later()
	e.await("started")
	e.wantRuns(1)
	if got := e.occasions(); got[0] != "1 started" {
		t.Errorf("got %q", got)
	}
}

func TestAStartThatMayHaveArrivedIsNotDropped(t *testing.T) {
	t.Parallel()
	for _, arrived := range []bool{true, false} {
		t.Run(fmt.Sprint(arrived), func(t *testing.T) {
			t.Parallel()
			e := openElsewhere(t, nil)
			e.away.set(!arrived, true)
			e.submit(one("1"))
			e.look()
			e.await("what starts the flow waits", "nobody answers")
			<-e.freed
			if n, err := e.Server().history.DropWaiting(t.Context(), []int64{1}, "", "a person"); err != nil || n != 0 {
				t.Errorf("a person dropped %d, %v", n, err)
			}
			e.away.set(true, false)
			if !e.edit("echo.yaml", "") {
				t.Fatal("the change is not used")
			}
			e.later()
			e.await("what starts the flow waits", "nobody answers")
			<-e.freed
			e.away.set(false, false)
			e.later()
			if arrived {
				e.await("started")
				e.wantGoingOn(1)
				return
			}
			e.await("no run starts")
			<-e.freed
			e.wantGoingOn(0)
			if got := e.occasions(); got[0] != "1 dropped there is no flow of this name any more" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestFlowsThatCannotRunElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	const files = "flow: files\ntriggers: [{webhook: files}]\nsteps: [{stop: x}]\n"
	for name, c := range map[string]struct{ flow, want string }{
		"refused": {files, "it uses files"},
		"wait":    {"flow: w\ntriggers: [{webhook: w, respond: wait}]\nsteps: [{stop: x}]\n", "`respond: wait`"},
		"respond": {"flow: r\ntriggers: [{webhook: r}]\nsteps: [{respond: {body: 1}}]\n", "answers the caller"},
		"own":     {"flow: o\ntriggers: [{event: okta.user.created, with: {own: true}}]\nsteps: [{stop: x}]\n", "`own: true`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tryOpen(t, t.TempDir(), nil, &away{}, map[string]string{"flowdeck.yaml": settings + "connections: {okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: T}}}}\n", "f.yaml": c.flow})
			problems := (*host.ProblemsError)(nil)
			if !errors.As(err, &problems) || len(problems.Problems) != 1 || !strings.Contains(problems.Problems[0].Message, c.want) {
				t.Errorf("got %v, want a problem with %q", err, c.want)
			}
		})
	}
	e := openElsewhere(t, map[string]string{"files.yaml": strings.Replace(files, "triggers: [{webhook: files}]\n", "", 1)})
	if _, err := e.Server().Submit(t.Context(), e.Server().Flow("files"), store.Occasion{Flow: "files", Trigger: "api", Key: "1"}); card.AsError(err).Kind != card.Conflict {
		t.Errorf("a start by a request: got %v", err)
	}
	if e.edit("files.yaml", files) {
		t.Error("a change is used with a flow that cannot run there")
	}
	e.await("the flows stay as they were", "it uses files")
}
