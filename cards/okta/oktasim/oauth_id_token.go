package oktasim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// A signer signs ID tokens. Its key is made when it is first needed, and ends with the process, as the tokens do. It is safe for concurrent use.
type signer struct{ key func() jose.JSONWebKey }

func newSigner() *signer {
	return &signer{sync.OnceValue(func() jose.JSONWebKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // the length is valid
		}
		return jose.JSONWebKey{Key: key, KeyID: secretText(), Algorithm: string(jose.RS256), Use: "sig"}
	})}
}

// public returns the key with which clients verify ID tokens.
func (s *signer) public() jose.JSONWebKey {
	key := s.key()
	return key.Public()
}

// sign returns a JWT with the claims.
func (s *signer) sign(claims map[string]any) string {
	by, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: s.key()}, nil)
	if err != nil {
		panic(err) // key and algorithm fit
	}
	signed, err := by.Sign(encoded(claims))
	if err != nil {
		panic(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// idToken returns the ID token of a person's sign-in, which comes with an access token; "" without the scope openid. Its times are those of
// the caller's clock, with which a client compares them. idp is the id of the org (claim idp).
//
// Source: Okta, "OpenID Connect & OAuth 2.0 API", ID token: header and payload. c_hash is only for the endpoint authorize.
func (c *call) idToken(s *signIn, scopes []string, accessToken string) string {
	if !slices.Contains(scopes, "openid") {
		return ""
	}
	now := c.org.clock()
	sum := sha256.Sum256([]byte(accessToken))
	claims := c.claims(s, scopes, inIDToken)
	for name, value := range map[string]any{
		"ver": 1, "iss": c.base, "aud": clientID(s.app), "iat": now.Unix(), "exp": now.Add(accessLife).Unix(), "jti": "ID." + secretText(),
		"amr": []string{"pwd"}, "idp": mintID("00o", 0, 0), "auth_time": now.Add(-c.now.since(s.at)).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), // OpenID Connect Core, section 3.1.3.6
	} {
		claims[name] = value
	}
	if s.nonce != "" {
		claims["nonce"] = s.nonce
	}
	return c.org.signer.sign(claims)
}
