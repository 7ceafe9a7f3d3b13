package oktaspec

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Waiver allows one divergence from Okta's description that a test causes on purpose.
type Waiver struct {
	Operation string // the operationId; method and path if Okta has no such operation
	Place     string // as in the message: "query limit", "body /profile/name"; "" for the operation itself
	Why       string
}

// Exchanges returns a handler that answers with next. The test fails for every request and every answer that differs
// from Okta's description, and for every waiver that was not used. Because waivers are checked in a cleanup of the
// test, call Exchanges before you register the cleanup that ends the last request, such as the Close of a server. The
// handler is safe for concurrent use.
func Exchanges(t testing.TB, next http.Handler, waivers ...Waiver) http.Handler {
	t.Helper()
	d := load(t)
	return hold(t, next, waivers, d.request, d.answer)
}

// Requests is like Exchanges, but checks only requests: next may send any answer.
func Requests(t testing.TB, next http.Handler, waivers ...Waiver) http.Handler {
	t.Helper()
	return hold(t, next, waivers, load(t).request, nothing)
}

// Answers is like Exchanges, but checks only answers, and the requests that are not refused. A test may send an
// invalid request, but the org must refuse it.
func Answers(t testing.TB, next http.Handler, waivers ...Waiver) http.Handler {
	t.Helper()
	d := load(t)
	return hold(t, next, waivers, nothing, func(e exchange) []divergence {
		if e.status >= 400 {
			return d.answer(e)
		}
		return slices.Concat(d.request(e), d.answer(e))
	})
}

func nothing(exchange) []divergence { return nil }

// hold calls before for each request and after for each answer. If next cuts the connection, after is not called,
// because the test may have ended.
func hold(t testing.TB, next http.Handler, waivers []Waiver, before, after func(exchange) []divergence) http.Handler {
	var mu sync.Mutex
	needed := map[Waiver]bool{}
	t.Cleanup(func() {
		for _, w := range waivers {
			if !needed[w] {
				t.Errorf("the waiver of %s %s was not needed: %s", w.Operation, w.Place, w.Why)
			}
		}
	})
	report := func(e exchange, found []divergence) {
		for _, d := range found {
			i := slices.IndexFunc(waivers, func(w Waiver) bool { return w.Operation == d.operation && w.Place == d.place })
			if i < 0 {
				t.Errorf("%s %s is not as Okta describes it\n\t%s", e.request.Method, e.request.URL, d)
				continue
			}
			mu.Lock()
			needed[waivers[i]] = true
			mu.Unlock()
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") { // a control endpoint of the simulated org
			next.ServeHTTP(w, r)
			return
		}
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: read the request: %v", r.Method, r.URL, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
		e := exchange{request: r, sent: sent}
		report(e, before(e))
		kept := &keeper{ResponseWriter: w}
		next.ServeHTTP(kept, r)
		if kept.status != 0 {
			e.status, e.header, e.got = kept.status, w.Header(), kept.body.Bytes()
			report(e, after(e))
		}
	})
}

// A keeper passes an answer on and keeps a copy. Its status is 0 until the answer has one.
type keeper struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keeper) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController access to the connection, which the simulated org may cut.
func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }
