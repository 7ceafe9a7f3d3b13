package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// nonce returns the nonce of the authorization server.
func (c oauthTest) nonce() string {
	c.t.Helper()
	r := c.with("DPoP", c.proof("stranger", "POST", "/oauth2/v1/token", nil)).service(c.assertion("first", "0oabound", nil), "okta.users.read")
	r.problem(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
	return r.header.Get("dpop-nonce")
}

// bound asks for a token of the service Bound with a proof.
func (c oauthTest) bound(proofs ...string) reply {
	c.t.Helper()
	return c.with("DPoP", proofs...).service(c.assertion("first", "0oabound", nil), "okta.users.read")
}

// Okta's guide "Configure OAuth 2.0 Demonstrating Proof-of-Possession": first an answer with a nonce, then the token. It names every requirement
// of a proof; the texts are Okta's error codes for OAuth 2.0, invalid_dpop_proof_*.
func TestAClientThatNeedsDPoPGetsABoundToken(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.service(c.assertion("first", "0oabound", nil), "okta.users.read").problem(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	nonce := c.nonce()
	r := c.bound(c.proof("stranger", "POST", "/oauth2/v1/token", said{"nonce": nonce}))
	if got := r.object(); got["token_type"] != "DPoP" || r.header.Get("dpop-nonce") != nonce {
		t.Errorf("got %v, nonce %q", got, r.header.Get("dpop-nonce"))
	}
	jkt := c.introspected("0oabound", r.text("access_token"))["cnf"].(map[string]any)["jkt"]
	key := testKeys()["stranger"]
	if sum, err := key.Thumbprint(5); err != nil || jkt != base64.RawURLEncoding.EncodeToString(sum) {
		t.Errorf("jkt %v", jkt)
	}
}

func TestAProofThatIsNotValidIsRefused(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	nonce, now := c.nonce(), c.clock.at.Unix()
	proof := func(with said) string {
		all := said{"nonce": nonce}
		maps.Copy(all, with)
		return c.proof("stranger", "POST", "/oauth2/v1/token", all)
	}
	plain := said{"htm": "POST", "htu": c.url + "/oauth2/v1/token", "iat": now, "jti": "x", "nonce": nonce}
	good := proof(nil)
	parts := strings.Split(proof(nil), ".")
	forged := parts[0] + "." + strings.Split(good, ".")[1] + "." + parts[2]
	for _, test := range []struct{ proof, description string }{
		{"x", "The DPoP proof JWT cannot be parsed."},
		{sign(t, secretKey(), nil, plain), "The DPoP proof JWT signature algorithm is invalid."},
		{sign(t, testKeys()["stranger"], (&jose.SignerOptions{EmbedJWK: true}).WithType("JWT"), plain), "'typ' must be 'dpop+jwt' in the DPoP proof JWT."},
		{sign(t, testKeys()["stranger"], (&jose.SignerOptions{}).WithType("dpop+jwt"), plain), "The DPoP proof JWT is invalid."},
		{forged, "The DPoP proof JWT signature is invalid."},
		{proof(said{"htm": "GET"}), "'htm' claim in the DPoP proof JWT is invalid."},
		{proof(said{"htu": c.url + "/oauth2/v1/introspect"}), "'htu' claim in the DPoP proof JWT is invalid."},
		{proof(said{"htu": c.url + "//oauth2/v1/token"}), "'htu' claim in the DPoP proof JWT is invalid."},
		{proof(said{"htu": "https://other.example/oauth2/v1/token"}), "'htu' claim in the DPoP proof JWT is invalid."},
		{proof(said{"htu": nil}), "'htu' claim in the DPoP proof JWT is invalid."},
		{proof(said{"iat": nil}), "'iat' claim in the DPoP proof JWT is invalid."},
		{proof(said{"iat": now + 1}), "The DPoP proof JWT is issued in the future."},
		{proof(said{"iat": now - 301}), "The DPoP proof JWT is issued more than five minutes in the past."},
		{proof(said{"exp": now}), "The DPoP proof JWT is expired."},
		{proof(said{"jti": nil}), "'jti' claim in the DPoP proof JWT is invalid."},
	} {
		c.bound(test.proof).problem(400, "invalid_dpop_proof", test.description)
	}
	c.bound(good, proof(nil)).problem(400, "invalid_dpop_proof", "Multiple DPoP proof JWT headers are not allowed.")
	c.bound(good).ok()
	c.bound(good).problem(400, "invalid_dpop_proof", "The DPoP proof JWT has already been used.")
	c.bound(proof(said{"nonce": "old"})).problem(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
	c.bound(proof(said{"iat": now - 300, "htu": c.url + "/oauth2/v1/token?x=1#y"})).ok()
}

// Okta's guide: the nonce is renewed every 24 hours; the old one continues to work for three days after its generation.
func TestANonceIsRenewedEachDayAndWorksForThree(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	first := c.nonce()
	c.advance("24h")
	if c.nonce() == first {
		t.Error("the nonce is that of the day before")
	}
	c.advance("24h")
	proof := func() string { return c.proof("stranger", "POST", "/oauth2/v1/token", said{"nonce": first}) }
	if got := c.bound(proof()); got.status != 200 || got.header.Get("dpop-nonce") == first {
		t.Errorf("%d %s", got.status, got.body)
	}
	c.advance("24h")
	c.bound(proof()).problem(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
}

// Okta's guide, "Make a request to an Okta resource": the scheme DPoP, ath, and no nonce. Okta's error codes for OAuth 2.0:
// dpop_proof_required_for_token, dpop_authentication_scheme_required, dpop_proof_invalid_ath, invalid_access_token_dpop_binding. The header is that
// of okta-sdk-nodejs, issue 453; the bodies are our guess.
func TestABoundTokenNeedsAProofForEachCall(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := c.bound(c.proof("stranger", "POST", "/oauth2/v1/token", said{"nonce": c.nonce()})).text("access_token")
	sum := sha256.Sum256([]byte(token))
	ath := base64.RawURLEncoding.EncodeToString(sum[:])
	call := func(key, method, path string, with said) oauthTest {
		proof := c.proof(key, method, path, changed(said{"ath": ath}, with))
		other := c.with("DPoP", proof)
		other.auth = "DPoP " + token
		return other
	}
	const users = "/api/v1/users"
	once := call("stranger", "GET", users, nil)
	once.get(users + "?limit=1").ok()
	once.get(users).challenged(400, "invalid_dpop_proof", "DPoP", "invalid_dpop_proof", "The DPoP proof JWT has already been used.")
	for _, test := range []struct {
		key         string
		with        said
		description string
	}{
		{"stranger", said{"ath": nil}, "'ath' claim in the DPoP proof does not match the presented access_token."},
		{"stranger", said{"ath": "x"}, "'ath' claim in the DPoP proof does not match the presented access_token."},
		{"curve", nil, "The access_token is not bound to the provided DPoP proof."},
		{"stranger", said{"htm": "POST"}, "'htm' claim in the DPoP proof JWT is invalid."},
		{"stranger", said{"htu": c.url + "/api/v1/groups"}, "'htu' claim in the DPoP proof JWT is invalid."},
	} {
		r := call(test.key, "GET", users, test.with).get(users)
		r.challenged(400, "invalid_dpop_proof", `DPoP algs="RS256 RS384 RS512 ES256 ES384 ES512",`, "invalid_dpop_proof", test.description)
	}
	c.auth = "DPoP " + token
	c.get(users).challenged(400, "invalid_request", "DPoP", "invalid_request", "The resource request requires a DPoP proof.")
	bearer := call("stranger", "GET", users, nil)
	bearer.auth = "Bearer " + token
	bearer.get(users).challenged(400, "invalid_request", "DPoP", "invalid_request",
		"The resource request must use the DPoP authentication scheme when using a DPoP bound token.")
	call("stranger", "GET", "/api/v1/groups", nil).get("/api/v1/groups").
		challenged(403, "E0000006", "DPoP", "insufficient_scope", "The access token provided does not contain the required scopes.")
}

// Okta's guide, "Refresh an access token": with the same key. Error codes for OAuth 2.0: invalid_dpop_proof_invalid_public_key_binding.
func TestABoundRefreshTokenNeedsTheSameKey(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	nonce := c.nonce()
	with := func(key string) oauthTest {
		return c.with("DPoP", c.proof(key, "POST", "/oauth2/v1/token", said{"nonce": nonce}))
	}
	got := with("stranger").exchange("0oaspa", "code", c.redirected(sent("0oaspa")).Get("code")).object()
	token := textOf(got["refresh_token"])
	if got["token_type"] != "DPoP" {
		t.Errorf("token_type %v", got["token_type"])
	}
	c.refresh("0oaspa", token).problem(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	with("curve").refresh("0oaspa", token).problem(400, "invalid_dpop_proof", "Invalid DPoP Public Key binding in refresh token")
	if got := with("stranger").refresh("0oaspa", token).object(); got["token_type"] != "DPoP" {
		t.Errorf("token_type %v", got["token_type"])
	}
}

func TestUsedIdentifiersAreForgottenInTheEnd(t *testing.T) {
	t.Parallel()
	p := newProofs()
	for i := range int64(5_000) {
		if !p.first(secretText(), i, i) {
			t.Fatal("a new identifier is refused")
		}
	}
	if n := len(p.used); n > 2_000 {
		t.Errorf("%d identifiers are remembered", n)
	}
}
