package engine

import (
	"fmt"
	"testing"
	"time"
)

func TestDefaultRetryCoversTwentySecondsForAnyJitter(t *testing.T) {
	t.Parallel()
	r := DefaultRetry()
	for n := range 1000 {
		total := time.Duration(0)
		for attempt := 1; attempt < r.Attempts; attempt++ {
			total += r.delay("r1", Place{}.Step(fmt.Sprint("step-", n)), attempt)
		}
		if total < 20*time.Second || total > 46*time.Second {
			t.Errorf("step %d: waits %v in all, want 20 s at least and 46 s at most", n, total)
		}
	}
	shortest := r
	shortest.Jitter = false
	total := time.Duration(0)
	for attempt := 1; attempt < r.Attempts; attempt++ {
		total += shortest.delay("r1", Place{}, attempt) / 2
	}
	if total < 20*time.Second {
		t.Errorf("the shortest waits are %v in all", total)
	}
}
