package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// waiting adds occasions of flows that wait as long as the test wants: the server is stopped.
func (s *site) waiting(all ...store.Occasion) (ids []int64) {
	s.t.Helper()
	if err := s.serve(); err != nil {
		s.t.Fatal(err)
	}
	for i, o := range all {
		o.Trigger, o.Key, o.At, o.Inputs = byRequest, fmt.Sprint("waiting ", i), time.Now(), map[string]any{"who": "a"}
		if _, err := s.history.Submit(s.t.Context(), nil, o); err != nil {
			s.t.Fatal(err)
		}
		found, err := s.history.Starts(s.t.Context(), store.StartFilter{Limit: 1})
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, found[0].ID)
	}
	return ids
}

func TestOccasionsAreListedInPagesAsATokenMaySeeThem(t *testing.T) {
	t.Parallel()
	s := open(t)
	ids := s.waiting(store.Occasion{Flow: "zebra-echo", By: "token quagga-full"}, store.Occasion{Flow: "zebra-desk", By: "token quagga-desk"}, store.Occasion{Flow: "zebra-echo", By: "token quagga-echo"})
	list := func(path, token string) (got []int64, next any) {
		t.Helper()
		a := s.ask("GET", path, token, "")
		if a.status != http.StatusOK {
			t.Fatalf("%s: got %d %s", path, a.status, a.text)
		}
		for _, one := range a.field("occasions").([]any) {
			got = append(got, int64(one.(map[string]any)["occasion"].(float64)))
		}
		return got, a.field("next")
	}
	for _, c := range []struct {
		query, token string
		want         []int64
		next         any
	}{
		{"", "see", []int64{ids[2], ids[1], ids[0]}, nil},
		{"?limit=2", "see", []int64{ids[2], ids[1]}, fmt.Sprint(ids[1])},
		{fmt.Sprint("?limit=2&before=", ids[1]), "see", []int64{ids[0]}, nil},
		{"?flow=zebra-desk", "see", []int64{ids[1]}, nil},
		{"?status=waiting", "see", []int64{ids[2], ids[1], ids[0]}, nil},
		{"?status=dropped", "see", nil, nil},
		{"", "echo", []int64{ids[2], ids[0]}, nil},
		{"?flow=zebra-desk", "echo", nil, nil},
		{"", "desk", []int64{ids[1]}, nil},
		{"", "desk2", nil, nil},
	} {
		if got, next := list("/api/v1/occasions"+c.query, c.token); fmt.Sprint(got) != fmt.Sprint(c.want) || next != c.next {
			t.Errorf("%s for %s: got %v, next %v; want %v, %v", c.query, c.token, got, next, c.want, c.next)
		}
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=x", "status=waits", "before=x", "before=0"} {
		s.ask("GET", "/api/v1/occasions?"+query, "full", "").is(t, query, http.StatusBadRequest, "invalid")
	}
	if a := s.ask("GET", "/api/v1/occasions", "see", ""); !strings.Contains(a.text, `"by":"token quagga-full"`) || !strings.Contains(a.text, `"reason":"no server runs"`) {
		t.Errorf("got %s", a.text)
	}
}

func TestAnOccasionIsDroppedByAnOperatorWhileItWaits(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, started := s.slow()
	ids := s.waiting(store.Occasion{Flow: "zebra-echo"}, store.Occasion{Flow: "zebra-slow"})
	drop := func(id any) string { return fmt.Sprintf("/api/v1/occasions/%v/drop", id) }
	s.ask("POST", drop(ids[0]), "see", "").is(t, "a viewer", http.StatusForbidden, "forbidden")
	s.ask("POST", drop(ids[0]), "desk", "").is(t, "a role of its own", http.StatusForbidden, "forbidden")
	s.ask("POST", drop(ids[1]), "echo", "").is(t, "a flow that the token may not see", http.StatusNotFound, "not_found")
	s.ask("POST", drop(started), "full", "").is(t, "one that has started", http.StatusConflict, "conflict")
	for range 2 { // the second time it is known
		a := s.ask("POST", drop(ids[0]), "full", "")
		if a.status != http.StatusOK || a.field("status") != "dropped" || a.field("reason") != "dropped by token quagga-full" {
			t.Errorf("got %d %s", a.status, a.text)
		}
	}
	if a := s.ask("GET", fmt.Sprint("/api/v1/occasions/", ids[1]), "see", ""); a.field("status") != "waiting" {
		t.Errorf("another one: got %s", a.text)
	}
	if !strings.Contains(s.log.String(), `msg=dropped flow=zebra-echo occasion=`) {
		t.Errorf("the log has no line for it:\n%s", s.log)
	}
}
