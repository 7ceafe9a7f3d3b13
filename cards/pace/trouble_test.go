package pace_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Another client takes a third of the bucket, evenly or 200 at once every minute; our own requests are
// quick, so that a window is used up in seconds, or so slow that it lasts most of the minute. What nobody can
// foresee is left out: 200 at once while 64 of ours are on their way for seconds.
func TestAnotherClientsThirdCostsFewRefusalsAndNoRecord(t *testing.T) {
	t.Parallel()
	for _, phase := range []time.Duration{0, -1} {
		for _, atOnce := range []int{1, 200} {
			for _, workers := range []int{16, 64} {
				for _, trip := range []time.Duration{50 * time.Millisecond, time.Duration(workers) * 40 * time.Millisecond} {
					if atOnce > 1 && trip > time.Second {
						continue
					}
					synctest.Test(t, func(t *testing.T) {
						org := &server{bucketOf: one, limit: always(limit), trip: trip, phase: phase}
						stop := make(chan struct{})
						var other sync.WaitGroup
						theirs := 0
						other.Go(func() { theirs = org.other(atOnce, 300*time.Millisecond, stop) })
						took := sweep(t, pace.New(clock.System{}, 1), org, records, workers, suspend)
						close(stop)
						other.Wait()
						if org.limited*200 > records {
							t.Errorf("%d of %d were refused, want less than 0.5%%", org.limited, records)
						}
						t.Logf("phase %v, the other %d at once, %d in flight, trip %v: %v, %d refused, the other got %d; windows %v",
							phase, atOnce, workers, trip, took, org.limited, theirs, org.perLimit)
						for i, used := range org.perLimit[1:] {
							if used < 900 {
								t.Errorf("window %d was used to %d ‰", i+1, used)
							}
						}
					})
				}
			}
		}
	}
}

func TestTooManyAtOnceShrinksAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		org := &server{bucketOf: one, limit: always(1_000_000), trip: 50 * time.Millisecond, concurrent: 10}
		g := pace.New(clock.System{}, 1)
		took := sweep(t, g, org, records, 64, suspend)
		if org.crowded > 64+records/100 {
			t.Errorf("%d were refused, want the first burst and less than 1%%", org.crowded)
		}
		if best := 50 * time.Second; took > best*12/10 { // 10 in flight, 100 ms each
			t.Errorf("took %v, where %v were possible", took, best)
		}
		t.Logf("10 at once: %d records in %v, %d refused", records, took, org.crowded)

		org.concurrent, org.crowded = 0, 0
		sweep(t, g, org, records, 64, suspend)
		if took := sweep(t, g, org, records, 64, suspend); took > 10*time.Second || org.crowded > 0 {
			t.Errorf("without the limit it took %v, want the 7.9s that 64 in flight take", took)
		}
	})
}

func TestACanceledWaiterLeavesItsPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(2, 1, 30*time.Second, 0))
		holds, err := g.Enter(t.Context(), "users")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var canceled, behind time.Duration
		start := time.Now()
		var going sync.WaitGroup
		going.Go(func() {
			if _, err := g.Enter(ctx, "users"); err == nil {
				t.Error("entered in spite of the cancel")
			}
			canceled = time.Since(start)
		})
		synctest.Wait()
		going.Go(func() {
			pass, err := g.Enter(t.Context(), "users")
			if err != nil {
				t.Error(err)
				return
			}
			behind = time.Since(start)
			pass.Done(nil)
		})
		synctest.Wait()
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		holds.Done(answer(2, 0, 29*time.Second, 0))
		going.Wait()
		if canceled != time.Second || behind != 30*time.Second+time.Second {
			t.Errorf("canceled after %v, the next entered after %v; want 1s and the window's end, 31s", canceled, behind)
		}
		if total, by := g.Waited(); total != 31*time.Second || by["users"] != total {
			t.Errorf("waited %v, %v; want the 31s that there was somebody waiting", total, by)
		}
	})
}

func TestWaitersOfABucketLeaveInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(1, 0, 30*time.Second, 0))
		var order []int
		var going sync.WaitGroup
		for i := range 20 {
			going.Go(func() {
				pass, err := g.Enter(t.Context(), "users")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i) // one at a time, for there is one a minute
				pass.Done(answer(1, 0, time.Minute, 0))
			})
			synctest.Wait()
		}
		going.Wait()
		if len(order) != 20 || !slices.IsSorted(order) {
			t.Errorf("they left in the order %v", order)
		}
	})
}

func TestTheFirstRequestsOfABucketDoNotStampede(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		org := &server{bucketOf: one, limit: always(5), trip: 50 * time.Millisecond}
		sweep(t, pace.New(clock.System{}, 1), org, 64, 64, suspend)
		if org.limited > 0 {
			t.Errorf("%d were refused", org.limited)
		}
	})
}

func TestBucketWithoutHeadersIsNotSerialized(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		org := &server{
			bucketOf: one, limit: always(1_000_000), trip: 50 * time.Millisecond,
			strip: []string{"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"},
		}
		g := pace.New(clock.System{}, 1)
		if took := sweep(t, g, org, 640, 64, suspend); took > 1200*time.Millisecond {
			t.Errorf("took %v, want 1s and a first answer", took)
		}
		if total, _ := g.Waited(); total != 0 {
			t.Errorf("it reports having waited %v on limits", total)
		}
	})
}

func TestRequestsThatNeverEndBlockNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		hang := func(n int) {
			for range n {
				if _, err := g.Enter(t.Context(), "users"); err != nil {
					t.Fatal(err)
				}
			}
		}
		hang(1)
		if took := entered(t, g, "users"); took > 2*time.Second {
			t.Errorf("the first never answers: the second waited %v", took)
		}
		learn(t, g, "users", answer(2, 2, time.Minute, 0))
		hang(1)
		for range 5 {
			learn(t, g, "users", answer(2, 1, time.Minute, 0))
			if took := entered(t, g, "users"); took > 2*time.Minute+2*time.Second {
				t.Errorf("with requests that never answer one waited %v", took)
			}
		}
	})
}

func TestALimitThatIsLoweredIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		org := &server{bucketOf: one, trip: 50 * time.Millisecond, phase: -1, limit: func(_ string, now time.Time) int {
			if now.Sub(start) > 90*time.Second {
				return 40
			}
			return 300
		}}
		took := sweep(t, pace.New(clock.System{}, 1), org, 800, 64, suspend)
		if org.limited > 0 {
			t.Errorf("%d were refused", org.limited)
		}
		if took > 8*time.Minute { // two windows of 300, five of 40
			t.Errorf("took %v", took)
		}
	})
}

func TestMissingHeadersDoNotStopRequests(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"Date", "X-Rate-Limit-Reset"} {
		synctest.Test(t, func(t *testing.T) {
			org := &server{bucketOf: one, limit: always(limit), trip: 50 * time.Millisecond, phase: -1, strip: []string{missing}}
			took := sweep(t, pace.New(clock.System{}, 1), org, records, 64, suspend)
			if org.limited > 0 || took > 9*time.Minute {
				t.Errorf("without %s: %d were refused, it took %v", missing, org.limited, took)
			}
		})
	}
}
