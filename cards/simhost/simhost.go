// Package simhost hosts a simulated server for the processes of one machine. One process has the server, and serves it
// on a loopback port; others are its guests, and one of them takes over when it ends. With a state folder the server
// outlives all of them: each request that changes it is kept in a journal, and made again at the next start.
//
// It knows HTTP requests, and nothing about what a server simulates. Simulators do not import it: they implement Server
// and call a Keep.
package simhost

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// A Simulator is a kind of server and the seed that its state starts from.
type Simulator struct {
	Format  string     // the kind, and the version of its journals: "oktasim 2"; another one means that a journal would make another state
	Digest  string     // of the seed, as far as the state depends on it; the journal of another seed is refused
	Headers []string   // the headers of a request that a change depends on
	Secrets [][]string // keys from the root of JSON bodies; the strings there and below are kept as so many x

	// URI is the URI of a request as it is kept: with other letters in place of secrets.
	URI func(*url.URL) string

	// New makes the server as the seed describes it. Its state starts at a moment; zero is now. The server calls keep for
	// each request that may change its state; nil: nothing is kept.
	New func(began time.Time, keep Keep) (Server, error)
}

// A Server is a simulated server. Its state must depend on nothing but the seed, when it began, and the requests that
// were kept: their method, URI and body, the headers that matter, when they were made, and their notes.
type Server interface {
	// ServeHTTP answers requests, any number at once. GET /-/dump is the whole state, the same for the same state.
	http.Handler

	// Began is when the state began, as passed to New, or found by it.
	Began() time.Time

	// Replay makes a change again. It is called before the server serves, for one change after the other. An error means
	// that this version of the server refuses the request.
	Replay(r *http.Request, at time.Time, note json.RawMessage) error
}

// A Keep makes a change, and keeps the request, whose body it reads and puts back. Changes are made one at a time: they
// are kept in the order in which they are made. A change reports when it was made, and whether it was: nothing is kept
// of a refusal. The note is kept as JSON, for what the server knows of a request that is not in it. An error is that
// nothing can be kept any more; the change is not made from then on, and the request must not succeed.
type Keep func(r *http.Request, note any, change func() (at time.Time, done bool)) error
