package cardstest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A network with a login page answers 200 to everything, perhaps only after a card has read what it will change.
func TestNoOktaCardSucceedsOnAnAnswerThatIsNotOktas(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><html><body>Welcome! Please sign in to use this network.</body></html>"
	everything, writes := func(*http.Request) bool { return true }, func(r *http.Request) bool { return r.Method != http.MethodGet }
	for name, portal := range map[string]struct {
		intercepts   func(*http.Request) bool
		answer, kind string
	}{
		"a page for every request":         {everything, page, "text/html; charset=utf-8"},
		"a page for every write":           {writes, page, "text/html; charset=utf-8"},
		"an empty list for every write":    {writes, "[]", "application/json"},
		"another object for every write":   {writes, `{"status":"ok"}`, "application/json"},
		"an object without id":             {writes, `{"profile":{},"status":"ACTIVE"}`, "application/json"},
		"a list of objects for each write": {writes, `[{"id":"00u1"},{"id":"00u2"}]`, "application/json"},
	} {
		for _, c := range okta.Cards() {
			if portal.answer != page && c.Name == "okta.request" || name != "a page for every request" && c.Effect == card.Reads {
				continue // any answer may be right
			}
			t.Run(name+", "+c.Name, func(t *testing.T) {
				t.Parallel()
				org := startOrg(t, nil)
				address, err := url.Parse(org.Config["domain"].(string))
				if err != nil {
					t.Fatal(err)
				}
				direct := httputil.NewSingleHostReverseProxy(address)
				between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if portal.intercepts(r) {
						w.Header().Set("Content-Type", portal.kind)
						fmt.Fprint(w, portal.answer)
						return
					}
					direct.ServeHTTP(w, r)
				}))
				t.Cleanup(between.Close)
				org.Config["domain"] = between.URL
				conn, err := okta.Service().Open(card.Settings{
					Name: "okta", Config: org.Config, Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(org.Secret), nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				var example struct{ With map[string]any }
				if err := yaml.Unmarshal([]byte(c.Example), &example); err != nil {
					t.Fatal(err)
				}
				if example.With == nil {
					example.With = map[string]any{}
				}
				call := card.Call{Run: "example", Attempt: 1, ConnName: "okta", Conn: conn}
				if c.IsList() {
					_, err = c.Page(t.Context(), call, example.With, "")
				} else {
					_, err = c.Run(t.Context(), call, example.With)
				}
				e := card.AsError(err)
				if e == nil || e.Kind != card.Unavailable && e.Code != card.CodePartly {
					t.Errorf("got %#v, want an error of an answer that is not Okta's", err)
				}
			})
		}
	}
}
