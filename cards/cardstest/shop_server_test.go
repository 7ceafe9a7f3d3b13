package cardstest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// shopServer is the server of the shop.
type shopServer struct {
	mu       sync.Mutex
	items    map[string]string // names by id
	next     int
	scopes   []string // of the only token; nil means all
	requests []cardstest.Request
}

func startShop(tb testing.TB, scopes []string) cardstest.Server {
	tb.Helper()
	s := &shopServer{items: map[string]string{"i1": "chair", "i2": "table", "i3": "lamp"}, next: 4, scopes: scopes}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return cardstest.Server{
		Config:   map[string]any{"address": server.URL, "token": map[string]any{"env": "SHOP_TOKEN"}},
		Secret:   "sesame",
		Requests: func() []cardstest.Request { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.requests) },
		Dump:     s.facts,
		State:    s.state,
	}
}

func (s *shopServer) facts() cardstest.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	facts := cardstest.Facts{}
	for _, name := range s.items {
		facts["item "+name] = "for sale"
	}
	return facts
}

func (s *shopServer) state(_ card.Card, in map[string]any) card.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, _ := in["item_id"].(string); s.items[id] != "" {
		return card.State{Names: map[string]string{"item_id": s.items[id]}, Fields: map[string]any{"name": s.items[id]}}
	}
	if name, _ := in["name"].(string); in["item_id"] == nil && slices.Contains(slices.Collect(maps.Values(s.items)), name) {
		return card.State{Fields: map[string]any{"name": name}}
	}
	return card.State{Missing: true}
}

// ServeHTTP answers GET /items, GET, PUT and DELETE /items/ID, and POST /items.
func (s *shopServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, cardstest.Request{Method: r.Method, Path: r.URL.Path})
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/items"), "/")
	scope := "shop.write"
	if r.Method == http.MethodGet {
		scope = "shop.read"
	}
	switch {
	case r.Header.Get("Authorization") != "sesame":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case s.scopes != nil && !slices.Contains(s.scopes, scope):
		w.WriteHeader(http.StatusForbidden)
		return
	case id != "" && s.items[id] == "":
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var sent item
	if r.Method == http.MethodPut || r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		id = fmt.Sprintf("i%d", s.next)
		s.next++
		s.items[id] = sent.Name
	case http.MethodPut:
		s.items[id] = sent.Name
	case http.MethodDelete:
		delete(s.items, id)
		return
	}
	var answer any = item{id, s.items[id]}
	if id == "" {
		all := []item{}
		for id, name := range s.items {
			all = append(all, item{id, name})
		}
		slices.SortFunc(all, func(a, b item) int { return cmp.Compare(a.ID, b.ID) })
		answer = all
	}
	_ = json.NewEncoder(w).Encode(answer) // an error means that the client closed the connection
}
