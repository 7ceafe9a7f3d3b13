package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

// The names of flows are found by the tests in answers that must not have them.
const flows = `flow: zebra-echo
inputs: {who: string, times: {type: integer, default: 1}}
triggers:
  - webhook: zebra-echo
steps:
  - return: ${ inputs.who }
---
flow: zebra-wait
inputs: {who: string}
triggers:
  - webhook: zebra-wait
    respond: wait
    inputs:
      who: '${ trigger.body.name + " " + trigger.query.q + " " + trigger.headers["x-github-event"] + " " + json(keys(trigger.headers)) }'
steps:
  - wait: 50ms
  - return: ${ inputs.who }
---
flow: zebra-signed
inputs: {who: string}
triggers:
  - webhook: zebra-signed
    secret: {env: HOOK}
steps:
  - return: ${ inputs.who }
---
flow: zebra-slow
triggers:
  - webhook: zebra-slow
    respond: wait
steps:
  - each: [1, 2, 3]
    concurrency: 1
    do: [{wait: 100ms}]
---
flow: zebra-ask
steps:
  - id: ok
    approve: {prompt: Suspend zebra, show: {login: ada}, by: [quagga-full, quagga-other, quagga-see]}
  - return: ${ steps.ok }
---
flow: zebra-long
triggers:
  - webhook: zebra-long
    respond: wait
steps:
  - repeat: [{wait: 100ms}]
    until: false
---
flow: zebra-secret
inputs: {password: {type: string, secret: true}}
triggers:
  - webhook: zebra-secret
steps:
  - return: done
---
flow: zebra-event
inputs: {what: string}
triggers:
  - event: okta.user.created
    with: {secret: {env: HOOK}, filter: '${ trigger.user?.alternateId != "skip@acme.example" }'}
    inputs: {what: "${ trigger.user?.id ?? trigger.event.uuid }"}
  - event: okta.event_hook
    with: {types: [group.lifecycle.create, user.lifecycle.create], register: true, secret: {env: OTHER}, headers: {x-env: production}}
    inputs: {what: "${ trigger.event.uuid }"}
  - event: okta.user.suspended
    inputs: {what: "${ trigger.event.uuid }"}
steps:
  - return: ${ inputs.what }
`

const (
	hookKey64   = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret = "the other secret of events"
)

// workspace has the connection of zebra-event, which nothing opens.
const workspace = `timezone: Europe/Berlin
connections:
  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: OKTA_API_TOKEN}}}
`

// site is a server under test, with its address and the tokens full (operator), see (viewer), echo (operator of zebra-echo only),
// desk and desk2 (of the role desk, for zebra-desk and zebra-both), and hr (for zebra-both).
type site struct {
	*Server
	t      *testing.T
	url    string
	tokens map[string]string
	log    *record
	stop   func() error // stops the HTTP side
	serve  func() error // stops the other side
}

