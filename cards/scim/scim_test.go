package scim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// far is a target of a test: a server, and the requests that it received.
type far struct {
	t    testing.TB
	conn card.Connection
	time *clock.Jumping // waiting takes no time
	last *card.Error    // the failure of the attempt before

	mu       sync.Mutex
	requests []sent
}

// sent is a request as a test sees it.
type sent struct {
	method, path, query, match string
	body                       map[string]any
}

// operations returns the operations of a PATCH.
func (s sent) operations() []any { list, _ := s.body["Operations"].([]any); return list }

// connectTo opens a connection to a handler. more are further settings.
func connectTo(t testing.TB, handler http.Handler, more map[string]any) *far {
	t.Helper()
	f := &far{t: t, time: clock.NewJumping(time.Now())}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		s := sent{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, match: r.Header.Get("If-Match")}
		_ = json.Unmarshal(data, &s.body) // not all have one
		f.mu.Lock()
		f.requests = append(f.requests, s)
		f.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(data)))
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	config := map[string]any{"base_url": server.URL + "/scim/v2", "auth": map[string]any{"bearer": map[string]any{"env": "TOKEN"}}}
	for name, v := range more {
		config[name] = v
	}
	conn, err := Service().Open(card.Settings{Name: "app", Config: config, Clock: f.time, Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(scimsim.DefaultToken), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f.conn = conn
	return f
}

// simulated opens a connection to a simulated target.
func simulated(t testing.TB, seed string) (*far, *scimsim.Server) {
	t.Helper()
	loaded, err := scimsim.Load([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	var sim *scimsim.Server
	f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sim.ServeHTTP(w, r) }), nil)
	if sim, err = scimsim.New(loaded, scimsim.Options{Clock: f.time.Now}); err != nil {
		t.Fatal(err)
	}
	return f, sim
}

// try calls a card.
func (f *far) try(name string, in map[string]any) (map[string]any, error) {
	c := card.NewSet(Cards()...)[name]
	call := card.Call{Conn: f.conn, ConnName: "app", Attempt: 1, Last: f.last}
	if c.IsList() {
		return f.all(c, call, in)
	}
	out, err := c.Run(f.t.Context(), call, in)
	answer, _ := out.(map[string]any)
	return answer, err
}

// all reads all pages of a list: {"records": […]}.
func (f *far) all(c card.Card, call card.Call, in map[string]any) (map[string]any, error) {
	records := []any{}
	for at := card.Cursor(""); ; {
		page, err := c.Page(f.t.Context(), call, in, at)
		if err != nil {
			return nil, err
		}
		records = append(records, page.Items...)
		if at = page.Next; at == "" {
			return map[string]any{"records": records}, nil
		}
	}
}

// do is try for a call that succeeds.
func (f *far) do(name string, in map[string]any) map[string]any {
	f.t.Helper()
	out, err := f.try(name, in)
	if err != nil {
		f.t.Fatalf("%s %v: %v", name, in, err)
	}
	return out
}

// writes returns the requests that may change something, and forgets all requests.
func (f *far) writes() (all []sent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.requests {
		if s.method != http.MethodGet {
			all = append(all, s)
		}
	}
	f.requests = nil
	return all
}

// names returns the values at a label of the records of a list, sorted.
func names(list map[string]any, label string) (all []string) {
	for _, item := range list["records"].([]any) {
		all = append(all, item.(map[string]any)[label].(string))
	}
	slices.Sort(all)
	return all
}

// answering is a handler with the same answer to all requests but that for what the target offers.
func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		if strings.HasSuffix(r.URL.Path, "/ServiceProviderConfig") {
			_, _ = io.WriteString(w, `{"patch": {"supported": true}, "filter": {"supported": true}}`)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}
