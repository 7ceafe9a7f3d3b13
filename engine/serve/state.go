package serve

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// state is what is read when it is asked for.
type state struct {
	*Server
	mu     sync.Mutex
	limits map[string]map[string]bool // the names of limits that have a label, by connection
}

func newState(s *Server) *state { return &state{Server: s, limits: map[string]map[string]bool{}} }

var (
	goingOn = prometheus.NewDesc("flowdeck_runs", "Runs that go on in this server.", []string{"flow"}, nil)
	queued  = prometheus.NewDesc("flowdeck_occasions_waiting", "Starts of runs that wait.", nil, nil)
	oldest  = prometheus.NewDesc("flowdeck_occasions_oldest_seconds", "Since when the first of them waits; 0 if there is none.", nil, nil)
	lag     = prometheus.NewDesc("flowdeck_schedule_lag_seconds", "Time since the first time of a schedule whose run has not started; 0 if there is none.", nil, nil)
	pollLag = prometheus.NewDesc("flowdeck_poll_lag_seconds", "Time since a poll of the flow had read all there was.", []string{"flow"}, nil)
	leads   = prometheus.NewDesc("flowdeck_leads", "1 if this server starts the runs of the workspace, 0 if it stands by.", nil, nil)
	held    = prometheus.NewDesc("flowdeck_changes_held", "1 if a change of the settings or the flows is not used: it needs a restart, or has a problem.", []string{"what"}, nil)
	waited  = prometheus.NewDesc("flowdeck_limit_waits_seconds_total", "Time that calls have waited for rate limits.", []string{"connection", "limit"}, nil)
	lost    = prometheus.NewDesc("flowdeck_monitoring_lost_total", "Spans of traces and events of runs that were not delivered.", []string{"what"}, nil)
)

// Describe implements prometheus.Collector.
func (*state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{goingOn, queued, oldest, lag, pollLag, leads, waited, lost, held} {
		to <- d
	}
}

const (
	// longestLook is how long the history may take.
	longestLook = 5 * time.Second
	// mostLimits is the number of limits of a connection with a label of their own: the names of a service may have ids. The others are together.
	mostLimits  = 100
	otherLimits = "other"
)

// Collect implements prometheus.Collector.
func (s *state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for flow, n := range s.runs.byFlow() {
		gauge(goingOn, float64(n), flow)
	}
	lead := 0.0
	if s.Status() == Leading {
		lead = 1
	}
	gauge(leads, lead)
	for _, what := range []Change{HeldSettings, HeldFlows} {
		n := 0.0
		if slices.Contains(s.Held(), what) {
			n = 1
		}
		gauge(held, n, string(what))
	}
	for flow, behind := range s.readers.lags(s.Clock.Now()) {
		gauge(pollLag, behind.Seconds(), flow)
	}
	for name, waits := range s.pool.Waited() {
		for limit, seconds := range s.bounded(name, waits.ByLimit) {
			counter(waited, seconds, name, limit)
		}
	}
	if s.Lost != nil {
		for what, n := range s.Lost() {
			counter(lost, float64(n), what)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestLook)
	defer cancel()
	n, since, err := s.history.WaitingOccasions(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(queued, err)
		return
	}
	due, err := s.history.WaitingSchedules(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(lag, err)
		return
	}
	gauge(queued, float64(n))
	gauge(oldest, s.age(since))
	gauge(lag, s.age(due))
}

// age returns the seconds since a time; 0 for the zero time.
func (s *state) age(of time.Time) float64 {
	if of.IsZero() {
		return 0
	}
	return max(0, s.Clock.Now().Sub(of).Seconds())
}

// bounded returns the seconds by limit, of at most so many limits of a connection. A limit that has a label keeps it, since counters must not fall.
func (s *state) bounded(connection string, waits map[string]time.Duration) map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	named := s.limits[connection]
	if named == nil {
		named = map[string]bool{}
		s.limits[connection] = named
	}
	all := map[string]float64{}
	for limit, d := range waits {
		if !named[limit] && len(named) < mostLimits {
			named[limit] = true
		}
		if !named[limit] {
			limit = otherLimits
		}
		all[limit] += d.Seconds()
	}
	return all
}
