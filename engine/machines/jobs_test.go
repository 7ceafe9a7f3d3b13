package machines

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// aWorker returns a worker with a simulated org, and a job to read two users there and to start another flow. settings are those of the connection besides.
func aWorker(t *testing.T, settings ...string) (*working, *temporal.Job, *int) {
	t.Helper()
	simulated := "connections:\n  okta: {type: okta, " + strings.Join(settings, "") + "simulate: {seed: org.yaml}}\n"
	w := workspace(t, map[string]string{"flowdeck.yaml": simulated, "org.yaml": "users:\n  - login: ada@acme.example\n"}, func(c *host.Config) {
		c.Cards, c.Services = cards.All(), cards.Services()
	})
	job, reads := &temporal.Job{
		Settings: "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: TOKEN}}}\n",
		Flow:     "f", Start: engine.Start{Run: "20261130-090000-1"}, Origin: temporal.Origin{Run: "20261130-090000-1", Flow: "f"},
		Sources: map[string]string{
			"f.yaml": "flow: f\nsteps:\n  - card: okta.user.list\n    result: first\n  - start: g\n",
			"g.yaml": "flow: g\nsteps:\n  - stop: done\n",
		},
	}, 0
	working := &working{Worker: Worker{Workspace: w, Cards: cards.All(), Log: slog.New(slog.DiscardHandler)}, pool: w.NewPool()}
	working.jobs = newJobs(w, func(_ context.Context, run string) (temporal.Job, error) {
		reads++
		if run != job.Start.Run {
			return temporal.Job{}, &card.Error{Kind: card.NotFound, Message: "there is no run " + run}
		}
		return *job, nil
	})
	t.Cleanup(func() { _ = working.pool.Close() })
	return working, job, &reads
}

func TestAWorkerRunsTheFlowsThatWereSent(t *testing.T) {
	t.Parallel()
	w, job, reads := aWorker(t)
	for range 2 {
		for _, flow := range []string{"f", "g"} {
			plan, err := w.jobs.plan(temporal.Origin{Run: job.Start.Run, Flow: flow})
			if err != nil || plan.Flow != flow {
				t.Fatalf("the plan of %s: %v, %v", flow, plan, err)
			}
		}
	}
	if *reads != 1 {
		t.Errorf("the run was read %d times", *reads)
	}
	if _, err := w.jobs.plan(temporal.Origin{Run: job.Start.Run, Flow: "h"}); err == nil {
		t.Error("a flow that the run cannot start has a plan")
	}
	if _, err := w.jobs.plan(temporal.Origin{Run: job.Start.Run, Flow: "f", Digest: "another"}); err == nil || !strings.Contains(err.Error(), "in another way") {
		t.Errorf("another digest: %v", err)
	}
	if _, err := w.jobs.plan(temporal.Origin{Run: "20261130-090000-2", Flow: "f"}); card.AsError(err).Kind != card.NotFound {
		t.Errorf("an unknown run: %v", err)
	}
}

func TestAWorkerReachesOnlyTheOrgOfTheRun(t *testing.T) {
	t.Parallel()
	w, job, _ := aWorker(t)
	conns, err := w.pool.Connect(t.Context(), []engine.Use{{Service: "okta", Name: "okta"}})
	if err != nil {
		t.Fatal(err)
	}
	same := connected(conns.Kept([]engine.Use{{Service: "okta", Name: "okta"}}))
	job.Connections = same
	started := job.Start.Run + ".0123456789" // a run that the run has started
	c, err := w.open(t.Context(), started, "okta")
	if err != nil || c.Connections["okta"] == nil {
		t.Fatalf("got %+v, %v", c, err)
	}
	if _, err := w.open(t.Context(), started, "local"); card.AsError(err).Kind != card.Forbidden {
		t.Errorf("a connection that the run does not have: %v", err)
	}
	if c, err := w.open(t.Context(), started, ""); err != nil || len(c.Connections) != 0 {
		t.Errorf("a call without a connection: %+v, %v", c, err)
	}

	other, job, _ := aWorker(t)
	elsewhere := same[0]
	elsewhere.Simulated, elsewhere.Org, elsewhere.Key = false, "acme.okta.com", ""
	job.Connections = []temporal.Connected{elsewhere}
	_, err = other.open(t.Context(), job.Start.Run, "okta")
	if failure := card.AsError(err); failure.Kind != card.Forbidden || failure.Code != "other_org" || !strings.Contains(failure.Message, "acme.okta.com") {
		t.Errorf("another org: %v", err)
	}
}

func TestARunHasNoFiles(t *testing.T) {
	t.Parallel()
	w, job, _ := aWorker(t)
	c, err := w.open(t.Context(), job.Start.Run, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Files.Open("a.txt"); card.AsError(err).Kind != card.Invalid {
		t.Errorf("got %v", err)
	}
}
