package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

const token = "open-sesame-7f3a"

// service is a server that notes the requests that it receives.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

// serve starts a service.
func serve(t *testing.T, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// last returns the last request and its body.
func (s *service) last(t *testing.T) (*http.Request, string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("no request came")
	}
	return s.requests[len(s.requests)-1], s.bodies[len(s.bodies)-1]
}

// bearerConfig is the configuration of a connection with a token.
func bearerConfig(url string) map[string]any {
	return map[string]any{"base_url": url, "auth": map[string]any{"bearer": map[string]any{"env": "TOKEN"}}}
}

// settings are those of a connection. Each reference is to a secret with the text of its env or, for TOKEN, to the token.
func settings(config map[string]any) card.Settings {
	known := veil.New()
	known.Learn(token)
	return card.Settings{Name: "shop", Config: config, Product: "flowdeck/test", Hide: known.Learn, Excerpt: known.Excerpt, Secret: func(v card.Value) (card.Secret, error) {
		text, _ := v.(map[string]any)["env"].(string)
		if text == "TOKEN" {
			text = token
		}
		return card.NewSecret(text), nil
	}}
}

// opened opens a connection.
func opened(t *testing.T, config map[string]any) (card.Connection, error) {
	t.Helper()
	s := settings(config)
	if err := Service().Check(s); err != nil {
		return nil, err
	}
	conn, err := Service().Open(s)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

func connect(t *testing.T, config map[string]any) card.Call {
	t.Helper()
	conn, err := opened(t, config)
	if err != nil {
		t.Fatal(err)
	}
	return card.Call{Run: "r", Attempt: 1, ConnName: "shop", Conn: conn}
}

var all = card.NewSet(Cards()...)

// run runs a card, and returns its answer as an object.
func run(t *testing.T, call card.Call, name string, in map[string]any) (map[string]any, *card.Error) {
	t.Helper()
	out, err := all[name].Run(t.Context(), call, in)
	answer, _ := out.(map[string]any)
	return answer, card.AsError(err)
}

func has(e *card.Error, kind card.Kind, parts ...string) bool {
	if e == nil || e.Kind != kind {
		return false
	}
	for _, part := range parts {
		if !strings.Contains(e.Message+"\nhint: "+e.Hint, part) {
			return false
		}
	}
	return true
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// without returns a session to a service without a network.
func without(answer transportFunc) *Session {
	transport := &http.Transport{}
	transport.RegisterProtocol("http", answer)
	return &Session{base: base{scheme: "http", host: "127.0.0.1"}, transport: transport, door: pace.New(clock.System{}, 1), room: wire.NewRoom()}
}
