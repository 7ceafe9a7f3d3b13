package oauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// okta checks token requests as Okta does, by its own clock.
type okta struct {
	*server
	public    any           // verifies assertions
	ahead     time.Duration // its clock less ours
	dateless  bool          // answers have no Date
	dpop      bool          // the app requires DPoP
	nonce     string        // that proofs must have; "" for any
	used      map[string]bool
	issued    int
	thumbs    []string // of the keys of proofs, by token
	assertion string   // the last one
	proof     string   // the last one
}

func serveOkta(t *testing.T, public any) *okta {
	t.Helper()
	o := &okta{public: public, used: map[string]bool{}}
	o.server = serve(t, o.token)
	return o
}

func (o *okta) now() time.Time { return time.Now().Add(o.ahead) }

func (o *okta) refuse(w http.ResponseWriter, status int, code, description string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": code, "error_description": description})
}

func (o *okta) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", o.now().UTC().Format(http.TimeFormat))
	if o.dateless {
		w.Header()["Date"] = nil
	}
	if problem := o.badAssertion(r); problem != "" {
		o.refuse(w, http.StatusUnauthorized, "invalid_client", problem)
		return
	}
	o.proof = r.Header.Get("DPoP")
	if o.proof == "" && o.dpop {
		o.refuse(w, http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
		return
	}
	kind, thumb := "Bearer", ""
	if o.proof != "" {
		kind = "DPoP"
		claims, jwk, problem := o.badProof(o.proof, http.MethodPost, o.URL+"/oauth2/v1/token")
		if problem != "" {
			o.refuse(w, http.StatusBadRequest, "invalid_dpop_proof", problem)
			return
		}
		if o.nonce != "" && claims["nonce"] != o.nonce {
			w.Header().Set("Dpop-Nonce", o.nonce)
			o.refuse(w, http.StatusBadRequest, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
			return
		}
		thumb = thumbprint(jwk)
	}
	o.issued++
	o.thumbs = append(o.thumbs, thumb)
	issue(w, fmt.Sprintf("eyJ-access-token-%d", o.issued), map[string]any{"token_type": kind, "scope": r.PostForm.Get("scope")})
}

func thumbprint(k *jose.JSONWebKey) string {
	sum, err := k.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return string(sum)
}

// badAssertion returns what is wrong with the assertion of a client, in Okta's words.
func (o *okta) badAssertion(r *http.Request) string {
	o.assertion = r.PostForm.Get("client_assertion")
	token, err := jose.ParseSignedCompact(o.assertion, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.ES256, jose.ES384, jose.ES512})
	if err != nil {
		return "The parsing of the client_assertion failed."
	}
	payload, err := token.Verify(o.public)
	if err != nil {
		return "The client_assertion signature is invalid."
	}
	var c struct {
		Iss, Sub, Aud, Jti string
		Exp, Iat           int64
	}
	if json.Unmarshal(payload, &c) != nil {
		return "The parsing of the client_assertion failed."
	}
	now := o.now().Unix()
	switch {
	case c.Iss != "0oa1" || c.Sub != "0oa1":
		return "The issuer claim for client_assertion is not a valid client_id."
	case c.Aud != o.URL+"/oauth2/v1/token":
		return "The audience claim for client_assertion must be the endpoint invoked for the request."
	case c.Exp <= now:
		return "The client_assertion token is expired."
	case c.Exp > now+3600:
		return "The client_assertion token has an expiration too far into the future."
	case c.Iat > now:
		return "The client_assertion token must be issued before the current time."
	case c.Jti == "" || o.used[c.Jti]:
		return "The client_assertion token has already been used."
	}
	o.used[c.Jti] = true
	return ""
}

// badProof returns the claims of a proof and its key, or what is wrong with it, in Okta's words.
func (o *okta) badProof(proof, method, target string) (claims map[string]any, key *jose.JSONWebKey, problem string) {
	token, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, nil, "The parsing of the DPoP proof failed."
	}
	key = token.Signatures[0].Protected.JSONWebKey
	if key == nil || !key.IsPublic() || token.Signatures[0].Protected.ExtraHeaders["typ"] != "dpop+jwt" {
		return nil, nil, "'typ' must be 'dpop+jwt'."
	}
	payload, err := token.Verify(key)
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return nil, nil, "The DPoP proof signature is invalid."
	}
	issued, _ := claims["iat"].(float64)
	id, _ := claims["jti"].(string)
	switch now := o.now(); {
	case claims["htm"] != method:
		return nil, nil, "'htm' claim in the DPoP proof JWT is invalid."
	case claims["htu"] != target:
		return nil, nil, "'htu' claim in the DPoP proof JWT is invalid."
	case issued > float64(now.Unix()):
		return nil, nil, "The DPoP proof JWT is issued in the future."
	case issued < float64(now.Add(-5*time.Minute).Unix()):
		return nil, nil, "The DPoP proof JWT is issued more than five minutes in the past."
	case id == "" || o.used[id]:
		return nil, nil, "The DPoP proof JWT has already been used."
	}
	o.used[id] = true
	return claims, key, ""
}

// keys are made once, since an RSA key takes long.
var keys = sync.OnceValue(func() (k struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}) {
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	return k
})

// jwk is a key as a JSON Web Key.
func jwk(t *testing.T, key any, id string) card.Secret {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key, KeyID: id}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return card.NewSecret(string(text))
}

// config is for a client with an EC key.
func (o *okta) config(t *testing.T, dpop oauth.DPoP) oauth.Config {
	t.Helper()
	key, err := oauth.ParseKey(jwk(t, keys().ec, "k1"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return oauth.Config{TokenURL: o.URL + "/oauth2/v1/token", Where: "domain", Client: oauth.Client{ID: "0oa1", Key: key}, DPoP: dpop}
}

func (o *okta) source(t *testing.T, c oauth.Config) *oauth.Source {
	t.Helper()
	s, err := oauth.ClientCredentials(c, []string{"okta.users.read"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
