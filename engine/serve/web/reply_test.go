package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Flows that answer, and those that a role may start.
const replyFlows = `flow: zebra-reply
inputs: {status: {type: integer, default: 200}, body: {default: null}}
triggers:
  - webhook: zebra-reply
    method: PUT
steps:
  - respond: {status: "${ inputs.status }", headers: {X-Kind: zebra, Location: /elsewhere}, body: "${ inputs.body }"}
  - wait: 300ms
  - return: after
---
flow: zebra-get
inputs: {who: string}
triggers:
  - webhook: zebra-get
    method: GET
    within: 1m
    inputs: {who: "${ trigger.query.who }"}
steps:
  - respond: {headers: {Content-Type: text/csv}, body: "${ inputs.who }"}
---
flow: zebra-late
triggers:
  - webhook: zebra-late
    within: 1s
steps:
  - wait: 2s
  - respond: {body: late}
---
flow: zebra-mute
inputs: {fails: boolean}
triggers:
  - webhook: zebra-mute
    within: 1m
steps:
  - if: inputs.fails
    then: [{fail: "no"}]
  - if: run.flow == ""
    then: [{respond: {body: never}}]
---
flow: zebra-twice
triggers:
  - webhook: zebra-twice
inputs: {again: {type: boolean, default: true}}
steps:
  - respond: {body: first}
    if: run.flow != ""
  - respond: {body: second}
    if: inputs.again
---
flow: zebra-hidden
inputs: {password: {type: string, secret: true}}
triggers:
  - webhook: zebra-hidden
steps:
  - respond: {body: {echo: "${ inputs.password }"}}
---
flow: zebra-desk
inputs: {who: string}
triggers:
  - manual: {roles: [desk]}
steps:
  - return: '${ [inputs.who, trigger.kind, trigger.by, run.by] }'
---
flow: zebra-both
triggers:
  - manual: {roles: [desk, hr, viewer]}
  - webhook: zebra-both
steps:
  - return: 1
`

func TestAFlowAnswersItsWebhookAndGoesOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct {
		body, text, kind string
		status           int
	}{
		"JSON":    {`{"status": 201, "body": {"a": [1.0, null]}}`, `{"a":[1,null]}`, "application/json", 201},
		"a text":  {`{"body": "<b>"}`, "<b>", "text/plain; charset=utf-8", 200},
		"nothing": {`{"status": 303}`, "", "", 303},
		"false":   {`{"body": false}`, "false", "application/json", 200},
	} {
		client := *http.DefaultClient
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r, err := http.NewRequestWithContext(t.Context(), "PUT", s.url+"/hooks/zebra-reply", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.tokens["full"])
		r.Header.Set("Content-Type", "application/json")
		got, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 1000)
		n, _ := got.Body.Read(text)
		got.Body.Close()
		if got.StatusCode != c.status || string(text[:n]) != c.text || got.Header.Get("X-Kind") != "zebra" || got.Header.Get("Content-Type") != c.kind || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %d %q, %v", name, got.StatusCode, text[:n], got.Header)
		}
	}
	going := s.ask("GET", "/api/v1/runs?flow=zebra-reply&status=running", "full", "")
	if runs, _ := going.field("runs").([]any); len(runs) == 0 {
		t.Errorf("the runs must go on after their answers: %s", going.text)
	}
	if a := s.ask("GET", "/hooks/zebra-get?who=Ada", "full", ""); a.status != 200 || a.text != "Ada" || a.header.Get("Content-Type") != "text/csv" {
		t.Errorf("got %d %s %v", a.status, a.text, a.header)
	}
}

func TestAWebhookHasOneMethod(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, c := range []struct{ method, hook, allow string }{{"POST", "zebra-reply", "PUT"}, {"GET", "zebra-reply", "PUT"}, {"HEAD", "zebra-get", "GET"}, {"PATCH", "zebra-get", "GET"}, {"GET", "zebra-echo", "POST"}} {
		a := s.ask(c.method, "/hooks/"+c.hook, "full", "")
		if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q", c.method, c.hook, a.status, a.header.Get("Allow"))
		}
		if a := s.ask(c.method, "/hooks/"+c.hook, "", ""); a.status != http.StatusUnauthorized || a.header.Get("Allow") != "" {
			t.Errorf("%s %s without a token: got %d, Allow %q", c.method, c.hook, a.status, a.header.Get("Allow"))
		}
	}
}

func TestAFlowThatDoesNotAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	s := open(t)
	for input, message := range map[string]string{"true": "the run is failed, without an answer", "false": "the run is succeeded, without an answer"} {
		a := s.ask("POST", "/hooks/zebra-mute", "full", `{"fails": `+input+`}`)
		unanswered(t, a, message)
	}
}

func TestAFlowThatDoesNotAnswerInTimeIsUnavailable(t *testing.T) {
	t.Parallel()
	s := open(t)
	send := func(n int) answer {
		return s.ask("POST", "/hooks/zebra-late", "full", `{}`, header("Idempotency-Key", strconv.Itoa(n)))
	}
	n := 0
	late := send(n)
	for deadline := time.Now().Add(time.Minute); late.field("error.kind") == "not_started" && time.Now().Before(deadline); late = send(n) {
		n++ // a slow machine did not even start the run in time
	}
	unanswered(t, late, "the flow has not answered within 1s; its run goes on")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // until the run has answered
		if a := send(n); a.status == 200 && a.text == "late" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the same request again must get the answer")
		}
	}
}

