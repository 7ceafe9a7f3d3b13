package torture

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
)

// window is for how long a target counts requests for its limit. It is what Retry-After says at most.
const window = time.Second

// target is a simulated application in this process. In each window it answers as many requests as its limit allows, and the others with 429.
type target struct {
	address string
	sim     *scimsim.Server
	limit   int

	mu   sync.Mutex
	ends time.Time // of the window
	used int       // requests in the window
	seen counts
}

// counts are what a target has seen.
type counts struct {
	answered int // requests that it did not refuse
	refused  int // requests that it did
	full     int // windows with refused requests
	created  int // users
	writes   int // requests that are not GET, and were not refused
}

// counts returns what the target has seen so far.
func (x *target) counts() counts {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen
}

func newTarget(t *testing.T, limit int) *target {
	t.Helper()
	seed, err := scimsim.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &target{limit: limit}
	if x.sim, err = scimsim.New(seed, scimsim.Options{}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	x.address = server.URL
	return x
}

func (x *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !x.admit() {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	x.sim.ServeHTTP(&counted{w, r, x}, r)
}

// admit counts a request, and reports whether the limit allows it.
func (x *target) admit() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now := time.Now(); !now.Before(x.ends) {
		x.ends, x.used = now.Add(window), 0
	}
	x.used++
	switch {
	case x.used <= x.limit:
		x.seen.answered++
		return true
	case x.used == x.limit+1:
		x.seen.full++
	}
	x.seen.refused++
	return false
}

// counted counts what a request changed.
type counted struct {
	http.ResponseWriter
	r *http.Request
	x *target
}

func (c *counted) WriteHeader(status int) {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	if c.r.Method != http.MethodGet {
		c.x.seen.writes++
	}
	if c.r.Method == http.MethodPost && status == http.StatusCreated {
		c.x.seen.created++
	}
	c.ResponseWriter.WriteHeader(status)
}

// users returns the user names by externalId, as the target has them.
func (x *target) users(t *testing.T) map[string][]string {
	t.Helper()
	w := httptest.NewRecorder()
	x.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/-/dump", strings.NewReader("")))
	var dump struct{ Users []map[string]any }
	if err := yaml.Unmarshal(w.Body.Bytes(), &dump); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, u := range dump.Users {
		id, _ := u["externalId"].(string)
		name, _ := u["userName"].(string)
		all[id] = append(all[id], name)
	}
	return all
}
