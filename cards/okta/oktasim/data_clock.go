package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// sinceSeed returns how far the data clock is ahead of the caller's clock. The data clock sets created, lastUpdated
// and similar times.
func (o *Org) sinceSeed() time.Duration { return time.Duration(o.shift.Load()) }

// dataTime returns the time on the data clock.
func (o *Org) dataTime() instant { return instantOf(o.clock().Add(o.sinceSeed())) }

// tick sets the time of the call on the data clock, and returns the time on the caller's clock.
func (c *call) tick() time.Time {
	at := c.org.clock()
	c.now = instantOf(at.Add(c.org.sinceSeed()))
	return at
}

// serveClock answers POST /-/clock {"advance": "1h"}. It moves the data clock forward, and with it everything that
// takes time, such as the delay of the search index. Rate limits and the Date header continue to use the caller's
// clock.
func (o *Org) serveClock(w http.ResponseWriter, r *http.Request) {
	var body struct{ Advance string }
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	r.Body = io.NopCloser(bytes.NewReader(text)) // Keep may read the body again
	by, wrong := time.ParseDuration(body.Advance)
	if err != nil || wrong != nil || by <= 0 {
		http.Error(w, `the body must be {"advance": "1h"}, with a positive duration`, http.StatusBadRequest)
		return
	}
	advance := func() (at time.Time, done bool) {
		o.shift.Add(int64(by))
		return o.clock(), true
	}
	if _, again := w.(*replay); again {
		advance()
		return
	}
	if err := o.keep(r, note{}, advance); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	o.outbox.moved()
	fmt.Fprintln(w, o.clock().Add(o.sinceSeed()).UTC().Format(instantLayout))
}
