package serve

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/flowdeck/flowdeck/engine/store"
)

// metrics are what monitoring sees of a server.
type metrics struct {
	registry *prometheus.Registry
	begun    *prometheus.CounterVec
	ended    *prometheus.CounterVec
	steps    *prometheus.CounterVec
	records  *prometheus.CounterVec
	errors   *prometheus.CounterVec
	retries  *prometheus.CounterVec
	pauses   *prometheus.CounterVec
	delay    *prometheus.HistogramVec
	events   *prometheus.CounterVec
	refused  *prometheus.CounterVec
}

// What becomes of an event, in the metrics.
const (
	accepted = "accepted" // it is an occasion
	known    = "known"    // it was one
	filtered = "filtered" // the trigger does not want it
	refused  = "refused"  // it cannot be used
	looped   = "looped"   // it would start a loop
)

func newMetrics(s *Server) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		begun:    counter("flowdeck_runs_started_total", "Runs that this server has started.", "flow"),
		ended:    counter("flowdeck_runs_ended_total", "Runs that this server has run to their end, or to a pause.", "flow", "status"),
		steps:    counter("flowdeck_steps_total", "Steps that have ended, with those of records.", "flow", "status"),
		records:  counter("flowdeck_records_total", "Records of loops that have ended.", "flow", "status"),
		errors:   counter("flowdeck_errors_total", "Steps that failed, by the kind of the error. A step that fails because of one in it is not counted.", "flow", "kind"),
		retries:  counter("flowdeck_retries_total", "Calls that failed and were made again, by the kind of the error.", "flow", "kind"),
		pauses:   counter("flowdeck_retry_waits_seconds_total", "Time until calls that failed were made again: the sum of all calls.", "flow", "kind"),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flowdeck_start_delay_seconds", Help: "Time from what starts a run, such as the time of a schedule, to the start of the run.",
			Buckets: []float64{.05, .25, 1, 5, 15, 60, 300, 1800, 3600, 6 * 3600},
		}, []string{"trigger"}),
		events:  counter("flowdeck_events_total", "Events of services, and records of polls, for each trigger of a flow, by what became of them.", "flow", "outcome"),
		refused: counter("flowdeck_requests_refused_total", "Requests that were refused because of how they are, by the status of the answer.", "status"),
	}
	m.registry.MustRegister(m.begun, m.ended, m.steps, m.records, m.errors, m.retries, m.pauses, m.delay, m.events, m.refused, newState(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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

// event counts an event.
func (m *metrics) event(flow, outcome string) { m.events.WithLabelValues(flow, outcome).Inc() }

// CountRefused counts a request that was refused with a status of HTTP.
func (s *Server) CountRefused(status int) {
	s.metrics.refused.WithLabelValues(strconv.Itoa(status)).Inc()
}

// Metrics returns what monitoring sees of the server.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }
