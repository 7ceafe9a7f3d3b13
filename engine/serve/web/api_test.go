package web

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/flowdeck/flowdeck/engine/store"
)

func TestTheDescriptionOfTheAPIIsValidAndComplete(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.ask("GET", "/api/v1/openapi.json", "", "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(a.text))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	for _, route := range Routes() {
		item := doc.Paths.Find(route.Path)
		if item == nil || item.GetOperation(route.Method) == nil {
			t.Errorf("%s is missing", route.pattern())
		}
		if route.About == "" || route.Name == "" || route.Access == "" {
			t.Errorf("%s: something is missing", route.pattern())
		}
	}
	for path, schema := range map[string]string{"/api/v1/flows": "/api/v1/flows", "/api/v1/flows/zebra-echo": "/api/v1/flows/{flow}", "/api/v1/runs": "/api/v1/runs"} {
		got := s.ask("GET", path, "full", "")
		if err := doc.Paths.Find(schema).Get.Responses.Status(200).Value.Content.Get("application/json").Schema.Value.VisitJSON(decoded(t, got.text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRunsAreListedInPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	var want []string
	for range 3 {
		a := s.await(s.ask("POST", "/api/v1/flows/zebra-echo/runs", "full", `{"inputs": {"who": "a"}}`))
		want = append([]string{a.field("run").(string)}, want...)
	}
	var got []string
	for path := "/api/v1/runs?limit=2"; path != ""; {
		a := s.ask("GET", path, "see", "")
		runs, _ := a.field("runs").([]any)
		for _, run := range runs {
			got = append(got, run.(map[string]any)["run"].(string))
		}
		if path = ""; a.field("next") != nil {
			path = "/api/v1/runs?limit=2&before=" + a.field("next").(string)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=x", "since=yesterday"} {
		s.ask("GET", "/api/v1/runs?"+query, "full", "").is(t, query, http.StatusBadRequest, "invalid")
	}
	for query, some := range map[string]bool{"status=failed": false, "since=2100-01-01T00:00:00Z": false, "flow=other": false, "status=succeeded": true, "flow=zebra-echo&since=2000-01-01T00:00:00Z": true} {
		if a := s.ask("GET", "/api/v1/runs?"+query, "full", ""); strings.Contains(a.text, want[0]) != some {
			t.Errorf("%s: got %s", query, a.text)
		}
	}
}

func TestARunIsStoppedAndItsEventsEnd(t *testing.T) {
	t.Parallel()
	s := open(t)
	run, got := s.watch()
	if got.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %v", got.Header)
	}
	var lines []string
	for scan := bufio.NewScanner(got.Body); scan.Scan(); {
		lines = append(lines, scan.Text())
		if len(lines) == 3 { // the run has started
			if a := s.ask("POST", "/api/v1/runs/"+run+"/stop", "full", ""); a.status != http.StatusAccepted || a.field("asked") != "stop" {
				t.Errorf("got %d %s", a.status, a.text)
			}
		}
	}
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, "id: 1\nevent: log\ndata: {\"time\":") || !strings.Contains(text, "event: end\ndata: {\"reason\":") || !strings.Contains(text, `"status":"canceled"`) {
		t.Errorf("got\n%s", text)
	}
	s.ask("POST", "/api/v1/runs/"+run+"/pause", "full", "").is(t, "a run that has ended", http.StatusConflict, "conflict")
	rest := s.ask("GET", "/api/v1/runs/"+run+"/events", "full", "", header("Last-Event-ID", "1"))
	if strings.Contains(rest.text, "id: 1\n") || !strings.Contains(rest.text, "id: 2\n") {
		t.Errorf("after the first event: got\n%s", rest.text)
	}
}

func TestAnOccasionThatStartsNothingSaysWhy(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.ask("POST", "/api/v1/flows/zebra-echo/runs", "full", `{"inputs": {"who": "a"}}`, header("Idempotency-Key", "k"))
	if s.await(a).field("status") != "succeeded" {
		t.Errorf("got %s", a.text)
	}
	if _, err := s.history.Submit(t.Context(), nil, store.Occasion{Flow: "zebra-gone", Trigger: byRequest, Key: "k", Inputs: map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	s.Server.Config.Serve.Wake()
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Flow: "zebra-gone"})
	if err != nil {
		t.Fatal(err)
	}
	for o := (answer{}); o.field("status") != "dropped"; {
		if o = s.ask("GET", answered(all[0]).URL, "full", ""); o.status != http.StatusOK {
			t.Fatalf("got %d %s", o.status, o.text)
		}
		if o.field("status") == "dropped" && !strings.Contains(o.text, "there is no flow of this name any more") {
			t.Errorf("got %s", o.text)
		}
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.ask("GET", "/", "", "").is(t, "the root", http.StatusNotFound, "not_found")
	a := s.ask("DELETE", "/api/v1/runs", "full", "")
	a.is(t, "DELETE", http.StatusMethodNotAllowed, "method_not_allowed")
	if a.header.Get("Allow") != "GET" {
		t.Errorf("got %v", a.header)
	}
}

func TestAHandlerThatPanicsIsAnsweredWithoutItsReason(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("canary") })
	a := s.ask("GET", "/panic", "", "")
	a.is(t, "a panic", http.StatusInternalServerError, "internal")
	if strings.Contains(a.text, "canary") || !strings.Contains(s.log.String(), "canary") {
		t.Errorf("got %s, and in the log %s", a.text, s.log)
	}
}

// The times for reading a request and writing an answer are for those that are answered at once.
func TestAnAnswerMayTakeLongerThanTheRequest(t *testing.T) {
	t.Parallel()
	s := open(t)
	h := s.httpServer()
	h.ReadTimeout, h.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.Serve(on) }() // until it is closed
	defer h.Close()
	s.url = "http://" + on.Addr().String()
	a := s.ask("POST", "/hooks/zebra-slow", "full", "{}") // takes 300 ms
	if a.status != http.StatusOK || a.field("status") != "succeeded" || strings.Contains(a.text, s.Server.Config.Serve.Workspace.Dir) {
		t.Errorf("got %d %s", a.status, a.text)
	}
	o := s.ask("POST", "/api/v1/flows/zebra-slow/runs", "full", "{}")
	for o.field("run") == nil {
		o = s.ask("GET", o.field("url").(string), "full", "")
	}
	if a := s.ask("GET", "/api/v1/runs/"+o.field("run").(string)+"/events", "full", ""); !strings.Contains(a.text, "event: end") {
		t.Errorf("got\n%s", a.text)
	}
}
