// Package traces sends what happens in runs to a collector of OpenTelemetry: a run is a trace, and its steps and records are spans.
//
//	host.Observer ─▶ spans ─▶ gate ─▶ batches ─▶ OTLP over HTTP
//
// It is configured by the environment variables of OpenTelemetry, and does nothing without them. Spans have the names of flows, steps, cards and
// connections, kinds of errors, and counts. They have no data of people: no inputs, keys, results, messages or addresses.
//
// A collector that is slow or down does not delay a run: spans that do not fit in a queue are dropped and counted.
//
// The package is the only importer of OpenTelemetry, and must not know flags or terminals.
package traces

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Config configures Traces.
type Config struct {
	Env     func(string) (string, bool)
	Version string
	Clock   clock.Clock // nil: clock.System
	Log     *slog.Logger
}

// Traces follows runs. It is safe for concurrent use.
type Traces struct {
	clock    clock.Clock
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	gate     *gate

	mu    sync.Mutex
	going map[string]trace.SpanContext // by the id of the run
}

// Variables of OpenTelemetry that this package reads itself.
const (
	endpointVariable       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesEndpointVariable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// Configured reports whether traces are sent somewhere.
func Configured(env func(string) (string, bool)) bool {
	value := func(name string) string { v, _ := env(name); return v }
	if value("OTEL_SDK_DISABLED") == "true" || value("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return value(endpointVariable) != "" || value(tracesEndpointVariable) != ""
}

// New starts to send traces. The error is for the person who has set the variables.
func New(ctx context.Context, c Config) (*Traces, error) {
	if err := check(c.Env); err != nil {
		return nil, err
	}
	t := &Traces{clock: c.Clock, going: map[string]trace.SpanContext{}}
	if t.clock == nil {
		t.clock = clock.System{}
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { c.Log.Debug("traces", "error", err) })) // the default writes to the terminal
	client, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces cannot be sent: %w", err)
	}
	of, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "flowdeck"), attribute.String("service.version", c.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES cannot be used: %w", err)
	}
	t.gate = newGate(client, queueSize(c.Env), c.Log)
	t.provider = sdk.NewTracerProvider(sdk.WithResource(of), sdk.WithSpanProcessor(t.gate), sdk.WithIDGenerator(ids{}))
	t.tracer = t.provider.Tracer("github.com/flowdeck/flowdeck")
	return t, nil
}

// check returns an error for variables that OpenTelemetry would ignore.
func check(env func(string) (string, bool)) error {
	for _, name := range []string{endpointVariable, tracesEndpointVariable} {
		text, _ := env(name)
		if u, err := url.Parse(text); text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			return fmt.Errorf("%s must be a URL such as http://localhost:4318", name)
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if protocol, _ := env(name); protocol != "" && protocol != "http/protobuf" {
			return fmt.Errorf("%s=%s: traces are sent as http/protobuf only", name, protocol)
		}
	}
	return nil
}

// queueSize returns how many spans may wait.
func queueSize(env func(string) (string, bool)) int64 {
	text, _ := env("OTEL_BSP_MAX_QUEUE_SIZE")
	if n, err := strconv.ParseInt(text, 10, 32); err == nil && n > 0 {
		return n
	}
	return sdk.DefaultMaxQueueSize
}

// Lost returns the number of spans that were not delivered, and will not be.
func (t *Traces) Lost() int64 { return t.gate.lost() }

// Close sends what waits, until ctx ends.
func (t *Traces) Close(ctx context.Context) error {
	_ = t.provider.Shutdown(ctx)                           // what could not be sent was counted
	if n := t.gate.lost() + t.gate.waiting.Load(); n > 0 { // a try may still go on
		t.gate.log.Warn("spans were not sent", "spans", n)
	}
	return nil
}

// Observe implements host.Observer.
func (t *Traces) Observe(b host.Begun) host.Observation {
	attributes := []attribute.KeyValue{attribute.String("flowdeck.flow", b.Flow), attribute.String("flowdeck.run", b.Run)}
	if b.DryRun {
		attributes = append(attributes, attribute.Bool("flowdeck.dry_run", true))
	}
	if b.Resumed {
		attributes = append(attributes, attribute.Bool("flowdeck.resumed", true))
	}
	kind, links := causes(b.Trigger)
	if kind != "" {
		attributes = append(attributes, attribute.String("flowdeck.trigger", kind))
	}
	if b.Parent != "" {
		attributes = append(attributes, attribute.String("flowdeck.parent", b.Parent))
		t.mu.Lock()
		if parent, ok := t.going[b.Parent]; ok {
			links = append(links, trace.Link{SpanContext: parent})
		}
		t.mu.Unlock()
	}
	ctx, root := t.tracer.Start(context.WithValue(context.Background(), runKey{}, b.Run), "run "+b.Flow, trace.WithTimestamp(t.clock.Now()),
		trace.WithAttributes(attributes...), trace.WithLinks(links...))
	if !root.IsRecording() { // it was not sampled
		return nil
	}
	t.mu.Lock()
	t.going[b.Run] = root.SpanContext()
	t.mu.Unlock()
	return &run{traces: t, id: b.Run, ctx: ctx, root: root, open: map[string]*span{}}
}

// ids makes the ids of spans. That of a trace derives from the run, so that a run that goes on after a restart has one trace.
type ids struct{}

type runKey struct{}

func (g ids) NewIDs(ctx context.Context) (of trace.TraceID, span trace.SpanID) {
	id, _ := ctx.Value(runKey{}).(string)
	sum := sha256.Sum256([]byte(id))
	return trace.TraceID(sum[:16]), g.NewSpanID(ctx, of)
}

func (ids) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	_, _ = rand.Read(span[:]) // crypto/rand.Read never returns an error
	return span
}

// longestExport is how long the spans of a batch may take, with all tries.
const longestExport = 10 * time.Second
