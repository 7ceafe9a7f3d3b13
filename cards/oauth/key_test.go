package oauth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

func block(kind string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return block("PRIVATE KEY", der, err)
}

func ec(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// changed is a JSON Web Key with other members. A nil removes a member.
func changed(t *testing.T, key card.Secret, members map[string]any) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(key.Reveal()), &object); err != nil {
		t.Fatal(err)
	}
	maps.Copy(object, members)
	maps.DeleteFunc(object, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeysAreReadInAllUsualForms(t *testing.T) {
	t.Parallel()
	k := keys()
	sec1, err := x509.MarshalECPrivateKey(k.ec)
	inSEC1 := block("EC PRIVATE KEY", sec1, err)
	for name, text := range map[string]string{
		"PKCS #8, RSA":         pkcs8(k.rsa),
		"PKCS #8, P-256":       pkcs8(k.ec),
		"PKCS #8, P-384":       pkcs8(ec(elliptic.P384())),
		"PKCS #8, P-521":       pkcs8(ec(elliptic.P521())),
		"PKCS #1":              block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k.rsa), nil),
		"SEC1":                 inSEC1,
		"SEC1 with parameters": block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}, nil) + inSEC1, // as openssl ecparam -genkey writes it
		"a byte order mark":    "\ufeff" + pkcs8(k.rsa),
		"text around":          "Bag Attributes\n  x: y\n" + pkcs8(k.ec) + "\n\n",
		"lines of Windows":     strings.ReplaceAll(pkcs8(k.ec), "\n", "\r\n"),
		"a line of .env":       strings.ReplaceAll(pkcs8(k.ec), "\n", `\n`),
		"JWK, RSA":             jwk(t, k.rsa, "k1").Reveal(),
		"JWK, EC":              jwk(t, k.ec, "k1").Reveal(),
		"JWK with alg and use": changed(t, jwk(t, k.rsa, "k1"), map[string]any{"alg": "RS512", "use": "sig"}),
		"a service account":    changed(t, card.NewSecret("{}"), map[string]any{"type": "service_account", "private_key_id": "k1", "private_key": pkcs8(k.rsa)}),
	} {
		if key, err := oauth.ParseKey(card.NewSecret(text), "", nil); err != nil || key.IsZero() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAKeyThatCannotSignIsAClearErrorWithoutTheKey(t *testing.T) {
	t.Parallel()
	k := keys()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(k.rsa.Public())
	inPublic := block("PUBLIC KEY", public, err)
	encrypted := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")}))
	koblitz, err := asn1.Marshal(struct {
		Version int
		Private []byte
		Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	}{1, bytes.Repeat([]byte{7}, 32), asn1.ObjectIdentifier{1, 3, 132, 0, 10}})
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                {"", "is neither PEM nor"},
		"a password":             {"sw0rdfish", "is neither PEM nor"},
		"base64 alone":           {strings.Split(pkcs8(k.ec), "\n")[1], "is neither PEM nor"},
		"an API token":           {"00sw0rdfish", "is neither PEM nor"},
		"a public key":           {inPublic, "is a public key"},
		"a public RSA key":       {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey), nil), "is a public key"},
		"a certificate":          {block("CERTIFICATE", []byte("x"), nil), "is a certificate"},
		"OpenSSH":                {block("OPENSSH PRIVATE KEY", []byte("x"), nil), "has the format of OpenSSH"},
		"encrypted, PKCS #8":     {block("ENCRYPTED PRIVATE KEY", []byte("x"), nil), "is encrypted"},
		"encrypted, PKCS #1":     {encrypted, "is encrypted"},
		"half a PEM":             {pkcs8(k.rsa)[:600], "is damaged, or not a private key"},
		"a DSA key":              {block("DSA PRIVATE KEY", []byte("x"), nil), "is damaged, or not a private key"},
		"damaged bytes":          {block("PRIVATE KEY", []byte("sw0rdfish"), nil), "is damaged"},
		"a PKCS #1 as PKCS #8":   {block("PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k.rsa), nil), "is damaged"},
		"short RSA":              {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short), nil), "of 1024 bits, which is too short"},
		"short RSA, JWK":         {jwk(t, short, "").Reveal(), "of 1024 bits, which is too short"},
		"Ed25519":                {pkcs8(edwards), "is neither RSA nor EC"},
		"Ed25519, JWK":           {jwk(t, edwards, "").Reveal(), "is neither RSA nor EC"},
		"P-224":                  {pkcs8(ec(elliptic.P224())), "is neither RSA nor EC"},
		"secp256k1":              {block("EC PRIVATE KEY", koblitz, err), "is neither RSA nor EC"},
		"two keys":               {pkcs8(k.rsa) + pkcs8(k.ec), "several private keys"},
		"a key twice":            {pkcs8(k.ec) + pkcs8(k.ec), "several private keys"},
		"JSON":                   {`{"password": "sw0rdfish"}`, "is JSON, but not a JSON Web Key"},
		"broken JSON":            {`{"kty": "RSA", "d": "sw0rdfish`, "is JSON that cannot be read"},
		"a set":                  {`{"keys": [` + jwk(t, k.ec, "").Reveal() + `]}`, "is a set of keys"},
		"a public JWK":           {jwk(t, k.ec.Public(), "").Reveal(), "is a public key"},
		"a symmetric JWK":        {`{"kty": "oct", "k": "c3cwcmRmaXNo"}`, "is a symmetric key"},
		"a JWK of another curve": {changed(t, jwk(t, k.ec, ""), map[string]any{"crv": "secp256k1"}), "is a damaged JSON Web Key"},
		"a JWK without y":        {changed(t, jwk(t, k.ec, ""), map[string]any{"y": nil}), "is a damaged JSON Web Key"},
		"a JWK without primes":   {changed(t, jwk(t, k.rsa, ""), map[string]any{"p": nil, "q": nil}), "is an RSA key without its primes"},
		"a JWK of another d":     {changed(t, jwk(t, k.ec, ""), map[string]any{"d": memberOf(t, jwk(t, ec(elliptic.P256()), ""), "d")}), "its public part does not belong to it"},
		"a JWK of another alg":   {changed(t, jwk(t, k.ec, ""), map[string]any{"alg": "RS256"}), "an alg that does not fit"},
		"a JWK with alg none":    {changed(t, jwk(t, k.ec, ""), map[string]any{"alg": "none"}), "an alg that does not fit"},
		"an empty account":       {`{"type": "service_account", "private_key": "sw0rdfish"}`, "is neither PEM nor"},
	} {
		key, err := oauth.ParseKey(card.NewSecret(test.text), "", nil)
		e := card.AsError(err)
		if e == nil || !key.IsZero() || e.Kind != card.Invalid || !strings.Contains(e.Message, test.want) || e.Hint == "" {
			t.Errorf("%s: got %v, %#v; want %q", name, key, e, test.want)
			continue
		}
		if strings.Contains(fmt.Sprintf("%+v", *e), "sw0rdfish") || len(e.Message+e.Hint) > 400 {
			t.Errorf("%s: it shows too much: %s", name, e.Message)
		}
	}
}

