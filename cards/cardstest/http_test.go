package cardstest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/files"
)

// httpBench runs the http cards on a server with items, which have an id and a name.
func httpBench() cardstest.Bench {
	raw := map[string][]string{}
	for _, c := range web.Cards() {
		raw[c.Name] = nil // a service has no scopes that flowdeck knows
	}
	const unknown = "flowdeck does not know whether the state was as wanted already"
	return cardstest.Bench{
		Service: web.Service(), Cards: web.Cards(), Start: startItems, Raw: raw,
		Hidden: map[string]string{"http.put": unknown, "http.patch": unknown, "http.request": unknown, "http.delete": unknown},
	}
}

func TestHTTPCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, httpBench())
}

// itemServer is a server that creates an item for each POST to the list, and accepts a DELETE of one that is gone.
type itemServer struct {
	tb  testing.TB
	dir string // of files

	mu       sync.Mutex
	items    map[string]string // names by id
	requests []cardstest.Request
}

func startItems(tb testing.TB, _ []string) cardstest.Server {
	tb.Helper()
	s := &itemServer{tb: tb, dir: tb.TempDir(), items: map[string]string{"i1": "chair", "i2": "table", "i3": "lamp"}}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return cardstest.Server{
		Config:   map[string]any{"base_url": server.URL + "/v1", "auth": map[string]any{"bearer": map[string]any{"env": "ITEMS_TOKEN"}}},
		Secret:   "open-sesame",
		Requests: func() []cardstest.Request { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.requests) },
		Dump:     s.facts,
		Files:    files.New(s.dir, filepath.Join(s.dir, ".flowdeck")).Run("runs/example/files"),
	}
}

// facts has the items and the files.
func (s *itemServer) facts() cardstest.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	facts := filesIn(s.tb, s.dir)
	for id, name := range s.items {
		facts["item "+id] = name
	}
	return facts
}

func (s *itemServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, cardstest.Request{Method: r.Method, Path: r.URL.Path})
	id, one := strings.CutPrefix(r.URL.Path, "/v1/items/")
	var given struct{ Name string }
	_, there := s.items[id]
	switch {
	case r.Header.Get("Authorization") != "Bearer open-sesame":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == "/v1/items":
		s.answer(w, slices.Sorted(maps.Keys(s.items))...)
	case r.Method == http.MethodDelete && one:
		delete(s.items, id)
		w.WriteHeader(http.StatusNoContent)
	case one && !there:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		s.answer(w, id)
	case json.NewDecoder(r.Body).Decode(&given) != nil:
		w.WriteHeader(http.StatusBadRequest)
	default:
		if !one {
			id = fmt.Sprint("i", len(s.items)+1)
		}
		s.items[id] = given.Name
		s.answer(w, id)
	}
}

func (s *itemServer) answer(w http.ResponseWriter, ids ...string) {
	items := []map[string]string{}
	for _, id := range ids {
		items = append(items, map[string]string{"id": id, "name": s.items[id]})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(items)
}
