package oauth_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestAClientAuthenticatesWithItsKey(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]crypto.Signer{"RS256": keys().rsa, "ES256": keys().ec} {
		o := serveOkta(t, key.Public())
		c := o.config(t, oauth.DPoPNever)
		var err error
		if c.Client.Key, err = oauth.ParseKey(jwk(t, key, "k1"), "", nil); err != nil {
			t.Fatal(err)
		}
		token, err := o.source(t, c).Token(t.Context())
		if err != nil || token.Access.Reveal() != "eyJ-access-token-1" || token.Type != "Bearer" || !slices.Equal(token.Scopes, []string{"okta.users.read"}) {
			t.Errorf("%s: got %+v, %v", name, token, err)
		}
		if life := time.Until(token.Expires); life > time.Hour || life < 59*time.Minute {
			t.Errorf("%s: it expires in %v", name, life)
		}
		head, _, _ := strings.Cut(o.assertion, ".")
		text, _ := base64.RawURLEncoding.DecodeString(head)
		if got, want := string(text), `{"alg":"`+name+`","kid":"k1","typ":"JWT"}`; got != want {
			t.Errorf("%s: the head is %s, want %s", name, got, want)
		}
		if o.forms[0]["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || o.forms[0]["scope"] != "okta.users.read" {
			t.Errorf("%s: got %v", name, o.forms[0])
		}
	}
}

// Okta requires DPoP of new API service apps, and a nonce with the first proof.
func TestDPoPIsUsedIfTheServerAsksForIt(t *testing.T) {
	t.Parallel()
	for mode, want := range map[oauth.DPoP]int{oauth.DPoPAuto: 3, oauth.DPoPAlways: 2} {
		o := serveOkta(t, keys().ec.Public())
		o.dpop, o.nonce = true, "nonce-1"
		s := o.source(t, o.config(t, mode))
		token, err := s.Token(t.Context())
		if err != nil || token.Type != "DPoP" || len(o.forms) != want {
			t.Errorf("%v: got %v, %v after %d requests; want %d", mode, token, err, len(o.forms), want)
		}
		for i, nonce := range []string{"nonce-1", "nonce-2", "nonce-2"} { // the nonce is kept, and a new one is learned in the middle
			before := len(o.forms)
			o.nonce = nonce
			s.Refused(token.Access)
			if token, err = s.Token(t.Context()); err != nil || token.Type != "DPoP" {
				t.Errorf("%v, %s: got %v, %v", mode, nonce, token, err)
			}
			if got, want := len(o.forms)-before, []int{1, 2, 1}[i]; got != want {
				t.Errorf("%v, %s: %d requests, want %d", mode, nonce, got, want)
			}
		}
		if slices.ContainsFunc(o.thumbs, func(thumb string) bool { return thumb == "" || thumb != o.thumbs[0] }) {
			t.Errorf("%v: the tokens are bound to different keys", mode)
		}
	}
}

func TestDPoPIsNotUsedWithoutNeed(t *testing.T) {
	t.Parallel()
	for _, mode := range []oauth.DPoP{oauth.DPoPAuto, oauth.DPoPNever} {
		o := serveOkta(t, keys().ec.Public())
		h := http.Header{}
		_, err := o.source(t, o.config(t, mode)).Authorize(t.Context(), "GET", &url.URL{Scheme: "https", Host: "acme.okta.com"}, h)
		if err != nil || o.proof != "" || h.Get("Authorization") != "Bearer eyJ-access-token-1" || h.Get("DPoP") != "" {
			t.Errorf("%v: got %v, %v, and a proof %q", mode, h, err, o.proof)
		}
	}
}

func TestARequestWithABoundTokenHasAProofOfItsOwn(t *testing.T) {
	t.Parallel()
	o := serveOkta(t, keys().ec.Public())
	o.dpop, o.nonce = true, "nonce-1"
	s := o.source(t, o.config(t, oauth.DPoPAuto))
	target := &url.URL{Scheme: "https", Host: "acme.okta.com", Path: "/api/v1/users/a b", RawPath: "/api/v1/users/a%20b", RawQuery: "limit=1"}
	for range 3 { // the ids of the proofs differ
		h := http.Header{}
		sent, err := s.Authorize(t.Context(), "DELETE", target, h)
		if err != nil || h.Get("Authorization") != "DPoP eyJ-access-token-1" || sent.Reveal() != "eyJ-access-token-1" {
			t.Fatalf("got %v, %v", h, err)
		}
		claims, key, problem := o.badProof(h.Get("DPoP"), "DELETE", "https://acme.okta.com/api/v1/users/a%20b")
		hash := sha256.Sum256([]byte("eyJ-access-token-1"))
		if problem != "" || claims["ath"] != base64.RawURLEncoding.EncodeToString(hash[:]) || claims["nonce"] != nil || thumbprint(key) != o.thumbs[0] {
			t.Errorf("got %s, %v", problem, claims)
		}
	}
}

func TestATokenThatIsNotBoundAlthoughItMustBeIsAnError(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { issue(w, "eyJ-access-token", nil) })
	c := s.config()
	c.DPoP = oauth.DPoPAlways
	source, err := oauth.ClientCredentials(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if _, err := source.Token(t.Context()); card.AsError(err).Kind != card.Unauthorized || !strings.Contains(card.AsError(err).Hint, "dpop: auto") {
		t.Errorf("got %#v", err)
	}
}

// wrong is a clock that differs from the one of the machine.
type wrong struct {
	clock.System
	ahead time.Duration
}

func (c wrong) Now() time.Time { return time.Now().Add(c.ahead) }

func TestTheClockOfTheServerCounts(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-48 * time.Hour, -7 * time.Minute, -2 * time.Second, 0, 2 * time.Second, 7 * time.Minute, 48 * time.Hour} {
		for _, dpop := range []bool{false, true} {
			o := serveOkta(t, keys().ec.Public())
			o.dpop, o.nonce = dpop, "nonce-1"
			c := o.config(t, oauth.DPoPAuto)
			c.Clock = wrong{ahead: ahead}
			s := o.source(t, c)
			token, err := s.Token(t.Context())
			if err != nil {
				t.Errorf("ahead by %v, DPoP %t: %v", ahead, dpop, err)
				continue
			}
			if life := token.Expires.Sub(c.Clock.Now()); life > time.Hour || life < 59*time.Minute {
				t.Errorf("ahead by %v: it expires in %v by our own clock", ahead, life)
			}
			h := http.Header{}
			if _, err := s.Authorize(t.Context(), "GET", &url.URL{Scheme: "https", Host: "acme.okta.com", Path: "/"}, h); err != nil {
				t.Fatal(err)
			}
			if dpop {
				if _, _, problem := o.badProof(h.Get("DPoP"), "GET", "https://acme.okta.com/"); problem != "" {
					t.Errorf("ahead by %v: %s", ahead, problem)
				}
			}
		}
	}
}

func TestWithoutADateTheClockOfTheMachineCounts(t *testing.T) {
	t.Parallel()
	o := serveOkta(t, keys().ec.Public())
	o.dateless = true
	c := o.config(t, oauth.DPoPAuto)
	c.Clock = wrong{ahead: -time.Hour}
	_, err := o.source(t, c).Token(t.Context())
	if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Message, "The client_assertion token is expired.") || len(o.forms) != 1 {
		t.Errorf("got %v after %d requests", err, len(o.forms))
	}
}
