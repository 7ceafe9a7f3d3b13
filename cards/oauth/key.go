package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Key is a private key with which a client signs assertions. The zero Key signs nothing.
type Key struct {
	signing jose.SigningKey
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.signing.Key == nil }

// shortestRSA is the least size of an RSA key in bits, which Okta requires too. A key of more than longestRSA would sign for
// seconds.
//
// Source: RFC 7518, section 3.3; Okta's OpenAPI description, the examples of ErrorClientJsonWebKey
const (
	shortestRSA = 2048
	longestRSA  = 8192
)

// ParseKey reads a private key: PEM (PKCS #8, PKCS #1 or SEC 1), a JSON Web Key, or the JSON file of a Google service account. id is
// the key's id at the service; if it is empty, the id in the JSON counts. hide learns the parts of the text that are secret on
// their own; nil: nothing does. The error is a *card.Error of kind invalid, and never has a part of the text.
func ParseKey(secret card.Secret, id string, hide func(...string)) (Key, error) {
	text := strings.TrimSpace(strings.TrimPrefix(secret.Reveal(), "\ufeff"))
	var key any
	var algorithm string
	var err error
	if strings.HasPrefix(text, "{") {
		var own string
		key, own, algorithm, err = parseJSON(text, hide)
		if id == "" {
			id = own
		}
	} else {
		key, err = parsePEM(text, hide)
	}
	if err != nil {
		return Key{}, err
	}
	return newKey(key, id, algorithm)
}

func badKey(hint, format string, args ...any) error {
	return &card.Error{Kind: card.Invalid, Message: "the private key " + fmt.Sprintf(format, args...), Hint: hint}
}

const (
	wantPrivate = "the service keeps the public key, and flowdeck needs the private one that was created with it"
	createKey   = "create a new one, such as with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"
	wantPEM     = "it must be the whole PEM file with its BEGIN and END lines, or a JSON Web Key with the member d"
)

const anotherKind = "is neither RSA nor EC on the curves P-256, P-384 and P-521"

// parsePEM reads the one private key in PEM. Other blocks, such as the parameters of a curve, are skipped.
func parsePEM(text string, hide func(...string)) (any, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n") // as in .env files, which have one line for each variable
	}
	seen := ""
	var found any
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return nil, badKey("decrypt it with: openssl pkey -in key.pem -out plain.pem", "is encrypted with a passphrase")
		}
		key, known, err := parseDER(block)
		switch {
		case !known:
			seen = block.Type
			continue
		case err != nil && strings.Contains(err.Error(), "unknown"): // the curve, or the algorithm
			return nil, badKey(createKey, anotherKind)
		case err != nil:
			return nil, badKey(createKey, "has a PEM block %s that is damaged", block.Type)
		case found != nil:
			return nil, badKey("keep only the one whose public key the service has", "is a text with several private keys")
		}
		learn(hide, text, string(block.Bytes)) // the bytes are found in each way to break the lines of base64
		found = key
	}
	switch {
	case found != nil:
		return found, nil
	case strings.Contains(seen, "PUBLIC KEY"):
		return nil, badKey(wantPrivate, "is a public key")
	case strings.Contains(seen, "CERTIFICATE"):
		return nil, badKey(wantPrivate, "is a certificate")
	case strings.Contains(seen, "OPENSSH"):
		return nil, badKey("convert it with: ssh-keygen -p -m PKCS8 -f key", "has the format of OpenSSH")
	case strings.Contains(text, "-----BEGIN"):
		return nil, badKey(wantPEM, "is damaged, or not a private key")
	}
	return nil, badKey(wantPEM, "is neither PEM nor a JSON Web Key")
}

// parseDER reads the content of a PEM block. known is false for a block that is not a private key.
func parseDER(block *pem.Block) (key any, known bool, err error) {
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, false, nil
	}
	return key, true, err
}