// unanswered checks the error for a caller whose flow has not answered.
func unanswered(t *testing.T, a answer, message string) {
	t.Helper()
	a.is(t, message, http.StatusServiceUnavailable, "no_answer")
	if a.header.Get("Retry-After") != "" {
		t.Error("whoever sends the request again would start another run")
	}
	if a.field("error.message") != message || !strings.Contains(a.text, "GET /api/v1/occasions/") {
		t.Errorf("got %s, want %q", a.text, message)
	}
}

func TestARunThatCannotStartInTimeDoesNotAnswerNobodyLater(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.serve(); err != nil { // nobody starts runs
		t.Fatal(err)
	}
	a := s.ask("POST", "/hooks/zebra-late", "full", "{}")
	a.is(t, "a run that cannot start", http.StatusServiceUnavailable, "not_started")
	if a.header.Get("Retry-After") == "" {
		t.Error("the request can be sent again")
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
	if err != nil || len(all) != 1 || all[0].Status != store.Dropped || all[0].Reason != "the caller does not wait any more" {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestARunAnswersOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.ask("POST", "/hooks/zebra-twice", "full", "{}", header("Idempotency-Key", "1"))
	if a.status != 200 || a.text != "first" {
		t.Errorf("got %d %s", a.status, a.text)
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Flow: "zebra-twice"})
	if err != nil || len(all) != 1 || all[0].Run == "" {
		t.Fatalf("got %+v, %v", all, err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) { // until the run has ended
		run := s.ask("GET", "/api/v1/runs/"+all[0].Run, "full", "")
		if run.field("ended") != nil {
			if run.field("status") != "failed" || run.field("error.code") != "responded" || run.field("response.body") != "first" || run.field("response.sent") != true {
				t.Errorf("got %s", run.text)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run did not end")
		}
	}
	if a := s.ask("POST", "/hooks/zebra-twice", "full", "{}", header("Idempotency-Key", "1")); a.text != "first" {
		t.Errorf("again: got %d %s", a.status, a.text)
	}
}

func TestAnAnswerWithASecretIsSentAndKeptEncrypted(t *testing.T) {
	t.Parallel()
	s := open(t, func(_ *Config, h *host.Config) {
		h.Key = func() ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil }
	})
	a := s.ask("POST", "/hooks/zebra-hidden", "full", `{"password": "sw0rdfish-sw0rdfish"}`)
	if a.status != 200 || a.text != `{"echo":"sw0rdfish-sw0rdfish"}` {
		t.Errorf("got %d %s", a.status, a.text)
	}
	if runs := s.ask("GET", "/api/v1/runs?flow=zebra-hidden", "full", ""); strings.Contains(runs.text, "sw0rdfish") {
		t.Errorf("got %s", runs.text)
	}
}

func TestAnIdempotencyKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	s := open(t)
	key := header("Idempotency-Key", "4711")
	for _, c := range []struct {
		method, path, token, body string
		status                    int
	}{
		{"POST", "/hooks/zebra-echo", "full", `{"who": "a"}`, 202},
		{"POST", "/hooks/zebra-echo", "full", `{"who": "a"}`, 202},
		{"POST", "/hooks/zebra-echo", "full", `{"who": "b"}`, 422},
		{"POST", "/hooks/zebra-echo?x=1", "full", `{"who": "a"}`, 422},
		{"POST", "/hooks/zebra-echo", "echo", `{"who": "b"}`, 202},
		{"POST", "/api/v1/flows/zebra-echo/runs", "full", `{"inputs": {"who": "a"}}`, 202},
		{"POST", "/api/v1/flows/zebra-echo/runs", "full", `{"inputs": {"who": "a"}}`, 202},
		{"POST", "/api/v1/flows/zebra-echo/runs", "full", `{"inputs": {"who": "b"}}`, 422},
	} {
		a := s.ask(c.method, c.path, c.token, c.body, key)
		if a.status != c.status || c.status == 422 && a.field("error.kind") != "key_used" {
			t.Errorf("%+v: got %d %s", c, a.status, a.text)
		}
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Flow: "zebra-echo"})
	if err != nil || len(all) != 3 {
		t.Errorf("there are %d starts, want 3: %v", len(all), err)
	}
}

func TestARunSaysWhoStoppedIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	for verb, want := range map[string]string{"stop": "stopped by token quagga-full", "pause": "paused by token quagga-full"} {
		a := s.ask("POST", "/api/v1/flows/zebra-long/runs", "full", "{}")
		var run string
		for deadline := time.Now().Add(20 * time.Second); run == "" && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // another goroutine starts the run
			run, _ = s.ask("GET", a.field("url").(string), "full", "").field("run").(string)
		}
		s.ask("POST", "/api/v1/runs/"+run+"/"+verb, "full", "")
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			got := s.ask("GET", "/api/v1/runs/"+run, "full", "")
			if status := got.field("status"); status != "running" && status != "queued" {
				if got.field("reason") != want {
					t.Errorf("%s: got %v, %v", verb, status, got.field("reason"))
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: the run goes on", verb)
			}
		}
	}
}
