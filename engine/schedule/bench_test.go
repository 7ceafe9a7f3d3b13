package schedule_test

import (
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/schedule"
)

func BenchmarkNext(b *testing.B) {
	for _, row := range []struct{ name, cron string }{
		{"daily", "30 2 * * *"}, {"rare", "0 0 29 2 */7"}, // 40 years ahead
	} {
		b.Run(row.name, func(b *testing.B) {
			s, after := parse(b, row.cron, "America/New_York", schedule.DST{}), time.Date(2088, 3, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				if _, ok := s.Next(after); !ok {
					b.Fatal("no time")
				}
			}
		})
	}
}
