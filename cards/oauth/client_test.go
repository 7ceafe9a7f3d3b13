package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAServiceAccountExchangesAnAssertion(t *testing.T) {
	t.Parallel()
	for subject, audience := range map[string]string{"": "", "admin@acme.example": "https://oauth2.example/token"} {
		s := serve(t, nil)
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			token, err := jose.ParseSignedCompact(r.PostForm.Get("assertion"), []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Error(err)
				return
			}
			payload, err := token.Verify(keys().rsa.Public())
			var c map[string]any
			if err = errors.Join(err, json.Unmarshal(payload, &c)); err != nil {
				t.Error(err)
				return
			}
			issued, _ := c["iat"].(float64)
			expires, _ := c["exp"].(float64)
			if age := time.Since(time.Unix(int64(issued), 0)); age > time.Minute || age < 0 || expires <= issued || expires > issued+3600 {
				t.Errorf("issued %v ago, for %v s", age, expires-issued)
			}
			delete(c, "iat")
			delete(c, "exp")
			want := map[string]any{"iss": "robot@acme.example", "aud": s.URL + "/token", "scope": "read write"}
			if subject != "" {
				want["sub"], want["aud"] = subject, audience
			}
			if fmt.Sprint(c) != fmt.Sprint(want) || token.Signatures[0].Protected.KeyID != "k7" {
				t.Errorf("got %v with key %q, want %v", c, token.Signatures[0].Protected.KeyID, want)
			}
			issue(w, "ya29-1", nil)
		}
		key, err := oauth.ParseKey(jwk(t, keys().rsa, "other"), "k7", nil)
		if err != nil {
			t.Fatal(err)
		}
		c := s.config()
		c.Client = oauth.Client{}
		source, err := oauth.JWTBearer(c, oauth.Assertion{Issuer: "robot@acme.example", Subject: subject, Audience: audience, Scopes: []string{"read", "write"}, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		token, err := source.Token(t.Context())
		if err != nil || token.Access.Reveal() != "ya29-1" || !slices.Equal(token.Scopes, []string{"read", "write"}) {
			t.Errorf("got %+v, %v", token, err)
		}
		if form := s.forms[0]; form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || len(form) != 2 {
			t.Errorf("got %v", form)
		}
	}
}

func TestACodeIsExchangedForTokens(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		issue(w, "access-1", map[string]any{"refresh_token": "refresh-1", "scope": "okta.users.read offline_access"})
	})
	var hidden []string
	c := s.config()
	c.Hide = func(texts ...string) { hidden = append(hidden, texts...) }
	token, refresh, err := oauth.Exchange(t.Context(), c, oauth.Code{
		Code: card.NewSecret("code-1"), Verifier: card.NewSecret("verifier-1"), Redirect: "http://127.0.0.1:8765/callback", Scopes: []string{"more"},
	})
	if err != nil || token.Access.Reveal() != "access-1" || refresh.Reveal() != "refresh-1" || !slices.Equal(token.Scopes, []string{"okta.users.read", "offline_access"}) {
		t.Errorf("got %+v, %v, %v", token, refresh, err)
	}
	want := map[string]string{
		"grant_type": "authorization_code", "code": "code-1", "code_verifier": "verifier-1", "client_id": "0oa1", "redirect_uri": "http://127.0.0.1:8765/callback",
	}
	if got := s.forms[0]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	if !slices.Equal(hidden, []string{"access-1", "refresh-1"}) {
		t.Errorf("hidden are %v", hidden)
	}
}

func TestAnExchangeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel(why)
		<-r.Context().Done()
	})
	if _, _, err := oauth.Exchange(ctx, s.config(), oauth.Code{}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestTokensAndAssertionsAreHidden(t *testing.T) {
	t.Parallel()
	o := serveOkta(t, keys().ec.Public())
	var hidden []string
	c := o.config(t, oauth.DPoPAuto)
	c.Hide = func(texts ...string) { hidden = append(hidden, texts...) }
	token, err := o.source(t, c).Token(t.Context())
	if err != nil || !slices.Equal(hidden, []string{o.assertion, token.Access.Reveal()}) {
		t.Errorf("got %v, %v", hidden, err)
	}
}

func TestTheHintOfTheServiceReplacesTheUsualOne(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error": "invalid_scope", "error_description": "no such scope"}`)
	})
	for want, hint := range map[string]func(code, description string) string{
		"ask only for scopes that the service has, and that it has granted": nil,
		"invalid_scope, no such scope":                                      func(code, description string) string { return code + ", " + description },
	} {
		c := s.config()
		c.Hint = hint
		_, _, err := oauth.Exchange(t.Context(), c, oauth.Code{})
		if e := card.AsError(err); e == nil || e.Hint != want || e.Code != "invalid_scope" || e.Status != http.StatusBadRequest || !strings.HasSuffix(e.Message, "invalid_scope: no such scope") {
			t.Errorf("got %#v", e)
		}
	}
}
