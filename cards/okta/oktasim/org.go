package oktasim

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure an org beyond its seed. The zero value is right for a server.
type Options struct {
	// Clock is the time by which limits, tokens and the Date header go, and by which the data clock moves on from where
	// the seed sets it. Nil is time.Now. It is called by many goroutines at once.
	Clock func() time.Time

	// Began is when the org's state began, on the clock; zero is now.
	Began time.Time

	// Keep is called for each request that may change the org, so that a later org of the same seed and Began can Replay
	// it. It makes the change, which reports when it was made, and whether it was; it may read the request's body, and
	// must put it back. Changes must be made one at a time, and replayed in their order. An error is that nothing can be
	// kept: the request is refused. Nil: nothing is kept.
	Keep func(r *http.Request, note any, change func() (at time.Time, done bool)) error
}

// An Org is a simulated Okta org. It serves any number of requests at once. It lives in memory, unless its Options keep
// its changes.
type Org struct {
	clock   func() time.Time
	began   time.Time    // on the clock, when the state was made of the seed
	shift   atomic.Int64 // from the clock to the data clock, a time.Duration
	latency time.Duration
	mux     *http.ServeMux
	keeper  func(r *http.Request, note any, change func() (at time.Time, done bool)) error

	tokens   map[string]token // by secret
	limits   *limiter
	faults   atomic.Pointer[[]*armedFault]
	stats    *stats
	requests requestLog
	serial   atomic.Uint64 // of requests and errors

	searchDelay    time.Duration
	asyncLifecycle time.Duration
	schema         schema // the org's own attributes of users

	mu     sync.RWMutex // guards what follows
	state  *directory
	stale  []version // what the search index still shows, the oldest first
	events eventLog
}

// New makes the org that a seed describes. It takes a few seconds for a million people. An error
// means that an id of the seed is one that the org makes up itself for somebody else.
func New(seed Seed, options Options) (*Org, error) {
	clock := options.Clock
	if clock == nil {
		clock = time.Now
	}
	began := options.Began
	if began.IsZero() {
		began = clock()
	}
	start := began
	if !seed.now.IsZero() {
		start = seed.now
	}
	state, err := populate(seed, instantOf(start))
	if err != nil {
		return nil, fmt.Errorf("populate the org: %w", err)
	}
	o := &Org{
		clock:   clock,
		began:   began,
		latency: seed.latency,
		keeper:  options.Keep,

		searchDelay:    seed.searchDelay,
		asyncLifecycle: seed.asyncLifecycle,
		schema:         seed.schema,

		tokens: seed.tokensBySecret(),
		limits: newLimiter(seed.limits),
		stats:  newStats(),
		state:  state,
		events: eventLog{delay: seed.logDelay},
	}
	o.shift.Store(int64(start.Sub(began)))
	o.arm(seed.faults)
	o.mux = o.routes()
	return o, nil
}

// Began is when the org's state began: Options.Began, or when it was made.
func (o *Org) Began() time.Time { return o.began }

// ServeHTTP answers one request. A fault with reset cuts the connection; where the ResponseWriter
// cannot give its connection away, it panics with http.ErrAbortHandler, as net/http asks for.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "oktasim")
	o.mux.ServeHTTP(w, r)
}
