package traces

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
)

// blocked is an exporter that waits until it is opened, and then fails for the spans of the first batch.
type blocked struct {
	open chan struct{}

	mu    sync.Mutex
	calls int
	names map[string]int
}

func (b *blocked) ExportSpans(_ context.Context, all []sdk.ReadOnlySpan) error {
	<-b.open
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.calls == 1 {
		return errors.New("the collector answered 500")
	}
	for _, s := range all {
		b.names[s.Name()]++
	}
	return nil
}

func (*blocked) Shutdown(context.Context) error { return nil }

func started(to sdk.SpanExporter, most int64) *Traces {
	t := &Traces{clock: clock.System{}, going: map[string]trace.SpanContext{}, gate: newGate(to, most, slog.New(slog.DiscardHandler))}
	t.provider = sdk.NewTracerProvider(sdk.WithSpanProcessor(t.gate), sdk.WithIDGenerator(ids{}))
	t.tracer = t.provider.Tracer("test")
	return t
}

// A stream has more records than the queue has room, and its collector hangs: the run goes on, its memory has the queue and the records in
// flight, the spans of the run and of its steps are kept, and each lost span is counted.
func TestRecordsDoNotPushOutTheirRun(t *testing.T) {
	t.Parallel()
	const most, records = 1000, 10_000
	to := &blocked{open: make(chan struct{}), names: map[string]int{}}
	all := started(to, most)
	r := all.Observe(host.Begun{Run: "20260301-060000-2f1c0a9b7d3e", Flow: "sweep"}).(*run)
	loop := engine.Place{}.Step("people")
	r.See(engine.Event{Kind: engine.StepStarted, Place: loop, Verb: "stream"})
	for i := range records {
		record := loop.Record(0, fmt.Sprint(i), 0)
		r.See(engine.Event{Kind: engine.RecordStarted, Place: record, Index: i})
		r.See(engine.Event{Kind: engine.RecordEnded, Place: record, Status: engine.Succeeded})
		if len(r.open) != 1 {
			t.Fatalf("%d spans are open, want that of the loop", len(r.open))
		}
	}
	r.See(engine.Event{Kind: engine.StepEnded, Place: loop, Status: engine.Succeeded})
	r.Ended(&host.Report{Run: r.id, Flow: "sweep", Status: engine.Succeeded})
	if n := all.gate.waiting.Load(); n > most {
		t.Errorf("%d spans wait, want at most %d", n, most)
	}
	close(to.open)
	if err := all.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if to.names["run sweep"] != 1 || to.names["people"] != 1 {
		t.Errorf("the run and its step were not sent: %v", to.names)
	}
	sent := int64(to.names["people record"] + 2)
	if all.Lost() != records+2-sent || all.gate.dropped.Load() == 0 || all.gate.failed.Load() == 0 {
		t.Errorf("%d were sent and %d lost (%d in a batch that failed), of %d", sent, all.Lost(), all.gate.failed.Load(), records+2)
	}
	if len(all.going) != 0 {
		t.Errorf("ended runs are remembered: %v", all.going)
	}
}

func TestTheTraceOfARunThatGoesOnIsTheSame(t *testing.T) {
	t.Parallel()
	with := func(run string) context.Context { return context.WithValue(t.Context(), runKey{}, run) }
	a, spanA := ids{}.NewIDs(with("20260301-060000-2f1c0a9b7d3e"))
	b, spanB := ids{}.NewIDs(with("20260301-060000-2f1c0a9b7d3e"))
	c, _ := ids{}.NewIDs(with("20260301-060000-2f1c0a9b7d3f"))
	if a != b || a == c || spanA == spanB || !a.IsValid() {
		t.Errorf("got %s %s, %s %s, %s", a, spanA, b, spanB, c)
	}
}

func TestATraceparentIsALink(t *testing.T) {
	t.Parallel()
	of := func(parent string) map[string]any {
		return map[string]any{"kind": "webhook", "headers": map[string]any{"traceparent": parent}}
	}
	kind, links := causes(of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
	if kind != "webhook" || len(links) != 1 || links[0].SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("got %q, %v", kind, links)
	}
	for _, parent := range []string{"", "00-zz", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "canary@acme.example"} {
		if _, links := causes(of(parent)); len(links) != 0 {
			t.Errorf("%q became the link %v", parent, links)
		}
	}
	if kind, links := causes(nil); kind != "" || links != nil {
		t.Errorf("a run without a trigger has %q, %v", kind, links)
	}
}
