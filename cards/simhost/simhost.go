// Package simhost runs a simulated server that several processes of one machine share. One process, the host, runs
// the server and serves it on a loopback port. The other processes are guests; when the host ends, one of them
// becomes the host. With a state folder, the server's state survives all processes: a journal stores each request
// that changes it, and the next host replays them.
//
// The package knows HTTP requests, but not what a server simulates. Simulators do not import it: they implement
// Server and call a Keep.
package simhost

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// A Simulator is a kind of server and its seed.
type Simulator struct {
	Format  string     // the kind and the version of its journals, such as "oktasim 2"; it changes when the same journal would result in another state
	Digest  string     // of the part of the seed on which the state depends; the journal of another seed is refused
	Headers []string   // the request headers on which changes depend
	Secrets [][]string // paths of keys in JSON bodies; all strings there and below are stored as x of the same length

	// URI returns the URI of a request in the form that is stored: with other characters in place of secrets.
	URI func(*url.URL) string

	// New creates the server from the seed. began is the time when the state was first created; the zero time means
	// now. The server calls keep for each request that may change its state; a nil keep stores nothing.
	New func(began time.Time, keep Keep) (Server, error)
}

// A Server is a simulated server. Its state must depend only on the seed, on Began, and on the stored requests: their
// method, URI, body, Headers, time and note. A server that sends something by itself is also an io.Closer, which ends that.
type Server interface {
	// ServeHTTP answers requests. It must be safe for concurrent use. GET /-/dump returns the whole state; equal
	// states have equal dumps.
	http.Handler

	// Began returns the time when the state was first created.
	Began() time.Time

	// Replay repeats a change. It is called for one change after another, before the server serves requests. It
	// returns an error if this version of the server refuses the request.
	Replay(r *http.Request, at time.Time, note json.RawMessage) error
}

// A Keep calls change and stores the request, whose body it reads and restores. It makes one change at a time and
// stores them in that order. change reports the time of the change and whether it was made; a request that changed
// nothing is not stored. note is stored as JSON, and has the facts that the request does not have. If Keep returns an
// error, the request must fail. After that, Keep makes no further changes.
type Keep func(r *http.Request, note any, change func() (at time.Time, done bool)) error
