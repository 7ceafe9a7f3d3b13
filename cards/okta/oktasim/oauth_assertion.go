package oktasim

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// signatures are the algorithms of assertions and proofs (Okta's guide "Build a JWT for client authentication"; for proofs those of the
// WWW-Authenticate header in okta-sdk-nodejs, issue 453).
var signatures = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// asserted returns the client that an assertion authenticates: private_key_jwt. Assertions expire in an hour at most. An assertion with
// the claim jti can be used once. The times are those of the caller's clock, which the client has too.
//
// Source: Okta's guide "Build a JWT for client authentication". That iat is not compared with the past, and that no difference between
// the clocks is accepted, is our guess.
func (c *call) asserted(d *directory, form url.Values) (*oauthClient, *oauthProblem) {
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return nil, invalidRequest("The client_assertion_type is invalid.")
	}
	signed, err := jose.ParseSignedCompact(form.Get("client_assertion"), signatures)
	var otherAlgorithm *jose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &otherAlgorithm) {
		return nil, invalidClient("The client_assertion JWT signature algorithm is invalid.")
	}
	var claims map[string]any
	if err == nil {
		claims = claimsOf(signed)
	}
	if claims == nil {
		return nil, invalidClient("The parsing of the client_assertion failed.")
	}
	client := d.oauthClient(textOf(claims["iss"]))
	switch {
	case client == nil:
		return nil, invalidClient("The issuer claim for client_assertion is not a valid client_id.")
	case claims["sub"] != client.id:
		return nil, invalidClient("The subject claim for client_assertion is not a valid client_id.")
	case form.Has("client_id") && form.Get("client_id") != client.id: // RFC 7521, section 4.2; Okta does not document its text
		return nil, invalidClient("The subject claim for client_assertion is not a valid client_id.")
	case client.method != "private_key_jwt":
		return nil, authenticationFailed()
	}
	if problem := client.verify(signed); problem != nil {
		return nil, problem
	}
	return client, c.timely(client, claims)
}

// verify checks the signature of an assertion with the keys of the client.
func (client *oauthClient) verify(signed *jose.JSONWebSignature) *oauthProblem {
	if len(client.keys) == 0 {
		return invalidClient("The client does not have a JWKSet configured, but the client_assertion requires one.")
	}
	header := signed.Signatures[0].Protected
	for _, v := range client.keys {
		key, ok := keyOf(v)
		switch {
		case !ok || key.KeyID != header.KeyID && (header.KeyID != "" || len(client.keys) > 1) || objectIn(v)["status"] == "INACTIVE":
			continue
		case key.Use != "" && key.Use != "sig":
			return invalidClient("The public key being used for client assertion has an invalid 'use' parameter. Valid values for the 'use' parameter are sig.")
		}
		if _, err := signed.Verify(key.Key); err != nil {
			return invalidClient("The client_assertion signature is invalid.")
		}
		return nil
	}
	return invalidClient("The client_assertion JWT kid is invalid.")
}

// timely checks the audience and the times of an assertion, and that it was not used before.
func (c *call) timely(client *oauthClient, claims map[string]any) *oauthProblem {
	now := c.org.clock().Unix()
	expires, has := secondsOf(claims["exp"])
	issued, _ := secondsOf(claims["iat"])
	audience, _ := claims["aud"].([]any)
	switch {
	case claims["aud"] != c.base+c.r.URL.Path && !slices.Contains(audience, any(c.base+c.r.URL.Path)):
		return invalidClient("The audience claim for client_assertion must be the endpoint invoked for the request.")
	case !has:
		return invalidClient("The client_assertion must contain the 'exp' claim as seconds since epoch.")
	case expires <= now:
		return invalidClient("The client_assertion token is expired.")
	case expires > now+int64(time.Hour/time.Second):
		return invalidClient("The client_assertion token has an expiration too far into the future.")
	case issued > now:
		return invalidClient("The client_assertion token must be issued before the current time.")
	}
	if id := textOf(claims["jti"]); id != "" && !c.org.proofs.first("assertion "+client.id+" "+id, expires, now) {
		return invalidClient("The client_assertion token has already been used.")
	}
	return nil
}

// claimsOf returns the claims of a JWT, whose signature may not be checked yet; nil if they are not an object.
func claimsOf(signed *jose.JSONWebSignature) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(signed.UnsafePayloadWithoutVerification()))
	decoder.UseNumber()
	var claims map[string]any
	if decoder.Decode(&claims) != nil {
		return nil
	}
	return claims
}

// secondsOf returns a claim that is a time.
func secondsOf(claim any) (seconds int64, ok bool) {
	n, _ := claim.(json.Number)
	f, err := n.Float64()
	return int64(f), err == nil
}

// bitsOf returns the length of an RSA key; 0 for other keys.
func bitsOf(key *jose.JSONWebKey) int {
	if k, ok := key.Key.(*rsa.PublicKey); ok {
		return k.N.BitLen()
	}
	return 0
}
