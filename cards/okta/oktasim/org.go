package oktasim

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure an org beyond its seed. The zero value is right for a server.
type Options struct {
	// Clock returns the time for limits, tokens and the Date header. The data clock starts at the time that the seed
	// sets, and moves with Clock. Nil means time.Now. Clock must be safe for concurrent use.
	Clock func() time.Time

	// Began is the time on the clock when the state was first created. The zero time means now.
	Began time.Time

	// Keep stores a request that may change the org, so that a later org with the same seed and Began can Replay it.
	// It must call change, which makes the change, and reports the time and whether anything was done. Keep may read
	// the body of the request, and must restore it. It must call change for one request at a time, and requests must
	// be replayed in that order. If Keep returns an error, because the request cannot be stored, the request is
	// refused. A nil Keep stores nothing.
	Keep func(r *http.Request, note any, change func() (at time.Time, done bool)) error

	// Hooks sends the requests to event hooks. Nil means HTTP, without a proxy, to loopback addresses only: other URLs are as if
	// nobody answered there.
	Hooks http.RoundTripper
}

// An Org is a simulated Okta org. It is safe for concurrent use. Its state is in memory, unless Options.Keep stores
// its changes.
type Org struct {
	clock   func() time.Time
	began   time.Time    // on the clock, when the state was first created
	shift   atomic.Int64 // from the clock to the data clock; a time.Duration
	latency time.Duration
	mux     http.Handler
	keeper  func(r *http.Request, note any, change func() (at time.Time, done bool)) error

	tokens   map[string]token // API tokens by secret
	visitor  uint32           // ordinal of the user who signs in at /authorize by default
	proofs   *proofs
	signer   *signer
	limits   *limiter
	random   uint64 // the number in the seed, for faults that strike at random
	faults   atomic.Pointer[[]*armedFault]
	stats    *stats
	requests requestLog
	outbox   *outbox
	serial   atomic.Uint64 // number of requests and errors

	searchDelay    time.Duration
	asyncLifecycle time.Duration

	mu     sync.RWMutex // guards the following fields
	state  *directory
	issued *issued
	stale  []version // records that the search index still shows, the oldest first
	events eventLog
}

// New creates the org that a seed describes. It takes a few seconds for a million users. It returns an error if an id
// of the seed is also the id that the org generates for another user or group, and one that joins SeedErrors if objects refer to
// something that the org does not have or would be refused by Okta.
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
		return nil, err
	}
	o := &Org{
		clock:   clock,
		began:   began,
		latency: seed.latency,
		keeper:  options.Keep,

		searchDelay:    seed.searchDelay,
		asyncLifecycle: seed.asyncLifecycle,

		tokens: seed.tokensBySecret(),
		proofs: newProofs(), signer: newSigner(),
		random: seed.generate.seed,
		limits: newLimiter(seed.limits),
		stats:  newStats(),
		state:  state,
		issued: newIssued(),
		events: eventLog{delay: seed.logDelay},
	}
	if all := seed.allTokens(); len(all) > 0 {
		o.visitor = all[0].owner
	}
	o.shift.Store(int64(start.Sub(began)))
	o.arm(seed.faults)
	o.outbox = newOutbox(o, options.Hooks)
	o.mux = o.routes()
	return o, nil
}

// Began returns the time when the org's state was first created: Options.Began, or the time of New.
func (o *Org) Began() time.Time { return o.began }

// Close ends the deliveries to event hooks, and loses those that wait. The org still answers requests. It returns nil.
func (o *Org) Close() error {
	o.outbox.close()
	return nil
}

// ServeHTTP answers one request. A fault with reset cuts the connection. If the ResponseWriter does not give access
// to the connection, ServeHTTP panics with http.ErrAbortHandler, as net/http documents.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "oktasim")
	o.mux.ServeHTTP(w, r)
}