// record is a log in memory.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// open starts a server.
func open(t *testing.T, more ...func(*Config, *host.Config)) *site {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"flowdeck.yaml": workspace, "flows.yaml": flows, "reply.yaml": replyFlows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{t: t, tokens: map[string]string{}, log: &record{}}
	var config Config
	hosted := host.Config{Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services(), Secret: func(_ context.Context, _ string, reference card.Value) (card.Secret, error) {
		switch fmt.Sprint(reference) {
		case "map[env:HOOK]":
			return card.NewSecret("whsec_" + hookKey64), nil
		case "map[env:OTHER]":
			return card.NewSecret(otherSecret), nil
		case "map[env:OKTA_API_TOKEN]": // to read events that were not delivered from the log
			return card.Secret{}, errors.New("there is none")
		}
		t.Errorf("the secret %v was asked for", reference)
		return card.Secret{}, errors.New("there is none")
	}}
	for _, change := range more {
		change(&config, &hosted)
	}
	w, err := host.Open(dir, hosted)
	if err != nil {
		t.Fatal(err)
	}
	config.Serve, err = serve.New(serve.Config{Workspace: w, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if s.Server, err = New(config); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]store.Token{"full": {Role: "operator"}, "see": {Role: "viewer"}, "echo": {Role: "operator", Flows: []string{"zebra-echo"}}, "desk": {Role: "desk"}, "desk2": {Role: "desk"}, "hr": {Role: "hr"}} {
		token.Name, s.tokens[name] = "quagga-"+name, "fd_secret-of-"+name
		if err := s.history.AddToken(t.Context(), token, s.tokens[name]); err != nil {
			t.Fatal(err)
		}
	}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + on.Addr().String()
	s.stop = running(t, func(ctx context.Context) error { return s.Server.Run(ctx, on) })
	s.serve = running(t, s.Server.Config.Serve.Run)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if err := s.serve(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// running calls run on a goroutine, until stop is called.
func running(t *testing.T, run func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return sync.OnceValue(func() error { cancel(); return <-ended })
}

// answer is the answer to a request.
type answer struct {
	status int
	header http.Header
	text   string
}

// field returns a field of the answer, such as error.kind.
func (a answer) field(path string) any {
	v := decoded(nil, a.text)
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// ask sends a request, with the token of a name, or the secret of a service. change may change it. A body that is not empty is JSON.
func (s *site) ask(method, path, token, body string, change ...func(*http.Request)) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	switch token {
	case "":
	case "service":
		r.Header.Set("Authorization", "whsec_"+hookKey64)
	default:
		r.Header.Set("Authorization", "Bearer "+s.tokens[token])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(r)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (a answer) is(t *testing.T, what string, status int, kind string) {
	t.Helper()
	if got, _ := a.field("error.kind").(string); a.status != status || got != kind {
		t.Errorf("%s: got %d %s, want %d %s", what, a.status, a.text, status, kind)
	}
}

// await waits until the run of an occasion has ended, and returns it.
func (s *site) await(a answer) answer {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // another goroutine starts the run
		if o := s.ask("GET", a.field("url").(string), "full", ""); o.field("run") != nil {
			run := s.ask("GET", "/api/v1/runs/"+o.field("run").(string), "full", "")
			if run.field("ended") != nil {
				return run
			}
		}
	}
	s.t.Fatalf("the run of %s did not end", a.text)
	return answer{}
}

// path returns the path of a route to things of a flow that exist, or to some that do not.
func (s *site) path(r Route, exist bool) string {
	flow, run, occasion := "zebra-slow", "20260101-000000-abcdef", "999999"
	if exist {
		run, occasion = s.slow()
	} else {
		flow = "missing"
	}
	if exist && r.Access == Service {
		flow = "zebra-event"
	}
	return strings.NewReplacer("{flow}", flow, "{hook}", flow, "{run}", run, "{occasion}", occasion).Replace(r.Path)
}

// slow returns a run of zebra-slow that has ended, and its occasion.
func (s *site) slow() (run, occasion string) {
	a := s.ask("POST", "/api/v1/flows/zebra-slow/runs", "full", "{}", header("Idempotency-Key", "slow"))
	return s.await(a).field("run").(string), fmt.Sprint(a.field("occasion"))
}

// token returns the name of what fits a route.
func token(r Route) string {
	if r.Access == Service {
		return "service"
	}
	return "full"
}

func body(r Route) string {
	if r.Takes == nil {
		return ""
	}
	return "{}"
}

// decoded returns the value of a JSON text; nil, or with t an error, if it is none.
func decoded(t *testing.T, text string) (v any) {
	if err := json.Unmarshal([]byte(text), &v); err != nil && t != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// watch starts a run that does not end by itself, and opens its stream of events with the token see. The end of the test closes it.
func (s *site) watch() (run string, stream *http.Response) {
	s.t.Helper()
	a := s.ask("POST", "/api/v1/flows/zebra-long/runs", "full", "")
	for a.field("run") == nil {
		a = s.ask("GET", a.field("url").(string), "full", "")
	}
	run = a.field("run").(string)
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/api/v1/runs/"+run+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens["see"])
	if stream, err = http.DefaultClient.Do(r); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { stream.Body.Close() })
	return run, stream
}
