package serve

import (
	"errors"
	"log/slog"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Observe implements host.Observer.
func (m *metrics) Observe(b host.Begun) host.Observation {
	if !b.Resumed {
		m.begun.WithLabelValues(b.Flow).Inc()
	}
	return counted{m, b.Flow}
}

// counted counts what happens in one run. All labels have few values: the flows of the workspace, kinds and statuses.
type counted struct {
	*metrics
	flow string
}

// See implements host.Observation.
func (c counted) See(e engine.Event) {
	switch e.Kind {
	case engine.StepEnded:
		c.steps.WithLabelValues(c.flow, string(e.Status)).Inc()
		if at := (*engine.Error)(nil); errors.As(e.Err, &at) && !engine.IsCanceled(e.Err) && at.Place.Equal(e.Place) {
			c.errors.WithLabelValues(c.flow, string(at.Cause.Kind)).Inc()
		}
	case engine.RecordEnded:
		c.records.WithLabelValues(c.flow, string(e.Status)).Inc()
	case engine.Retrying:
		kind := string(card.AsError(e.Err).Kind)
		c.retries.WithLabelValues(c.flow, kind).Inc()
		c.pauses.WithLabelValues(c.flow, kind).Add(e.Wait.Seconds())
	}
}

// Waits implements host.Observation.
func (counted) Waits(host.Limited, time.Duration) {}

// Ended implements host.Observation.
func (c counted) Ended(r *host.Report) { c.ended.WithLabelValues(r.Flow, string(r.Status)).Inc() }

// logs logs that runs wait, and the runs that other runs start.
type logs struct{ log *slog.Logger }

// Observe implements host.Observer.
func (l logs) Observe(b host.Begun) host.Observation {
	log := l.log.With("flow", b.Flow, "run", b.Run)
	if b.Parent != "" {
		log.Info(startedOr(b.Resumed), "by", "run "+b.Parent)
	}
	return &logged{log: log, started: b.Parent != ""}
}

// startedOr returns what a log says of a run that starts or goes on.
func startedOr(resumed bool) string {
	if resumed {
		return "resumed"
	}
	return "started"
}

// logged logs one run.
type logged struct {
	log     *slog.Logger
	started bool // by another run
}

// See implements host.Observation.
func (*logged) See(engine.Event) {}

// Waits implements host.Observation.
func (l *logged) Waits(limit host.Limited, waited time.Duration) {
	if limit == host.ByRuns {
		l.log.Info("waiting", "limit", string(limit))
		return
	}
	l.log.Info("waiting", "limit", string(limit), "seconds", waited.Round(100*time.Millisecond).Seconds())
}

// Ended implements host.Observation. The dispatcher logs the end of the runs that it has started.
func (l *logged) Ended(r *host.Report) {
	if l.started {
		logEnd(l.log, r)
	}
}
