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

// A Waiver lets pass what is not as Okta describes it. It is for what one test does on purpose.
type Waiver struct {
	Operation string // its operationId; method and path where Okta has none
	Place     string // as in the message: "query limit", "body /profile/name"; "" is the operation itself
	Why       string
}

// Exchanges is a handler that answers as next does, and fails the test for every request and every answer
// that is not as Okta describes it. A waiver that nothing needed when the test ends fails it too. Register
// what ends the last request, such as the close of a server, after this.
func Exchanges(t testing.TB, next http.Handler, waivers ...Waiver) http.Handler {
	t.Helper()
	d := load(t)
	return hold(t, next, waivers, d.request, d.answer)
}

// Requests is Exchanges for the requests alone: next may answer whatever the test wants.
func Requests(t testing.TB, next http.Handler, waivers ...Waiver) http.Handler {
	t.Helper()
	return hold(t, next, waivers, load(t).request, nothing)
}

// Answers is Exchanges for the answers, and for the requests that are not refused: a test may ask what makes
// no sense, but the org must not take it.
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

// hold judges each exchange before it is answered, and once more after. A connection that next cuts has no
// after: the test may be over by then.
func hold(t testing.TB, next http.Handler, waivers []Waiver, before, after func(exchange) []divergence) http.Handler {
	var mu sync.Mutex
	needed := map[Waiver]bool{}
	t.Cleanup(func() {
		for _, w := range waivers {
			if !needed[w] {
				t.Errorf("nothing needed the waiver of %s %s: %s", w.Operation, w.Place, w.Why)
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
		if !strings.HasPrefix(r.URL.Path, "/api/") { // a control door of the simulated org
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

// A keeper passes an answer on and keeps it. Its status is 0 while there is none.
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

// Unwrap lets http.ResponseController reach the connection, which the simulated org may cut.
func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }
