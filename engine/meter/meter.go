// Package meter counts what a run makes in memory, so that a server with many runs knows which of them needs so much of it.
//
// The count only grows: the package does not know what is still in use. It must not know runs, expressions or cards.
package meter

import (
	"context"
	"sync/atomic"
)

// Noticed is the number of bytes below which a value need not be counted.
const Noticed = 16 << 10

// Meter counts bytes. It is safe for concurrent use.
type Meter struct{ bytes atomic.Int64 }

// Bytes returns the count.
func (m *Meter) Bytes() int64 { return m.bytes.Load() }

type key struct{}

// With returns a context whose work is counted.
func With(ctx context.Context, m *Meter) context.Context { return context.WithValue(ctx, key{}, m) }

// Made counts bytes that were made for the work of a context, if it is counted.
func Made(ctx context.Context, bytes int) {
	if bytes < Noticed {
		return
	}
	if m, counted := ctx.Value(key{}).(*Meter); counted {
		m.bytes.Add(int64(bytes))
	}
}
