package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"
)

// signers are the keys of the command keys, by the names of their files.
var signers = sync.OnceValue(func() map[string]crypto.Signer {
	all := map[string]crypto.Signer{}
	for name, bits := range map[string]int{"rsa": 2048, "stranger": 2048, "short": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		all[name] = key
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	all["ec"] = key
	return all
})

// makeKeys is the script command `keys SEED FOLDER`. It writes private keys to files NAME.pem and NAME.jwk, puts the public ones of
// rsa and ec in place of PUBLIC_KEYS in a seed, and writes the secret texts of all, one per line, to the file `secrets`.
func makeKeys(ts *testscript.TestScript, _ bool, args []string) {
	folder := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(folder, 0o700))
	write := func(name string, data []byte) { ts.Check(os.WriteFile(filepath.Join(folder, name), data, 0o600)) }
	var public, secrets []string
	for name, key := range signers() {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		ts.Check(err)
		file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		write(name+".pem", file)
		private, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: name})
		ts.Check(err)
		write(name+".jwk", private)
		var members struct{ D, P string }
		ts.Check(json.Unmarshal(private, &members))
		secrets = append(secrets, strings.Split(strings.TrimSpace(string(file)), "\n")...)
		secrets = append(secrets, members.D)
		if members.P != "" {
			secrets = append(secrets, members.P)
		}
		if name == "rsa" || name == "ec" {
			text, err := json.Marshal(jose.JSONWebKey{Key: key.Public(), KeyID: name, Use: "sig"})
			ts.Check(err)
			public = append(public, string(text))
		}
		spki, err := x509.MarshalPKIXPublicKey(key.Public())
		ts.Check(err)
		write(name+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	}
	seed := ts.MkAbs(args[0])
	text, err := os.ReadFile(seed)
	ts.Check(err)
	ts.Check(os.WriteFile(seed, bytes.ReplaceAll(text, []byte("PUBLIC_KEYS"), []byte("["+strings.Join(public, ", ")+"]")), 0o600))
	var list strings.Builder
	for _, secret := range secrets {
		if !strings.HasPrefix(secret, "-----") {
			fmt.Fprintln(&list, secret)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("secrets"), []byte(list.String()), 0o600))
}

// sent records the secrets of a request to an org, which its client has created.
func (a *answers) sent(r *http.Request) {
	if r.URL.Path != "/oauth2/v1/token" {
		return
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, errForm := url.ParseQuery(string(body))
	if err != nil || errForm != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range []string{"client_assertion", "code", "code_verifier"} {
		if form.Get(name) != "" {
			a.texts = append(a.texts, form.Get(name))
		}
	}
}
