package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// assertionLife is for how long an assertion is valid. It is used once, at once.
const assertionLife = 5 * time.Minute

// signed returns claims as a JSON Web Token in compact form.
func signed(key jose.SigningKey, options *jose.SignerOptions, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		return "", fmt.Errorf("prepare the signature: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	token, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return token.CompactSerialize()
}

// sign returns claims as a JSON Web Token that has the key's id.
func (k Key) sign(claims map[string]any) (string, error) {
	return signed(k.signing, (&jose.SignerOptions{}).WithType("JWT"), claims)
}

// works reports whether a public key verifies what the key signs.
func (k Key) works(public any) bool {
	text, err := k.sign(nil)
	if err != nil {
		return false
	}
	token, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{k.signing.Algorithm})
	if err != nil {
		return false
	}
	_, err = token.Verify(public)
	return err == nil
}

// clientAssertion returns the assertion with which a client authenticates at a token endpoint (private_key_jwt). It has no time
// of issue, which is optional: a clock that is a second ahead would make it invalid.
//
// Source: RFC 7523, section 3; Okta, "Build a JWT for client authentication"
func (k Key) clientAssertion(client, tokenURL string, now time.Time) (string, error) {
	return k.sign(map[string]any{
		"iss": client, "sub": client, "aud": tokenURL, "exp": now.Add(assertionLife).Unix(), "jti": rand.Text(),
	})
}

// prover proves with each request that the sender has a key, so that nobody else can use a token that is bound to the key (DPoP).
// It is safe for concurrent use.
type prover struct {
	key jose.SigningKey
}

// newProver returns a prover with a new key. The key exists only in the memory of this process.
func newProver() (*prover, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("create the key of DPoP: %w", err)
	}
	return &prover{key: jose.SigningKey{Algorithm: jose.ES256, Key: key}}, nil
}

// proof returns the DPoP header of a request. nonce is the one that the server asked for; it may be empty. token is the one that is sent
// with the request; it is empty for a token request.
//
// Source: RFC 9449, section 4.2; Okta, "Configure OAuth 2.0 Demonstrating Proof-of-Possession"
func (p *prover) proof(method string, target *url.URL, nonce, token string, now time.Time) (string, error) {
	claims := map[string]any{
		"htm": method, "htu": target.Scheme + "://" + target.Host + target.EscapedPath(), "iat": now.Unix(), "jti": rand.Text(),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if token != "" {
		hash := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(hash[:])
	}
	return signed(p.key, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), claims)
}
