package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// What a keeper of changes must know about this org (see Options.Keep).
const (
	// Format names what Replay understands. It changes when the same requests would make another org.
	Format = "oktasim 3"

	// KeptHeader is the only header of a request that a change depends on: whether a response is wanted before the work
	// is done.
	KeptHeader = "Prefer"
)

// A note is kept with a request, for what is not in it.
type note struct {
	Serial uint64 `json:"serial"`
	Actor  uint32 `json:"actor"` // ordinal of the person whose token it was; the token itself is not kept

	Token   string `json:"token,omitempty"` // its id
	Address string `json:"address,omitempty"`
}

// keep makes a change to the org, and has its request kept.
func (o *Org) keep(r *http.Request, n note, change func() (at time.Time, done bool)) error {
	if o.keeper == nil {
		change()
		return nil
	}
	return o.keeper(r, n, change)
}

// A replay is a request that is made again: the ResponseWriter by which handlers know it.
type replay struct {
	at     time.Time
	note   note
	status int
}

func (p *replay) Header() http.Header         { return http.Header{} }
func (p *replay) Write(b []byte) (int, error) { return len(b), nil }
func (p *replay) WriteHeader(status int)      { p.status = status }

// Replay makes a change again: a request that Options.Keep has kept, at the time and with the note of then. It is for an
// org that serves nobody yet. Limits, tokens and faults do not count. An error means that the org refuses the request.
func (o *Org) Replay(r *http.Request, at time.Time, kept json.RawMessage) error {
	p := &replay{at: at, status: http.StatusOK}
	if err := json.Unmarshal(kept, &p.note); err != nil {
		return fmt.Errorf("read its note: %w", err)
	}
	o.mux.ServeHTTP(p, r)
	o.serial.Store(max(o.serial.Load(), p.note.Serial))
	if p.status < 200 || p.status > 299 {
		return fmt.Errorf("status %d", p.status)
	}
	return nil
}

// again answers a request that is made again.
func (p *replay) again(o *Org, rt route, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.status = http.StatusBadRequest
		return
	}
	c := &call{
		org: o, r: r, query: query, base: baseURL(r), id: requestID(p.note.Serial), token: token{owner: p.note.Actor, id: p.note.Token}, address: p.note.Address,
		now: instantOf(p.at.Add(o.sinceSeed())), again: true,
	}
	p.status = c.serve(rt.serve).status
}
