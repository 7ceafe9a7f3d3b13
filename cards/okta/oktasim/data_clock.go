package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// sinceSeed is how far the data clock, by which created, lastUpdated and the like are written, is from the
// caller's.
func (o *Org) sinceSeed() time.Duration { return time.Duration(o.shift.Load()) }

// tick sets the call's time on the data clock, and returns the caller's time.
func (c *call) tick() time.Time {
	at := c.org.clock()
	c.now = instantOf(at.Add(c.org.sinceSeed()))
	return at
}

// serveClock answers POST /-/clock {"advance": "1h"}: the data clock goes on by so much, and with it what
// takes its time, such as a search that lags. Rate limits and the Date header keep the caller's time.
func (o *Org) serveClock(w http.ResponseWriter, r *http.Request) {
	var body struct{ Advance string }
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	r.Body = io.NopCloser(bytes.NewReader(text)) // for the keeper
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
	fmt.Fprintln(w, o.clock().Add(o.sinceSeed()).UTC().Format(instantLayout))
}
