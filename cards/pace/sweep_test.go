package pace_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

const records, limit = 5000, 600

func suspend(int) string { return "suspend" }

// either sends every other request to another path.
func either(i int) string { return []string{"suspend", "unsuspend"}[i%2] }

// Each window is held to its limit, and the time of all of them to the number of full ones. Where the first
// window had started before the sweep that number is above 1 a minute.
func TestTheWholeShareIsUsedAndNothingRefused(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]struct {
		skew, phase time.Duration
		share       float64
		path        func(int) string
	}{
		"one bucket, windows of the minute":          {0, 0, 1, suspend},
		"one bucket, windows from the first request": {0, -1, 1, suspend},
		"windows shifted by 17 s":                    {0, 17 * time.Second, 1, suspend},
		"windows shifted by 43.7 s":                  {0, 43700 * time.Millisecond, 1, suspend},
		"two paths of one bucket":                    {0, 0, 1, either},
		"two paths, windows from the first request":  {0, -1, 1, either},
		"server 20 s ahead":                          {20 * time.Second, -1, 1, suspend},
		"server 20 s behind":                         {-20 * time.Second, -1, 1, suspend},
		"share of a half":                            {0, -1, 0.5, suspend},
		"share of a half, two paths":                 {0, 0, 0.5, either},
	} {
		for _, workers := range []int{16, 64} {
			t.Run(fmt.Sprintf("%s, %d in flight", name, workers), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					org := &server{
						bucketOf: one, limit: always(limit), trip: 50 * time.Millisecond,
						skew: s.skew, phase: s.phase,
					}
					g := pace.New(clock.System{}, s.share)
					took := sweep(t, g, org, records, workers, s.path)
					allowed := int(limit * s.share)
					if org.limited > 0 {
						t.Errorf("%d of %d were refused", org.limited, records)
					}
					full := (records - 1) / allowed // windows that were waited out
					rate := float64(full) / took.Minutes()
					if rate < 0.95 {
						t.Errorf("used %.3f of the share: %d full windows took %v", rate, full, took)
					}
					for i, used := range org.perLimit {
						if low, high := int(940*s.share), int(1000*s.share); used < low || used > high {
							t.Errorf("window %d: %d ‰ of the limit were used, want %d to %d", i, used, low, high)
						}
					}
					total, by := g.Waited()
					t.Logf("%d records in %v: %.3f of the share used, %d refused, waited %v %v", records, took, rate, org.limited, total, by)
				})
			})
		}
	}
}
