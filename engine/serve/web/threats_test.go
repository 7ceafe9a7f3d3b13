package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// The tests are named after requirements of the threat model, and go through the list of routes, so that a new one cannot be forgotten.

// The metrics, which have names of flows, need no token on this machine only.
func TestT1AnAnswerWithoutATokenNamesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config, _ *host.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "flows.example.com"} })
	for _, route := range Routes() {
		for _, exist := range []bool{true, false} {
			a := s.ask(route.Method, s.path(route, exist), "", body(route))
			if strings.Contains(a.text, "zebra") || strings.Contains(a.text, "quagga") {
				t.Errorf("%s: %s", route.pattern(), a.text)
			}
			if route.Access != Anyone {
				a.is(t, route.pattern(), http.StatusUnauthorized, "unauthorized")
			}
			for name, value := range headers {
				if a.header.Get(name) != value {
					t.Errorf("%s: the header %s is %q", route.pattern(), name, a.header.Get(name))
				}
			}
		}
	}
}

func TestT2EveryRouteRefusesForeignHosts(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config, _ *host.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "flows.example.com"} })
	for _, route := range Routes() {
		path := s.path(route, true)
		for name, own := range map[string]bool{
			"evil.example": false, "evil.example:8321": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "10.0.0.1": false, "[fe80::1]": false, "0.0.0.0": false,
			"localhost": true, "LOCALHOST:1": true, "127.0.0.1": true, "[::1]:8321": true, "flows.example.com": true,
		} {
			if strings.HasSuffix(path, "/events") && own {
				continue // its run has ended, but it would take long for each name
			}
			a := s.ask(route.Method, path, "full", body(route), func(r *http.Request) { r.Host = name })
			if refused := a.status == http.StatusMisdirectedRequest; refused == own {
				t.Errorf("%s for %s: got %d %s", route.pattern(), name, a.status, a.text)
			}
		}
	}
}

func TestT3EveryRouteRefusesOtherSites(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config, _ *host.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "flows.example.com"} })
	for _, route := range Routes() {
		path := s.path(route, true)
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			s.ask(route.Method, path, "full", body(route), header(name, value)).is(t, route.pattern()+" "+name, http.StatusForbidden, "forbidden")
		}
		s.ask(route.Method, path, "full", body(route), header("Origin", "http://flows.example.com")).is(t, route.pattern()+" of its own host without TLS", http.StatusForbidden, "forbidden")
		if a := s.ask(route.Method, path, "full", body(route), header("Sec-Fetch-Site", "same-origin"), header("Origin", "https://flows.example.com")); a.status == http.StatusForbidden {
			t.Errorf("%s: its own site is refused: %s", route.pattern(), a.text)
		}
		for _, typ := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-patch+json", "application/jsonx", ";"} {
			s.ask(route.Method, path, "full", "{}", header("Content-Type", typ)).is(t, route.pattern()+" "+typ, http.StatusUnsupportedMediaType, "unsupported_media_type")
		}
	}
}

func TestT3GETChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.slow()
	count := func() int {
		all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before := count()
	for _, route := range Routes() {
		s.ask(http.MethodGet, s.path(route, true), token(route), "", header("X-Okta-Verification-Challenge", "c"))
	}
	if after := count(); after != before {
		t.Errorf("there are %d occasions more", after-before)
	}
}

func TestT5EveryLimitOfARequestIsSet(t *testing.T) {
	t.Parallel()
	s := open(t)
	h := s.httpServer()
	if h.ReadHeaderTimeout == 0 || h.ReadTimeout == 0 || h.WriteTimeout == 0 || h.IdleTimeout == 0 || h.MaxHeaderBytes != 64<<10 {
		t.Errorf("got %+v", h)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, `{"who": "`+strings.Repeat("a", 10<<20)+`"}`)
	z.Close()
	run, _ := s.slow()
	large := `{"who": "` + strings.Repeat("a", 1<<20) + `"}`
	for _, route := range Routes() {
		if route.Takes == nil {
			continue
		}
		flow := "zebra-echo"
		if route.Access == Service {
			flow = "zebra-event"
		}
		path, who := strings.NewReplacer("{flow}", flow, "{hook}", flow, "{run}", run).Replace(route.Path), token(route)
		s.ask("POST", path, who, large).is(t, route.pattern(), http.StatusRequestEntityTooLarge, "too_large")
		s.ask("POST", path, who, large, func(r *http.Request) { r.ContentLength = -1 }).is(t, route.pattern()+" without a length", http.StatusRequestEntityTooLarge, "too_large")
		s.ask("POST", path, who, zipped.String(), header("Content-Encoding", "gzip")).is(t, route.pattern()+" gzip", http.StatusUnsupportedMediaType, "unsupported_media_type")
		for depth, kind := range map[int]string{100: "invalid", 101: "invalid", 100_000: "invalid"} {
			deep := `{"who": ` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
			a := s.ask("POST", path, who, deep)
			a.is(t, route.pattern(), http.StatusBadRequest, kind)
			if refused := strings.Contains(a.text, "nested more than 100 deep"); refused != (depth > 100) {
				t.Errorf("%s with depth %d: got %s", route.pattern(), depth, a.text)
			}
		}
	}
	if a := s.ask("GET", "/healthz", "", "", header("X-Long", strings.Repeat("a", 80<<10))); a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header: got %d", a.status)
	}
}

