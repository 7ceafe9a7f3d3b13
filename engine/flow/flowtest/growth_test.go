package flowtest_test

import (
	"fmt"
	"testing"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
)

// readers are what reads a file of flows.
var readers = map[string]func(text []byte) error{
	"parse":  func(text []byte) error { _, ps := flow.Parse("f.yaml", text); return ps.Err() },
	"format": func(text []byte) error { _, err := flow.Format(text); return err },
}

// Ten times the file is ten times the work. It is not parallel: it counts what the process allocates.
func TestTheWorkOfReadingAFileGrowsWithTheFile(t *testing.T) {
	for name, write := range flowtest.Growing("fake") {
		for what, read := range readers {
			work := func(n int) float64 {
				text := []byte(write(n))
				return testing.AllocsPerRun(1, func() {
					if err := read(text); err != nil {
						t.Fatal(name, what, err)
					}
				})
			}
			if few, more := work(40), work(400); more > 13*few {
				t.Errorf("%s: to %s 10 times the file allocates %.1f times as often", name, what, more/few)
			}
		}
	}
}

// One operation reads a file with n, 10 n and 100 n steps.
func BenchmarkGrowth(b *testing.B) {
	write := flowtest.Growing("fake")["tries"]
	for what, read := range readers {
		for _, n := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", what, n), func(b *testing.B) {
				text := []byte(write(n))
				b.ReportAllocs()
				for b.Loop() {
					if err := read(text); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
