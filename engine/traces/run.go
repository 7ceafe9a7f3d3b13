package traces

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// run follows one run. It has the spans that are open: those of its steps, and of the records in flight.
type run struct {
	traces *Traces
	id     string
	ctx    context.Context
	root   trace.Span
	open   map[string]*span // by the ID of their place
}

type span struct {
	trace.Span
	ctx     context.Context
	records map[engine.Status]int // of a loop
}

// inRecord marks the spans of records, and of what happens in them.
const inRecord = attribute.Key("flowdeck.in_record")

// See implements host.Observation.
func (r *run) See(e engine.Event) {
	switch e.Kind {
	case engine.StepStarted:
		attributes := []attribute.KeyValue{attribute.String("flowdeck.step", e.Place.Name()), attribute.String("flowdeck.verb", e.Verb)}
		if e.Card != "" {
			attributes = append(attributes, attribute.String("flowdeck.card", e.Card))
		}
		r.start(e.Place, e.Place.Name(), attributes)
	case engine.StepEnded:
		r.end(e.Place, e)
	case engine.RecordStarted:
		r.start(e.Place, e.Place.Name()+" record", []attribute.KeyValue{attribute.String("flowdeck.step", e.Place.Name()), attribute.Int("flowdeck.record", e.Index)})
	case engine.RecordEnded:
		if loop := r.around(e.Place); loop != nil {
			if loop.records == nil {
				loop.records = map[engine.Status]int{}
			}
			loop.records[e.Status]++
		}
		r.end(e.Place, e)
	case engine.Retrying:
		r.note(e, "retry", append(failure(e.Err), attribute.Int("flowdeck.attempt", e.Attempt), attribute.Float64("flowdeck.wait_seconds", e.Wait.Seconds())))
	case engine.Wrote:
		r.note(e, "wrote", []attribute.KeyValue{attribute.String("flowdeck.card", e.Card), attribute.Bool("flowdeck.changed", e.Changed)})
	case engine.InDoubt:
		r.note(e, "in_doubt", []attribute.KeyValue{attribute.String("flowdeck.card", e.Card)})
	}
}

// start opens a span in the nearest open one.
func (r *run) start(at engine.Place, name string, attributes []attribute.KeyValue) {
	ctx := r.ctx
	if around := r.around(at); around != nil {
		ctx = around.ctx
	}
	if at.InRecord() {
		attributes = append(attributes, inRecord.Bool(true))
	}
	s := &span{}
	s.ctx, s.Span = r.traces.tracer.Start(ctx, name, trace.WithTimestamp(r.traces.clock.Now()), trace.WithAttributes(attributes...))
	r.open[at.ID()] = s
}

// around returns the nearest open span around a place; nil if that is the run.
func (r *run) around(at engine.Place) *span {
	for at = at.Around(); !at.IsZero(); at = at.Around() {
		if s := r.open[at.ID()]; s != nil {
			return s
		}
	}
	return nil
}

// note adds an event to the span of a step.
func (r *run) note(e engine.Event, name string, attributes []attribute.KeyValue) {
	to := r.root
	if s := r.open[e.Place.ID()]; s != nil {
		to = s.Span
	} else if s := r.around(e.Place); s != nil {
		to = s.Span
	}
	to.AddEvent(name, trace.WithTimestamp(r.traces.clock.Now()), trace.WithAttributes(attributes...))
}

func (r *run) end(at engine.Place, e engine.Event) {
	s := r.open[at.ID()]
	if s == nil {
		return // its guard did not hold
	}
	delete(r.open, at.ID())
	for _, status := range slices.Sorted(maps.Keys(s.records)) {
		s.SetAttributes(attribute.Int("flowdeck.records."+string(status), s.records[status]))
	}
	finish(s.Span, e.Status, e.Err, r.traces.clock.Now())
}

// finish ends a span. Only the kind of an error is in it, since messages have names and values.
func finish(s trace.Span, status engine.Status, err error, now time.Time) {
	if status != "" {
		s.SetAttributes(attribute.String("flowdeck.status", string(status)))
	}
	if err != nil && !engine.IsCanceled(err) {
		s.SetAttributes(failure(err)...)
		s.SetStatus(codes.Error, string(card.AsError(err).Kind))
	}
	s.End(trace.WithTimestamp(now))
}

func failure(err error) []attribute.KeyValue {
	if err == nil {
		return nil
	}
	e := card.AsError(err)
	all := []attribute.KeyValue{attribute.String("error.type", string(e.Kind))}
	if e.Status != 0 {
		all = append(all, attribute.Int("http.response.status_code", e.Status))
	}
	return all
}

// Waits implements host.Observation.
func (r *run) Waits(limit host.Limited, waited time.Duration) {
	r.root.AddEvent("waiting", trace.WithTimestamp(r.traces.clock.Now()),
		trace.WithAttributes(attribute.String("flowdeck.limit", string(limit)), attribute.Float64("flowdeck.waited_seconds", waited.Seconds())))
}

// Ended implements host.Observation.
func (r *run) Ended(report *host.Report) {
	for _, s := range r.open { // of a run that was cut off
		finish(s.Span, engine.Canceled, nil, r.traces.clock.Now())
	}
	clear(r.open)
	r.traces.mu.Lock()
	delete(r.traces.going, r.id)
	r.traces.mu.Unlock()
	var changed, doubts int
	for _, w := range report.Writes {
		changed, doubts = changed+w.Changed, doubts+w.InDoubt
	}
	r.root.SetAttributes(
		attribute.String("flowdeck.status", string(report.Status)), attribute.StringSlice("flowdeck.connections", slices.Sorted(maps.Keys(report.Connections))),
		attribute.Int("flowdeck.writes.changed", changed), attribute.Int("flowdeck.writes.in_doubt", doubts), attribute.Int("flowdeck.retries", report.Retries),
		attribute.Float64("flowdeck.waited_seconds", report.Waited),
	)
	if f := report.Error; f != nil {
		r.root.SetAttributes(attribute.String("error.type", string(f.Kind)))
		r.root.SetStatus(codes.Error, string(f.Kind))
	}
	r.root.End(trace.WithTimestamp(r.traces.clock.Now()))
}

// causes returns the kind of what started a run and, for a webhook with a traceparent, a link to the trace of the caller.
func causes(trigger engine.Value) (kind string, links []trace.Link) {
	fields, _ := trigger.(map[string]any)
	kind, _ = fields["kind"].(string)
	headers, _ := fields["headers"].(map[string]any)
	parent, _ := headers["traceparent"].(string)
	if parent == "" {
		return kind, nil
	}
	from := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": strings.TrimSpace(parent)})
	if caller := trace.SpanContextFromContext(from); caller.IsValid() {
		links = append(links, trace.Link{SpanContext: caller})
	}
	return kind, links
}