func memberOf(t *testing.T, key card.Secret, name string) any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(key.Reveal()), &object); err != nil {
		t.Fatal(err)
	}
	return object[name]
}

// The whole text is hidden by whoever resolved the secret. A part of it can appear on its own.
func TestThePartsOfAKeyAreHidden(t *testing.T) {
	t.Parallel()
	var hidden []string
	hide := func(texts ...string) { hidden = append(hidden, texts...) }
	text := pkcs8(keys().ec)
	if _, err := oauth.ParseKey(card.NewSecret(strings.ReplaceAll(text, "\n", `\n`)), "", hide); err != nil {
		t.Fatal(err)
	}
	der, _ := pem.Decode([]byte(text))
	if !slices.Contains(hidden, text) || !slices.Contains(hidden, string(der.Bytes)) {
		t.Error("the lines and the bytes of a PEM file must be hidden")
	}
	hidden = nil
	key := jwk(t, keys().rsa, "k1")
	if _, err := oauth.ParseKey(key, "", hide); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		if member, _ := memberOf(t, key, name).(string); member == "" || !slices.Contains(hidden, member) {
			t.Errorf("the member %s must be hidden", name)
		}
	}
}

// Keys are texts that people paste.
func FuzzParseKey(f *testing.F) {
	k := keys()
	jwkOf := func(key any) string {
		text, err := jose.JSONWebKey{Key: key, KeyID: "k1"}.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	for _, text := range []string{
		"", "{", "{}", `{"kty":"EC"}`, `{"keys":[]}`, `{"private_key":"-----BEGIN"}`, `\n`, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		pkcs8(k.rsa), pkcs8(k.ec), jwkOf(k.rsa), jwkOf(k.ec), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k.rsa), nil),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := oauth.ParseKey(card.NewSecret(text), "", func(...string) {})
		if e := card.AsError(err); err != nil && (e.Kind != card.Invalid || e.Hint == "" || len(e.Message) > 200 || !key.IsZero()) {
			t.Errorf("got %#v", e)
		}
		if err == nil && key.IsZero() {
			t.Error("got neither a key nor an error")
		}
	})
}
