package traces

import (
	"context"
	"log/slog"
	"sync/atomic"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/flowdeck/flowdeck/engine/card"
)

// gate passes spans on to batches while there is room, and counts the others. The last quarter of the room is for runs and their steps: a stream of
// a million records has a million spans, and must not push out the spans around them.
type gate struct {
	sdk.SpanProcessor
	most    int64
	log     *slog.Logger
	waiting atomic.Int64 // passed on, and neither sent nor given up
	dropped atomic.Int64
	failed  atomic.Int64
	full    atomic.Bool // spans are dropped: it was logged
}

func newGate(to sdk.SpanExporter, most int64, log *slog.Logger) *gate {
	g := &gate{most: most, log: log}
	g.SpanProcessor = sdk.NewBatchSpanProcessor(&counted{SpanExporter: to, gate: g}, sdk.WithMaxQueueSize(int(most)), sdk.WithExportTimeout(longestExport))
	return g
}

// OnEnd implements sdk.SpanProcessor. It does not block.
func (g *gate) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	most := g.most
	if isInRecord(s) {
		most -= most / 4
	}
	if g.waiting.Add(1) > most {
		g.waiting.Add(-1)
		g.dropped.Add(1)
		if !g.full.Swap(true) {
			g.log.Warn("spans are dropped, since too many wait to be sent", "waiting", most)
		}
		return
	}
	g.SpanProcessor.OnEnd(s)
}

func isInRecord(s sdk.ReadOnlySpan) bool {
	for _, a := range s.Attributes() {
		if a.Key == inRecord {
			return true
		}
	}
	return false
}

func (g *gate) lost() int64 { return g.dropped.Load() + g.failed.Load() }

// counted is an exporter whose failures are counted and logged once.
type counted struct {
	sdk.SpanExporter
	gate *gate
	ill  bool // the last batch was not sent. Batches are sent one at a time
}

// ExportSpans implements sdk.SpanExporter.
func (c *counted) ExportSpans(ctx context.Context, all []sdk.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, all)
	c.gate.waiting.Add(int64(-len(all)))
	switch {
	case err != nil:
		c.gate.failed.Add(int64(len(all)))
		if !c.ill {
			c.gate.log.Warn("traces cannot be sent: runs go on without them", "error", card.Cut(err.Error(), 300))
		}
	case c.ill:
		c.gate.log.Warn("traces are sent again", "lost", c.gate.lost())
	default:
		c.gate.full.Store(false)
	}
	c.ill = err != nil
	return nil // it was logged
}
