package flow

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// InParallel calls do for 0 to n-1, on as many goroutines as there are processors, and returns when all calls have. It is for work that
// computes, such as reading the files of a workspace. do must be safe for concurrent use.
func InParallel(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}
