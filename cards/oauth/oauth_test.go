package oauth_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// server is a token endpoint. handle answers its requests, one at a time.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	forms  []map[string]string // of the requests
	handle func(w http.ResponseWriter, r *http.Request)
}

func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{handle: handle}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		form := map[string]string{}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		for name := range r.PostForm {
			form[name] = r.PostForm.Get(name)
		}
		s.forms = append(s.forms, form)
		s.handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) config() oauth.Config {
	return oauth.Config{TokenURL: s.URL + "/token", Where: "token_url", Client: oauth.Client{ID: "0oa1"}}
}

// issue answers a token.
func issue(w http.ResponseWriter, token string, more map[string]any) {
	answer := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600}
	maps.Copy(answer, more)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func TestAClientAuthenticatesWithItsSecretInAHeaderOrInTheBody(t *testing.T) {
	t.Parallel()
	for _, post := range []bool{false, true} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			id, secret, basic := r.BasicAuth()
			if basic == post || basic && (id != "0oa1" || secret != "s3cret") || post && r.PostForm.Get("client_secret") != "s3cret" {
				t.Errorf("post %t: got %q, %q, %v", post, id, secret, r.PostForm)
			}
			issue(w, "token-1", nil)
		})
		c := s.config()
		c.Client.Secret, c.Client.Post = card.NewSecret("s3cret"), post
		source, err := oauth.ClientCredentials(c, []string{"read", "write"}, map[string]string{"audience": "https://api.example"})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		token, err := source.Token(t.Context())
		if err != nil || token.Access.Reveal() != "token-1" || token.Type != "Bearer" {
			t.Errorf("got %v, %v", token, err)
		}
		if form := s.forms[0]; form["scope"] != "read write" || form["audience"] != "https://api.example" || form["grant_type"] != "client_credentials" {
			t.Errorf("got %v", form)
		}
	}
}
