package oktasim

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const subscribedSeed = `
now: 2026-03-01T12:00:00Z
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00ucyd, login: cyd@acme.example, firstName: Cyd, lastName: Reed}
event_hooks:
  - id: who1
    name: Leavers
    verificationStatus: VERIFIED
    events: {type: EVENT_TYPE, items: [user.lifecycle.suspend, user.lifecycle.create, user.lifecycle.activate]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/leavers", authScheme: {type: HEADER, key: Authorization, value: open-sesame}}}
  - id: who2
    name: Unverified
    events: {type: EVENT_TYPE, items: [user.lifecycle.suspend]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/unverified"}}
  - id: who3
    name: Inactive
    status: INACTIVE
    verificationStatus: VERIFIED
    events: {type: EVENT_TYPE, items: [user.lifecycle.suspend]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/inactive"}}
`

// received is a delivery as a server of event hooks sees it.
type received struct {
	*http.Request
	EventID, EventType, Source string
	Data                       struct {
		Events []struct {
			EventType string
			Target    []struct{ ID string }
		}
	}
}

// who returns the first target of each event.
func (r received) who() string {
	ids := []string{}
	for _, e := range r.Data.Events {
		ids = append(ids, e.Target[0].ID)
	}
	return strings.Join(ids, " ")
}

// A mailbox is an org with a receiver that answers each delivery with the next of the statuses; then with 204.
type mailbox struct {
	t   *testing.T
	org *Org
	got chan received
}

func newMailbox(t *testing.T, seed string, statuses ...int) *mailbox {
	return newMailboxOf(t, subscribedSeed+seed, statuses...)
}

func newMailboxOf(t *testing.T, seed string, statuses ...int) *mailbox {
	m := &mailbox{t: t, got: make(chan received, 2000)}
	m.org = mustNew(t, seed, Options{Hooks: receiver(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		got := received{Request: r}
		if err == nil {
			err = json.Unmarshal(body, &got)
		}
		if err != nil {
			t.Error(err)
		}
		m.got <- got
		status := http.StatusNoContent
		if len(statuses) > 0 {
			status, statuses = statuses[0], statuses[1:]
		}
		if status == 0 {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		}
		return hookAnswer(status, ""), nil
	})})
	t.Cleanup(func() { m.org.Close() })
	return m
}

