// Package trail reports what becomes of the runs of a workspace, for a SIEM: one event when a run starts, waits on a limit, goes on or ends.
//
//	host.Observer ─▶ Event ─▶ a line of a file, or the body of a request
//
// An event has no data of people: no inputs, keys, results, messages or addresses, since whoever receives it may see less than whoever runs flows.
// An event that cannot be delivered does not stop a run.
//
// The package must not know flags, terminals or flowdeck.yaml.
package trail

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Config configures a Trail.
type Config struct {
	To      string      // the path of a file, or a URL: https, or http on this machine
	Token   string      // of the URL, sent as a bearer token; empty: none is sent
	Product string      // "flowdeck/1.2.3"
	Clock   clock.Clock // nil: clock.System
	Log     *slog.Logger
}

// Trail is where the events of runs go. It is safe for concurrent use.
type Trail struct {
	clock clock.Clock
	sink  sink
}

// A sink takes events. add must not fail or delay a run: what cannot be delivered is counted and logged.
type sink interface {
	add(line []byte)
	lost() int64
	close(context.Context) error
}

// Open opens the file, or starts to send to the URL.
func Open(c Config) (*Trail, error) {
	t := &Trail{clock: c.Clock}
	if t.clock == nil {
		t.clock = clock.System{}
	}
	scheme, _, isURL := strings.Cut(c.To, "://")
	if !isURL {
		f, err := openFile(c.To, c.Log)
		if err != nil {
			return nil, err
		}
		t.sink = f
		return t, nil
	}
	u, err := url.Parse(c.To)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("%s… is not the URL of a receiver of events: a login goes into the token", scheme)
	case u.Scheme != "https" && !(u.Scheme == "http" && wire.Loopback(u.Hostname())):
		return nil, fmt.Errorf("events are sent to https://… only, or to http://… on this machine")
	case c.Token != "" && !wire.Sendable(c.Token):
		return nil, fmt.Errorf("the token for events has characters that no header can have")
	}
	t.sink = newSender(u, c)
	return t, nil
}

// Lost returns the number of events that were not delivered, and will not be.
func (t *Trail) Lost() int64 { return t.sink.lost() }

// Close delivers what waits, until ctx ends.
func (t *Trail) Close(ctx context.Context) error { return t.sink.close(ctx) }

// Observe implements host.Observer. A dry run has no events.
func (t *Trail) Observe(b host.Begun) host.Observation {
	if b.DryRun {
		return nil
	}
	r := &run{trail: t, Event: Event{Flow: b.Flow, Run: b.Run, Parent: b.Parent}}
	if trigger, ok := b.Trigger.(map[string]any); ok {
		r.Trigger, _ = trigger["kind"].(string)
	}
	if b.Resumed {
		r.send(r.as("run.resumed"))
	} else {
		r.send(r.as("run.started"))
	}
	return r
}

// run follows one run.
type run struct {
	trail *Trail
	Event // what all its events have
}

func (r *run) as(event string) Event {
	e := r.Event
	e.ID, e.Time, e.Event = rand.Text(), r.trail.clock.Now().UTC().Truncate(time.Millisecond), event
	return e
}

func (r *run) send(e Event) { r.trail.sink.add(e.line()) }

// See implements host.Observation. What else happens in a run is in its trace, and in the history.
func (r *run) See(e engine.Event) {
	var sent Event
	switch e.Kind {
	case engine.Asked:
		sent = r.as("run.asked")
	case engine.Decided:
		sent = r.as("run.decided")
		sent.Approved = &e.Decision.Approved
	default:
		return
	}
	sent.Step = e.Place.Name()
	r.send(sent)
}

// Waits implements host.Observation.
func (r *run) Waits(limit host.Limited, waited time.Duration) {
	e := r.as("run.waiting")
	e.Limit, e.Waited = string(limit), waited.Round(time.Millisecond).Seconds()
	r.send(e)
}

// Ended implements host.Observation.
func (r *run) Ended(report *host.Report) {
	e := r.as("run." + string(report.Status))
	if report.Status == engine.SucceededWithErrors {
		e.Event = "run.succeeded"
	}
	e.sum(report)
	r.send(e)
}
