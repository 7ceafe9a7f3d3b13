package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// These constants are for Options.Keep.
const (
	// Format is the version of stored requests. It changes when the same requests would create a different org.
	Format = "oktasim 3"

	// KeptHeader is the only header on which a change depends. It asks for a response before the change is complete.
	KeptHeader = "Prefer"
)

// A note is stored with a request, and has the facts that the request itself does not have.
type note struct {
	Serial uint64 `json:"serial"`
	Actor  uint32 `json:"actor"` // ordinal of the user who owns the token; the token itself is not stored

	Token   string `json:"token,omitempty"` // the id of the API token
	App     string `json:"app,omitempty"`   // the id of the OAuth client of an access token
	Address string `json:"address,omitempty"`
}

// keep makes a change to the org, and stores its request.
func (o *Org) keep(r *http.Request, n note, change func() (at time.Time, done bool)) error {
	if o.keeper == nil {
		change()
		return nil
	}
	return o.keeper(r, n, change)
}

// A replay is the ResponseWriter of a request that is replayed. Handlers recognize the replay by its type.
type replay struct {
	at     time.Time
	note   note
	status int
}

func (p *replay) Header() http.Header         { return http.Header{} }
func (p *replay) Write(b []byte) (int, error) { return len(b), nil }
func (p *replay) WriteHeader(status int)      { p.status = status }

// Replay repeats a change: a request that Options.Keep stored, with its time and note. It must not be called while
// the org serves requests. Limits, tokens and faults are not applied. It returns an error if the org refuses the
// request.
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

// again answers a request that is replayed.
func (p *replay) again(o *Org, rt route, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.status = http.StatusBadRequest
		return
	}
	c := &call{
		org: o, r: r, query: query, base: baseURL(r), id: requestID(p.note.Serial), address: p.note.Address,
		now: instantOf(p.at.Add(o.sinceSeed())), again: true,
	}
	c.token = token{owner: p.note.Actor, id: p.note.Token, app: o.state.collection(apps).byID[p.note.App]}
	p.status = c.serve(rt.serve).status
}

// appID returns the id of an application; "" if there is none.
func appID(app *object) string {
	if app == nil {
		return ""
	}
	return app.id
}
