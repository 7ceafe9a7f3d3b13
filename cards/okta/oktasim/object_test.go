package oktasim

import (
	"sync"
	"testing"
)

// With the race detector this fails if a request that only reads changes the state. That no list has been read before is the point.
func TestFirstReadsOfAnOrgCanBeConcurrent(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "{}", Options{})
	var all sync.WaitGroup
	for _, path := range []string{"/api/v1/groups", "/api/v1/apps", "/api/v1/zones", "/api/v1/devices", "/api/v1/groups/rules", "/api/v1/realms", "/api/v1/eventHooks"} {
		for range 4 {
			all.Go(func() {
				if got := c.get(path); got.status != 200 {
					t.Errorf("%s: %d", path, got.status)
				}
			})
		}
	}
	all.Wait()
}
