package pace_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// BenchmarkEnter is a request of a known bucket that does not have to wait: one that gets no answer, and
// one whose answer has headers to read.
func BenchmarkEnter(b *testing.B) {
	const limit = 1_000_000_000
	known := answer(limit, limit-1, time.Hour, 0)
	for name, headers := range map[string]http.Header{"unanswered": nil, "answered": known} {
		b.Run(name, func(b *testing.B) {
			g := pace.New(clock.System{}, 1)
			first, err := g.Enter(b.Context(), "users")
			if err != nil {
				b.Fatal(err)
			}
			first.Done(known)
			b.ReportAllocs()
			for b.Loop() {
				pass, err := g.Enter(b.Context(), "users")
				if err != nil {
					b.Fatal(err)
				}
				pass.Done(headers)
			}
		})
	}
}
