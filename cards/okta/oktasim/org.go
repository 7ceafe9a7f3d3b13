package oktasim

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what a seed does not say about an org. The zero value is right for a server.
type Options struct {
	// Clock tells the time by which limits, tokens and the Date header go, and by which the data
	// clock moves on from where the seed sets it. Nil is time.Now. It is called by many goroutines
	// at once.
	Clock func() time.Time
}

// An Org is a simulated Okta org. It serves any number of requests at once. One that is made by New lives
// in memory only, one that is made by Open remembers.
type Org struct {
	clock   func() time.Time
	began   time.Time    // on the clock, when the state was made of the seed
	shift   atomic.Int64 // from the clock to the data clock, a time.Duration
	latency time.Duration
	mux     *http.ServeMux
	journal *journal // nil: nothing is kept

	tokens map[string]token // by secret
	limits *limiter
	faults []*armedFault
	stats  *stats
	serial atomic.Uint64 // of requests and errors

	searchDelay time.Duration
	attributes  []string // custom attributes of the profile; nil is any

	mu     sync.RWMutex // guards what follows
	state  *directory
	stale  []version // what the search index still shows, the oldest first
	events eventLog
}

// New makes the org that a seed describes. It takes a few seconds for a million people. An error
// means that an id of the seed is one that the org makes up itself for somebody else.
func New(seed Seed, options Options) (*Org, error) { return newOrg(seed, options, time.Time{}) }

// newOrg makes an org that began at a moment; zero is now.
func newOrg(seed Seed, options Options, began time.Time) (*Org, error) {
	clock := options.Clock
	if clock == nil {
		clock = time.Now
	}
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

		searchDelay: seed.searchDelay,
		attributes:  seed.attributes,

		tokens: seed.tokensBySecret(),
		limits: newLimiter(seed.limits),
		stats:  newStats(),
		state:  state,
	}
	o.shift.Store(int64(start.Sub(began)))
	for _, f := range seed.faults {
		o.faults = append(o.faults, &armedFault{fault: f})
	}
	o.mux = o.routes()
	return o, nil
}

// ServeHTTP answers one request. A fault with reset cuts the connection; where the ResponseWriter
// cannot give its connection away, it panics with http.ErrAbortHandler, as net/http asks for.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "oktasim")
	o.mux.ServeHTTP(w, r)
}