func (m *mailbox) send(method, path, body string) string {
	m.t.Helper()
	r := httptest.NewRequest(method, "https://acme.okta.example"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS demo-token")
	r.RemoteAddr = "127.0.0.1:9"
	w := httptest.NewRecorder()
	if m.org.ServeHTTP(w, r); w.Code > 299 {
		m.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (m *mailbox) suspend(ids ...string) {
	m.t.Helper()
	for _, id := range ids {
		m.send("POST", "/api/v1/users/"+id+"/lifecycle/suspend", "")
	}
}

// receives checks the targets of the next deliveries.
func (m *mailbox) receives(want ...string) (last received) {
	m.t.Helper()
	for _, who := range want {
		if last = <-m.got; last.who() != who {
			m.t.Errorf("got a delivery about %s, want %s", last.who(), who)
		}
	}
	return last
}

// Okta, "Event hooks", sample event delivery payload; management API, "Verify an event hook": only active and verified hooks get events.
func TestAnActiveAndVerifiedEventHookGetsItsEvents(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, "")
	m.suspend("00ubob")
	got := m.receives("00ubob")
	if got.Method != "POST" || got.URL.String() != "https://hooks.acme.example/leavers" || got.Header.Get("Authorization") != "open-sesame" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %s %v", got.Method, got.URL, got.Header)
	}
	if got.EventType != "com.okta.event_hook" || got.Source != "https://acme.okta.example/api/v1/eventHooks/who1" || len(got.EventID) != 36 || got.Data.Events[0].EventType != "user.lifecycle.suspend" {
		t.Errorf("got %+v", got)
	}
	m.send("POST", "/api/v1/users/00ubob/lifecycle/unsuspend", "") // not subscribed
	m.send("POST", "/api/v1/eventHooks/who1/lifecycle/deactivate", "")
	m.suspend("00ubob")
	m.send("POST", "/api/v1/eventHooks/who1/lifecycle/activate", "")
	m.suspend("00ucyd")
	m.receives("00ucyd")
}

// Okta, "Event hooks": a delivery may have several events. That those of one operation come together is our guess.
func TestTheEventsOfOneOperationAreDeliveredTogether(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, "")
	m.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"password":{"value":"Correct Horse 1"}}`))
	if got := <-m.got; len(got.Data.Events) != 2 {
		t.Errorf("got %+v", got)
	}
}

// Okta, "Event hooks", timeout and retry: once more after a 5xx, not after a 4xx.
func TestADeliveryIsRepeatedOnceAfterAServerError(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, "", 500, 503, 404)
	m.suspend("00uada", "00ubob", "00ucyd")
	first := m.receives("00uada")
	second := m.receives("00uada", "00ubob", "00ucyd")
	if first.EventID == second.EventID {
		t.Errorf("two events have the id %s", first.EventID)
	}
}

// Okta, "Event hooks", timeout and retry: three seconds, then once more.
func TestADeliveryIsRepeatedOnceIfNoAnswerComesWithinThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(t, "", 0, 0)
		begin := time.Now()
		m.suspend("00ubob", "00ucyd")
		if took := time.Since(begin); took != 0 {
			t.Errorf("the requests took %v", took)
		}
		m.receives("00ubob", "00ubob", "00ucyd")
		if took := time.Since(begin); took != 6*time.Second {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		r := httptest.NewRequest("GET", "/-/hooks?since=1", nil)
		r.RemoteAddr = ""
		w := httptest.NewRecorder()
		m.org.ServeHTTP(w, r)
		if got := w.Body.String(); strings.Count(got, "no answer within 3 s") != 1 || strings.Count(got, `"status":204`) != 1 {
			t.Errorf("got %s", got)
		}
	})
}

// Okta, "Event hooks": deliveries may be duplicated, and come in any order.
func TestFaultsOfDeliveriesDuplicateSwapAndDelayThem(t *testing.T) {
	t.Parallel()
	t.Run("duplicate", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, "faults: [{delivery: duplicate, every: 2}]")
		m.suspend("00uada", "00ubob", "00ucyd")
		once := m.receives("00uada", "00ubob")
		if twice := m.receives("00ubob"); once.EventID != twice.EventID {
			t.Errorf("the duplicate has the id %s, not %s", twice.EventID, once.EventID)
		}
		m.receives("00ucyd")
	})
	t.Run("swap", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, "faults: [{delivery: swap, nth: 1}]")
		m.suspend("00uada", "00ubob", "00ucyd")
		m.receives("00ubob")
		if a, b := (<-m.got).who(), (<-m.got).who(); a+b != "00uada00ucyd" {
			t.Errorf("got %s, %s", a, b)
		}
	})
	t.Run("swap the last one", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, "faults: [{delivery: swap, by: null, nth: 1}]")
		m.suspend("00uada")
		m.send("POST", "/-/clock", `{"advance": "1m"}`)
		m.receives("00uada")
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, "")
		m.send("POST", "/-/faults", `[{delivery: late, by: 1h, nth: 1}]`)
		m.suspend("00uada", "00ubob", "00ucyd")
		m.receives("00ubob", "00ucyd")
		m.send("POST", "/-/clock", `{"advance": "1h"}`)
		m.receives("00uada")
	})
}

func TestWaitingDeliveriesAreBoundedAndEndWithTheOrg(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, "", 0)
	m.suspend("00uada")
	m.receives("00uada") // hangs
	for range hookQueue + 2 {
		m.org.outbox.add(delivery{hook: subscriber{id: "who1", uri: "https://hooks.acme.example/leavers"}, body: "{}"})
	}
	if got := m.org.outbox.log.since(0); len(got) != 2 || !strings.HasPrefix(got[1].Problem, "lost") {
		t.Errorf("got %+v", got)
	}
	m.org.Close()
	m.suspend("00ubob") // the org still answers
	if len(m.got) > 0 || len(m.org.outbox.queues) > 0 {
		t.Errorf("%d deliveries after Close, %d queues", len(m.got), len(m.org.outbox.queues))
	}
}

// A delivery fault has its own mistakes.
func TestFaultsOfDeliveriesAreChecked(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]string{
		"faults: [{delivery: lost, every: 1}]":                               `unknown fault "lost"`,
		"faults: [{delivery: late, every: 1}]":                               "needs a time in by if and only if",
		"faults: [{delivery: duplicate, by: 1s, every: 1}]":                  "needs a time in by if and only if",
		"faults: [{delivery: swap, by: 1s, every: 1}]":                       "faults[0].by must be an integer from 1",
		"faults: [{delivery: swap, by: 0, every: 1}]":                        "faults[0].by must be an integer from 1",
		"faults: [{delivery: swap}]":                                         "needs one of every, nth and share",
		"faults: [{delivery: swap, every: 2, share: 20%}]":                   "needs one of every, nth and share",
		"faults: [{delivery: swap, every: 2, nth: 2}]":                       "needs one of every, nth and share",
		"faults: [{delivery: swap, every: null}]":                            "needs one of every, nth and share",
		"faults: [{delivery: swap, nth: }]":                                  "needs one of every, nth and share",
		"faults: [{delivery: swap, share: null}]":                            "needs one of every, nth and share",
		"faults: [{delivery: swap, share: 20}]":                              "faults[0].share must be a percentage",
		"faults: [{delivery: swap, share: 0%}]":                              "faults[0].share must be a percentage",
		"faults: [{delivery: swap, every: 1, match: \"GET /api/v1/users\"}]": "cannot have match",
	} {
		if _, err := Load([]byte(seed)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", seed, err, want)
		}
	}
}
