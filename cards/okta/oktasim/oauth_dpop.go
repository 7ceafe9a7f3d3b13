package oktasim

import (
	"crypto"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// useNonce is the error code that asks for a nonce.
const useNonce = "use_dpop_nonce"

// A proof is a valid DPoP proof of a request.
type proof struct {
	key    string         // thumbprint of the public key (RFC 7638)
	claims map[string]any // without those that were checked
}

func invalidProof(description string) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "invalid_dpop_proof", description}
}

// proofAge is how long a proof can be used.
const proofAge = 5 * time.Minute

// proof checks the DPoP proof of a request, without nonce and token. A proof can be used once.
//
// Source: Okta's guide "Configure OAuth 2.0 Demonstrating Proof-of-Possession". The times are those of the caller's clock.
func (c *call) proof() (*proof, *oauthProblem) {
	headers := c.r.Header.Values("DPoP")
	switch len(headers) {
	case 0:
		return nil, invalidProof("The DPoP proof JWT header is missing.")
	case 1:
	default:
		return nil, invalidProof("Multiple DPoP proof JWT headers are not allowed.")
	}
	signed, err := jose.ParseSignedCompact(headers[0], signatures)
	var otherAlgorithm *jose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &otherAlgorithm) {
		return nil, invalidProof("The DPoP proof JWT signature algorithm is invalid.")
	}
	if err != nil {
		return nil, invalidProof("The DPoP proof JWT cannot be parsed.")
	}
	header, claims := signed.Signatures[0].Protected, claimsOf(signed)
	switch {
	case claims == nil:
		return nil, invalidProof("The DPoP proof JWT cannot be parsed.")
	case header.ExtraHeaders[jose.HeaderType] != "dpop+jwt":
		return nil, invalidProof("'typ' must be 'dpop+jwt' in the DPoP proof JWT.")
	case header.JSONWebKey == nil || !header.JSONWebKey.Valid() || !header.JSONWebKey.IsPublic(): // that this is the text is our guess
		return nil, invalidProof("The DPoP proof JWT is invalid.")
	}
	if _, err := signed.Verify(header.JSONWebKey.Key); err != nil {
		return nil, invalidProof("The DPoP proof JWT signature is invalid.")
	}
	sum, err := header.JSONWebKey.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, invalidProof("The DPoP proof JWT is invalid.")
	}
	return &proof{key: base64.RawURLEncoding.EncodeToString(sum), claims: claims}, c.fits(claims)
}

// fits checks that the claims of a proof are for this request.
func (c *call) fits(claims map[string]any) *oauthProblem {
	now := c.org.clock().Unix()
	issued, timed := secondsOf(claims["iat"])
	expires, ends := secondsOf(claims["exp"])
	id, target := textOf(claims["jti"]), textOf(claims["htu"])
	switch {
	case claims["htm"] != c.r.Method:
		return invalidProof("'htm' claim in the DPoP proof JWT is invalid.")
	case target == "" || !sameTarget(target, c.base+c.r.URL.EscapedPath()):
		return invalidProof("'htu' claim in the DPoP proof JWT is invalid.")
	case !timed:
		return invalidProof("'iat' claim in the DPoP proof JWT is invalid.")
	case issued > now:
		return invalidProof("The DPoP proof JWT is issued in the future.")
	case issued < now-int64(proofAge/time.Second):
		return invalidProof("The DPoP proof JWT is issued more than five minutes in the past.")
	case ends && expires <= now:
		return invalidProof("The DPoP proof JWT is expired.")
	case id == "":
		return invalidProof("'jti' claim in the DPoP proof JWT is invalid.")
	case !c.org.proofs.first("proof "+id, issued+int64(proofAge/time.Second), now):
		return invalidProof("The DPoP proof JWT has already been used.")
	}
	return nil
}

// sameTarget reports whether a URL is that of a request, "without query and fragment parts" (RFC 9449, section 4.3). Two slashes in place
// of one are another path (okta-sdk-nodejs, issue 453).
func sameTarget(claim, request string) bool {
	a, err := url.Parse(claim)
	b, wrong := url.Parse(request)
	return err == nil && wrong == nil && strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Host, b.Host) && a.EscapedPath() == b.EscapedPath()
}

// bound returns the thumbprint of the key to which a token of the client is bound; "" for a token that is not bound. A proof is
// needed if the client or, with to, its refresh token requires it. That a proof counts which nobody requires is our guess.
func (c *call) bound(client *oauthClient, to string) (string, *oauthProblem) {
	if !client.needsDPoP && to == "" && c.r.Header.Get("DPoP") == "" {
		return "", nil
	}
	p, problem := c.proof()
	switch {
	case problem != nil:
		return "", problem
	case !c.org.proofs.current(textOf(p.claims["nonce"]), c.now):
		return "", &oauthProblem{http.StatusBadRequest, useNonce, "Authorization server requires nonce in DPoP proof."}
	case to != "" && to != p.key:
		return "", invalidProof("Invalid DPoP Public Key binding in refresh token")
	}
	return p.key, nil
}