// parseJSON reads a JSON Web Key, or the file of a Google service account.
//
// Source: RFC 7517; Google, "Using OAuth 2.0 for Server to Server Applications"
func parseJSON(text string, hide func(...string)) (key any, id, algorithm string, err error) {
	var object struct {
		Keys       []json.RawMessage `json:"keys"`
		Kty        string            `json:"kty"`
		PrivateKey string            `json:"private_key"`
		KeyID      string            `json:"private_key_id"`

		D, P, Q, Dp, Dq, Qi, K string
	}
	if json.Unmarshal([]byte(text), &object) != nil {
		return nil, "", "", badKey(wantPEM, "is JSON that cannot be read")
	}
	learn(hide, object.D, object.P, object.Q, object.Dp, object.Dq, object.Qi, object.K)
	switch {
	case object.PrivateKey != "":
		key, err = parsePEM(strings.TrimSpace(object.PrivateKey), hide)
		return key, object.KeyID, "", err
	case object.Keys != nil:
		return nil, "", "", badKey("write the one key of the list `keys` alone", "is a set of keys")
	case object.Kty == "":
		return nil, "", "", badKey(wantPEM, "is JSON, but not a JSON Web Key: it has no kty")
	case object.Kty == "oct":
		return nil, "", "", badKey(createKey, "is a symmetric key (kty oct), which has no public key")
	case object.D == "":
		return nil, "", "", badKey(wantPrivate, "is a public key: it has no member d")
	}
	if object.Kty == "RSA" && (object.P == "" || object.Q == "") {
		return nil, "", "", badKey("export the key with them, or as PEM", "is an RSA key without its primes, the members p and q")
	}
	var web jose.JSONWebKey
	if web.UnmarshalJSON([]byte(text)) != nil || !web.Valid() {
		return nil, "", "", badKey("flowdeck uses RSA keys, and EC keys on the curves P-256, P-384 and P-521", "is a damaged JSON Web Key, or one of an unknown type")
	}
	return web.Key, web.KeyID, web.Algorithm, nil
}

func learn(hide func(...string), texts ...string) {
	if hide != nil {
		hide(slices.DeleteFunc(texts, func(text string) bool { return text == "" })...)
	}
}

// newKey returns a key of a kind that Okta and Google accept. wanted is the algorithm that the key's own JSON names; "" means the
// usual one.
func newKey(private any, id, wanted string) (Key, error) {
	var possible []jose.SignatureAlgorithm
	switch private := private.(type) {
	case *rsa.PrivateKey:
		if bits := private.N.BitLen(); bits < shortestRSA {
			return Key{}, badKey(createKey, "is an RSA key of %d bits, which is too short: %d are needed", bits, shortestRSA)
		} else if bits > longestRSA {
			return Key{}, badKey(createKey, "is an RSA key of %d bits, which is too long: %d are possible", bits, longestRSA)
		}
		if private.Validate() != nil {
			return Key{}, badKey(createKey, "is damaged: its numbers do not belong together")
		}
		possible = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}
	case *ecdsa.PrivateKey:
		byCurve := map[int]jose.SignatureAlgorithm{256: jose.ES256, 384: jose.ES384, 521: jose.ES512}
		if algorithm, ok := byCurve[private.Params().BitSize]; ok {
			possible = []jose.SignatureAlgorithm{algorithm}
		}
	}
	if len(possible) == 0 {
		return Key{}, badKey(createKey, anotherKind)
	}
	algorithm := possible[0]
	if wanted != "" {
		if algorithm = jose.SignatureAlgorithm(wanted); !slices.Contains(possible, algorithm) {
			return Key{}, badKey("remove the member alg, or correct it", "has an alg that does not fit its type; possible: %v", possible)
		}
	}
	key := Key{signing: jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: private, KeyID: id}}}
	if !key.works(private.(crypto.Signer).Public()) {
		return Key{}, badKey(createKey, "is damaged: its public part does not belong to it")
	}
	return key, nil
}
