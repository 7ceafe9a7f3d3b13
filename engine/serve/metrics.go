package serve

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/flowdeck/flowdeck/engine/store"
)

// metrics are what monitoring sees of a server.
type metrics struct {
	registry *prometheus.Registry
	ended    *prometheus.CounterVec
	delay    *prometheus.HistogramVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowdeck_runs_ended_total", Help: "Runs that this server has run to their end, or to a pause.",
		}, []string{"flow", "status"}),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flowdeck_start_delay_seconds", Help: "Time from what starts a run, such as the time of a schedule, to the start of the run.",
			Buckets: []float64{.05, .25, 1, 5, 15, 60, 300, 1800, 3600, 6 * 3600},
		}, []string{"trigger"}),
	}
	m.registry.MustRegister(m.ended, m.delay, state{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// started counts the start of a run. One that goes on has been counted.
func (m *metrics) started(o store.Occasion, now time.Time) {
	if o.Status != store.Waiting {
		return
	}
	kind, _, _ := strings.Cut(o.Trigger, " ")
	m.delay.WithLabelValues(kind).Observe(max(0, now.Sub(o.At).Seconds()))
}

// Metrics returns what monitoring sees of the server.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }

// state is what is read when it is asked for.
type state struct{ *Server }

var (
	goingOn = prometheus.NewDesc("flowdeck_runs", "Runs that go on in this server.", []string{"flow"}, nil)
	queued  = prometheus.NewDesc("flowdeck_occasions_waiting", "Starts of runs that wait.", nil, nil)
	oldest  = prometheus.NewDesc("flowdeck_occasions_oldest_seconds", "Since when the first of them waits; 0 if there is none.", nil, nil)
	leads   = prometheus.NewDesc("flowdeck_leads", "1 if this server starts the runs of the workspace, 0 if it stands by.", nil, nil)
	waited  = prometheus.NewDesc("flowdeck_limit_waits_seconds_total", "Time that calls have waited for rate limits.", []string{"connection", "limit"}, nil)
)

// Describe implements prometheus.Collector.
func (state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{goingOn, queued, oldest, leads, waited} {
		to <- d
	}
}

// longestLook is how long the history may take.
const longestLook = 5 * time.Second

// Collect implements prometheus.Collector.
func (s state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for flow, n := range s.runs.byFlow() {
		gauge(goingOn, float64(n), flow)
	}
	lead := 0.0
	if s.Status() == Leading {
		lead = 1
	}
	gauge(leads, lead)
	for name, waits := range s.pool.Waited() {
		for limit, d := range waits.ByLimit {
			to <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, d.Seconds(), name, limit)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestLook)
	defer cancel()
	n, since, err := s.history.WaitingOccasions(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(queued, err)
		return
	}
	gauge(queued, float64(n))
	age := 0.0
	if n > 0 {
		age = max(0, s.Clock.Now().Sub(since).Seconds())
	}
	gauge(oldest, age)
}
