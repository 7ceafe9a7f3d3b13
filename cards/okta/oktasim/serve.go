package oktasim

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// serve returns the handler of an API route. It checks limits, the token, faults and the scope, and runs the
// operation.
func (o *Org) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p, ok := w.(*replay); ok {
			p.again(o, rt, r)
			return
		}
		serial := o.serial.Add(1)
		c := &call{org: o, r: r, base: baseURL(r), serial: serial, id: requestID(serial), address: addressOf(r)}
		a, quota := o.answer(c, rt)
		if a.cut {
			cut(w)
			return
		}
		h := w.Header()
		h.Set("Content-Type", cmp.Or(a.media, "application/json"))
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		h.Set("Date", o.clock().UTC().Format(http.TimeFormat))
		h.Set("X-Okta-Request-Id", c.id)
		quota.write(h)
		for _, link := range a.links {
			h.Add("Link", link)
		}
		if a.challenge != "" {
			h.Set("WWW-Authenticate", a.challenge)
		}
		if a.etag != "" {
			h.Set("ETag", a.etag)
		}
		for name, value := range a.header {
			h.Set(name, value)
		}
		w.WriteHeader(a.status)
		w.Write(a.body) // an error means that the client closed the connection
	}
}

// answer makes the answer and counts it. A request counts as concurrent until its answer is complete, not until it is
// sent. Otherwise a client that sends the next request at once could exceed the concurrency limit with one request at
// a time.
func (o *Org) answer(c *call, rt route) (a answer, q quota) {
	underWay := o.stats.enter()
	defer func() {
		o.requests.note(c, a, o.clock())
		o.stats.leave(rt.template(c.r), a)
	}()

	t, kind, problem := c.bearer()
	q, within := o.limits.take(c.r.Method, c.r.URL.EscapedPath(), t.holder(), underWay, o.clock())
	o.wait(c.r)
	switch {
	case !within && rt.open(): // the body has the form of the management API here too (Okta, "Org Authorization Server", token)
		return c.refuse(http.StatusTooManyRequests, "E0000047", "You exceeded the maximum number of requests. Try again in a while."), q
	case !within:
		return c.refuse(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests."), q
	case rt.open():
		return c.serveOpenly(rt), q
	case kind == "":
		return c.refuse(http.StatusForbidden, "E0000005", "Invalid session"), q
	case problem != nil:
		return c.refuseToken(problem, rt.scope), q
	}
	if c.token = t; !t.allows(rt.scope) {
		return c.forbid(rt.scope), q
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return c.invalid("query", "the query of the URL cannot be read: "+err.Error()), q
	}
	c.query = query
	if a, struck := c.fault(); struck {
		return a, q
	}
	if rt.changes() {
		a := c.keep(rt.serve)
		if a.later != nil {
			a = a.later()
		}
		return a, q
	}
	c.tick()
	return c.serve(rt.serve), q
}

// fault returns the answer of the first fault that applies to the request.
func (c *call) fault() (a answer, struck bool) {
	for _, f := range *c.org.faults.Load() {
		if f.strikes(c.r) {
			return f.answer(c), true
		}
	}
	return answer{}, false
}

// serveOpenly answers a request that needs no token. What it changes is not kept.
func (c *call) serveOpenly(rt route) answer {
	if a, struck := c.fault(); struck {
		return a
	}
	c.passing = true
	c.tick()
	return c.serve(rt.serve)
}

// keep runs an operation that changes the org, and stores the request. If the request cannot be stored, it is
// refused.
func (c *call) keep(handler func(*call) answer) (a answer) {
	err := c.org.keep(c.r, note{Serial: c.serial, Actor: c.token.owner, Token: c.token.id, App: appID(c.token.app), Address: c.address}, func() (at time.Time, done bool) {
		at = c.tick()
		a = c.serve(handler)
		return at, a.done()
	})
	if err != nil {
		return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", "the state of this simulated org cannot be kept: "+err.Error())
	}
	return a
}

// wait waits for the seed's latency. If the client closes the connection, the wait ends, but the operation is carried
// out, as Okta does.
func (o *Org) wait(r *http.Request) {
	if o.latency == 0 {
		return
	}
	timer := time.NewTimer(o.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// baseURL returns the scheme and host that the caller used, because Okta's links are absolute.
func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// addressOf returns the IP address of the caller.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// cut closes the connection without an answer, and with a reset if the transport allows that.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // send a reset; if that fails, the connection is still closed
	}
	conn.Close()
}