// It measures what the process allocates, so it does not run in parallel with others.
func TestT5HostileRequestsLeaveNothing(t *testing.T) {
	s := open(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	ask := func(i int) {
		switch i % 4 {
		case 0:
			s.ask("POST", "/hooks/zebra-echo", "full", `{"who": `+strings.Repeat("[", 200_000)+strings.Repeat("]", 200_000)+`}`)
		case 1:
			s.ask("POST", "/hooks/zebra-signed", "", `{"who": "`+strings.Repeat("a", 900_000)+`"}`, header("webhook-id", fmt.Sprint(i)))
		case 2:
			s.ask("POST", fmt.Sprintf("/hooks/none-%d", i), "full", `[`+strings.Repeat("{},", 200_000)+`{}]`)
		case 3:
			s.ask("GET", fmt.Sprintf("/api/v1/runs/%d", i), "", "", header("Authorization", "Bearer "+strings.Repeat("x", 60_000)))
		}
	}
	ask(0)
	before := heap()
	for i := range 1000 {
		ask(i)
	}
	if after := heap(); after > before+50<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

func TestT5OneClientCannotTakeAllPlaces(t *testing.T) {
	t.Parallel()
	tr := newTraffic()
	var leave []func()
	enter := func(client string) bool {
		out, err := tr.enter(client)
		if err == nil {
			leave = append(leave, out)
		}
		return err == nil
	}
	for client, most := range map[string]int{"192.0.2.1": mostOfClient, "": mostUnknown} {
		n := 0
		for enter(client) {
			n++
		}
		if n != most {
			t.Errorf("%d requests of %q are let in, want %d", n, client, most)
		}
	}
	if !enter("192.0.2.2") {
		t.Error("a request of another one must not be refused")
	}
	for i := 0; enter(fmt.Sprint(i)); i++ {
	}
	if tr.all != mostRequests {
		t.Errorf("%d requests are let in, want %d", tr.all, mostRequests)
	}
	for _, out := range leave {
		out()
	}
	if tr.all != 0 || len(tr.clients) != 0 {
		t.Errorf("got %+v", tr)
	}
}

func TestT5BehindAProxyClientsAreToldApartByTheirTokens(t *testing.T) {
	t.Parallel()
	direct, proxied := &Server{}, &Server{Config: Config{PublicURL: &url.URL{Scheme: "https", Host: "flows.example.com"}}}
	request := func(from, token string) *http.Request {
		r := &http.Request{RemoteAddr: from + ":1234", Header: http.Header{}}
		if token != "" {
			r.Header.Set("Authorization", token)
		}
		return r
	}
	if direct.clientOf(request("192.0.2.1", "a")) != direct.clientOf(request("192.0.2.1", "b")) || direct.clientOf(request("192.0.2.1", "a")) == direct.clientOf(request("192.0.2.2", "a")) {
		t.Error("without a proxy, the address tells who it is")
	}
	one := proxied.clientOf(request("192.0.2.1", "a"))
	if one != proxied.clientOf(request("192.0.2.2", "a")) || one == proxied.clientOf(request("192.0.2.1", "b")) || proxied.clientOf(request("192.0.2.1", "")) != "" {
		t.Error("with a proxy, the token tells who it is")
	}
}

func TestT6ABodyHasInputsOnly(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, text := range []string{
		`{"inputs": {"who": "a"}, "files": [{"filepath": "/etc/passwd"}]}`, `{"who": "a"}`, `{"inputs": "@/etc/passwd"}`, `[]`, `null`, `1`, `{`, `{} {}`, "\x00",
	} {
		s.ask("POST", "/api/v1/flows/zebra-echo/runs", "full", text).is(t, text, http.StatusBadRequest, "invalid")
	}
	a := s.ask("POST", "/hooks/zebra-echo", "full", `{"who": "@/etc/passwd"}`)
	if got := s.await(a).field("result"); got != "@/etc/passwd" {
		t.Errorf("got %v, want the text itself", got)
	}
	bad := s.ask("POST", "/hooks/zebra-echo", "full", `{"whom": "a", "times": "many"}`)
	bad.is(t, "a body that does not fit", http.StatusBadRequest, "invalid")
	for _, want := range []string{`"input":"who","message":"it is missing"`, `"input":"times","message":"must be an integer`, `"input":"whom"`, `did you mean \"who\"?`} {
		if !strings.Contains(bad.text, want) {
			t.Errorf("%s is missing in %s", want, bad.text)
		}
	}
}

func TestT7WhatATokenMayNotSeeDoesNotExistForIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, route := range Routes() {
		if !strings.Contains(route.Path, "{") || route.Access == Service {
			continue // T13 has those of services: a token is nothing to them
		}
		foreign, missing := s.ask(route.Method, s.path(route, true), "echo", body(route)), s.ask(route.Method, s.path(route, false), "echo", body(route))
		foreign.is(t, route.pattern(), http.StatusNotFound, "not_found")
		if foreign.text != missing.text || missing.status != http.StatusNotFound {
			t.Errorf("%s: got %q for what exists, and %d %q for what does not", route.pattern(), foreign.text, missing.status, missing.text)
		}
		if route.Access == Doers || route.Access == Starter || route.Access == Hook {
			s.ask(route.Method, s.path(route, true), "see", body(route)).is(t, route.pattern()+" as a viewer", http.StatusForbidden, "forbidden")
		} else if a := s.ask(route.Method, s.path(route, true), "see", body(route)); a.status != http.StatusOK {
			t.Errorf("%s as a viewer: got %d %s", route.pattern(), a.status, a.text)
		}
	}
	s.ask("GET", "/metrics", "echo", "").is(t, "the metrics name all flows", http.StatusForbidden, "forbidden")
	own := s.await(s.ask("POST", "/api/v1/flows/zebra-echo/runs", "echo", `{"inputs": {"who": "a"}}`))
	if own.field("by") != "token quagga-echo" {
		t.Errorf("got %s", own.text)
	}
	for _, path := range []string{"/api/v1/runs", "/api/v1/flows", "/api/v1/runs?flow=zebra-slow", "/api/v1/runs?started=all"} {
		if a := s.ask("GET", path, "echo", ""); a.status != http.StatusOK || strings.Contains(a.text, "zebra-slow") {
			t.Errorf("%s: got %d %s", path, a.status, a.text)
		}
	}
	if a := s.ask("GET", "/api/v1/runs", "echo", ""); !strings.Contains(a.text, own.field("run").(string)) {
		t.Errorf("its own run is missing: %s", a.text)
	}
}

func TestT8AConnectionThatIsResetChangesNoRun(t *testing.T) {
	t.Parallel()
	s := open(t)
	run, _ := s.slow()
	for i, request := range []string{
		"POST /hooks/zebra-slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + s.tokens["full"] + "\r\nIdempotency-Key: reset\r\nContent-Length: 0\r\n\r\n",
		"GET /api/v1/runs/" + run + "/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + s.tokens["full"] + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, request)
		if i == 0 { // until it is durable
			for again := true; again; {
				all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Trigger: "webhook zebra-slow"})
				if err != nil {
					t.Fatal(err)
				}
				again = len(all) == 0
			}
		} else if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // Close resets
			t.Fatal(err)
		}
		conn.Close()
	}
	again := s.ask("POST", "/hooks/zebra-slow", "full", "", header("Idempotency-Key", "reset"))
	if again.status != http.StatusOK || again.field("status") != "succeeded" {
		t.Errorf("got %d %s", again.status, again.text)
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Trigger: "webhook zebra-slow"})
	if err != nil || len(all) != 1 {
		t.Errorf("got %d occasions, %v; want one", len(all), err)
	}
}

