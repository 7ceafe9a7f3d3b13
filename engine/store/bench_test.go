//go:build unix

package store

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// BenchmarkStream is the load for which the driver was chosen: see docs/decisions/044.
func BenchmarkStream(b *testing.B) {
	for _, strands := range []int{1, 16} {
		b.Run(fmt.Sprint(strands), func(b *testing.B) {
			s, err := Open(Config{State: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			l, err := s.Create(b.Context(), Run{ID: "r1", Flow: "sweep"})
			if err != nil {
				b.Fatal(err)
			}
			var before, after syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			b.ReportAllocs()
			b.ResetTimer()
			stream(b, l, b.N, strands)
			b.StopTimer()
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			cpu := time.Duration(after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano())
			b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}
