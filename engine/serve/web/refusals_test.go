package web

import (
	"bufio"
	"cmp"
	"net/http"
	"strings"
	"testing"
)

func TestRequestsThatMayMeanTwoThingsAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, change := range map[string]func(*http.Request){
		"two tokens": func(r *http.Request) { r.Header.Add("Authorization", "Bearer x") },
		"two keys":   func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} },
		"an empty key, such as that of a variable that is not set": func(r *http.Request) { r.Header["Idempotency-Key"] = []string{" "} },
		"two types": func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") },
	} {
		for _, path := range []string{"/hooks/zebra-echo", "/api/v1/flows/zebra-echo/runs"} {
			s.ask("POST", path, "full", `{"who": "a"}`, change).is(t, name, http.StatusBadRequest, "invalid")
		}
	}
	for name, body := range map[string]string{
		"bytes that are not UTF-8":                               "{\"who\": \"a\xff\"}",
		"a number that is longer than any that is computed with": `{"who": "a", "times": ` + strings.Repeat("9", longestNumber+1) + `}`,
		"a fraction":  `{"who": "a", "times": 1.` + strings.Repeat("3", longestNumber) + `}`,
		"an exponent": `{"who": "a", "times": 1e` + strings.Repeat("3", longestNumber) + `}`,
	} {
		s.ask("POST", "/hooks/zebra-echo", "full", body).is(t, name, http.StatusBadRequest, "invalid")
	}
	if a := s.ask("POST", "/hooks/zebra-echo", "full", `{"who": "`+strings.Repeat("9", longestNumber+1)+`"}`); a.status != http.StatusAccepted {
		t.Errorf("digits of a string: got %d %s", a.status, a.text)
	}
	for _, query := range []string{"status=sucess", "before=x", "before=20260301-060000-2f1c0a9b7d3e7d5c3cef8b2a41c89ffa", "flow=%ff"} {
		s.ask("GET", "/api/v1/runs?"+query, "full", "").is(t, query, http.StatusBadRequest, "invalid")
	}
	for host, status := range map[string]int{"": http.StatusNotFound, "evil.example": http.StatusMisdirectedRequest} {
		a := s.ask("OPTIONS", "", "", "", func(r *http.Request) { r.URL.Opaque, r.Host = "*", cmp.Or(host, r.Host) })
		if a.status != status {
			t.Errorf("OPTIONS * for %q: got %d %s", host, a.status, a.text)
		}
	}
}

func TestTheLogSaysWhyARequestWasRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	const secret = "hidden-in-a-request"
	s.ask("POST", "/hooks/zebra-echo", "", `{"who": "`+secret+`"}`)
	s.ask("POST", "/hooks/zebra-signed", "", `{"who": "`+secret+`"}`)
	s.ask("POST", "/events/zebra-event?q="+secret, "", `{}`, func(r *http.Request) { r.Header.Set("Authorization", secret) })
	s.ask("POST", "/api/v1/runs/x/stop", "see", "")
	for range mostRefusals {
		s.ask("GET", "/api/v1/runs", "", "")
	}
	log := s.log.String()
	for _, want := range []string{
		`status=401 kind=unauthorized from=127.0.0.1 method=POST path=/hooks/zebra-echo why="there is no bearer token"`,
		`path=/hooks/zebra-signed why="webhook-id or webhook-timestamp is missing`,
		`path=/events/zebra-event why="no event trigger of the flow has this secret and these headers"`,
		`status=403 kind=forbidden from=127.0.0.1 method=POST path=/api/v1/runs/x/stop`,
		"more requests are refused",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(log, secret) {
		t.Error("the log has a text of a request")
	}
	if n := strings.Count(log, "a request was refused"); n != mostRefusals {
		t.Errorf("%d requests are logged, want %d", n, mostRefusals)
	}
	if a := s.ask("GET", "/metrics", "see", ""); !strings.Contains(a.text, `flowdeck_requests_refused_total{status="401"} 23`) {
		t.Errorf("got\n%s", a.text)
	}
}

func TestAStreamOfEventsEndsWhenItsTokenIsRevoked(t *testing.T) {
	t.Parallel()
	s := open(t)
	run, got := s.watch()
	lines := bufio.NewScanner(got.Body)
	lines.Scan()
	if err := s.history.RevokeToken(t.Context(), "quagga-see"); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // until the server cuts the stream off
	}
	if past := s.ask("GET", "/api/v1/runs/"+run, "full", ""); past.field("status") != "running" {
		t.Errorf("got %s", past.text)
	}
	if a := s.ask("POST", "/api/v1/runs/"+run+"/stop", "full", ""); a.status != http.StatusAccepted {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

func TestProbesAreAnsweredHoweverManyRequestsAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range mostOfClient {
		leave, err := s.traffic.enter("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	s.ask("GET", "/api/v1/flows", "full", "").is(t, "one more request", http.StatusTooManyRequests, "rate_limit")
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := s.ask("GET", path, "", ""); a.status == http.StatusTooManyRequests {
			t.Errorf("%s: got %d %s", path, a.status, a.text)
		}
	}
}