func TestT11ATokenIsOnlyTakenFromItsHeader(t *testing.T) {
	t.Parallel()
	s := open(t)
	token := s.tokens["full"]
	for _, path := range []string{"/api/v1/flows?token=" + token, "/api/v1/flows?access_token=" + token, "/api/v1/flows?Authorization=Bearer%20" + token} {
		s.ask("GET", path, "", "").is(t, path, http.StatusUnauthorized, "unauthorized")
	}
	for _, value := range []string{"Basic " + token, token, "Bearer", "Bearer " + token + "x", "Bearer " + strings.ToUpper(token), "bearer  "} {
		s.ask("GET", "/api/v1/flows", "", "", header("Authorization", value)).is(t, value, http.StatusUnauthorized, "unauthorized")
	}
	if a := s.ask("GET", "/api/v1/flows", "", "", header("Authorization", "bearer "+token)); a.status != http.StatusOK { // the scheme has no case
		t.Errorf("got %d", a.status)
	}
	s.await(s.ask("POST", "/hooks/zebra-echo", "full", `{"who": "a"}`, header("Cookie", "session="+token), header("Referer", "http://localhost/"+token)))
	if err := s.history.RevokeToken(t.Context(), "quagga-full"); err != nil {
		t.Fatal(err)
	}
	s.ask("GET", "/api/v1/flows", "full", "").is(t, "after it was revoked", http.StatusUnauthorized, "unauthorized")
	if s.ask("GET", "/api/v1/flows", "see", "").status != http.StatusOK {
		t.Error("the other token must stay valid")
	}
	if strings.Contains(s.log.String(), "secret-of") {
		t.Errorf("the log has a token:\n%s", s.log)
	}
}

func TestT21ARunIsOnlyFoundByItsWholeID(t *testing.T) {
	t.Parallel()
	s := open(t)
	run, _ := s.slow()
	for _, id := range []string{run[:len(run)-1], run[:8], "last", "%25", strings.ToUpper(run) + "x"} {
		s.ask("GET", "/api/v1/runs/"+id, "full", "").is(t, id, http.StatusNotFound, "not_found")
	}
}
