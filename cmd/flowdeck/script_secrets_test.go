package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// answers has the secrets in the answers of a script's orgs, and those that their clients created. They appear nowhere else.
type answers struct {
	mu      sync.Mutex
	texts   []string
	clients map[string]string // the secrets of OAuth clients, by client id
}

// secretAnswer matches a secret field in an answer from Okta.
var secretAnswer = regexp.MustCompile(`"(?:access_token|refresh_token|id_token|activationToken|activationUrl|resetPasswordUrl)":"([^"]+)"`)

// newClient matches the secret of an OAuth client in the answer that creates it.
var newClient = regexp.MustCompile(`"client_id":"([^"]+)","client_secret":"([^"]+)"`)

func (a *answers) read(body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, found := range newClient.FindAllSubmatch(body, -1) {
		id, secret := string(found[1]), string(found[2])
		a.texts, a.clients[id] = append(a.texts, secret), secret
	}
	for _, field := range secretAnswer.FindAllSubmatch(body, -1) {
		text := string(field[1])
		a.texts = append(a.texts, text)
		if token := text[strings.LastIndex(text, "/")+1:]; token != text {
			a.texts = append(a.texts, token) // the token of a URL alone gives access to the account
		}
	}
}

// clientSecret returns the secret of an OAuth client; "" if no answer had it.
func (a *answers) clientSecret(id string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clients[id]
}

// overheard is a ResponseWriter that records secrets. The org writes each answer with one Write.
type overheard struct {
	http.ResponseWriter
	by *answers
}

func (o overheard) Write(body []byte) (int, error) {
	o.by.read(body)
	return o.ResponseWriter.Write(body)
}

// Unwrap lets the org cut connections.
func (o overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// answersKey is the key of the answers among the values of a script.
type answersKey struct{}

// answeredSecrets is the script command `answered FILE`. It writes the secrets in the org's answers so far to a file,
// one per line, and fails if there are none.
func answeredSecrets(ts *testscript.TestScript, _ bool, args []string) {
	all := ts.Value(answersKey{}).(*answers)
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.texts) == 0 {
		ts.Fatalf("no answer of the org had a secret: this proves nothing")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(all.texts, "\n")+"\n"), 0o600))
}

// noSecret is the script command `nosecret FILE PATH...`. It fails if a line of FILE appears, in any of many
// encodings, in standard output, in standard error, or in the files below a path or their names. It shares no code
// with engine/veil.
func noSecret(ts *testscript.TestScript, _ bool, args []string) {
	var secrets []string
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		secrets = append(secrets, strings.TrimSpace(line))
	}
	if len(secrets) == 0 {
		ts.Fatalf("%s has no line", args[0])
	}
	search := func(where string, data []byte) {
		for _, secret := range secrets {
			if form := formIn(data, secret); form != "" {
				ts.Fatalf("%s shows %q in %s:\n%s", where, secret, form, data)
			}
		}
	}
	search("standard output", []byte(ts.ReadFile("stdout")))
	search("standard error", []byte(ts.ReadFile("stderr")))
	searched := 0
	for _, root := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == ts.MkAbs(args[0]) {
				return err
			}
			search("the name of "+path, []byte(filepath.Base(path)))
			if !d.Type().IsRegular() {
				return nil
			}
			data, err := os.ReadFile(path)
			search(path, data)
			searched++
			return err
		}))
	}
	if searched == 0 {
		ts.Fatalf("there is no file below %v: this proves nothing", args[1:])
	}
}

// formIn returns the name of the form in which a secret appears in data; empty if it does not.
func formIn(data []byte, secret string) string {
	folded := bytes.ToLower(data)
	for name, form := range map[string]string{
		"plain text": secret, "Go": unquoted(strconv.Quote(secret)), "Go in ASCII": unquoted(strconv.QuoteToASCII(secret)),
		"a URL's path": url.PathEscape(secret), "a URL's query": url.QueryEscape(secret), "percents": each(secret, "%%%02x"),
		"HTML": html.EscapeString(secret), "hex": hex.EncodeToString([]byte(secret)), `\u`: each(secret, `\u%04x`), `\x`: each(secret, `\x%02x`),
		"slashes escaped": strings.ReplaceAll(secret, "/", `\/`), "HTML in numbers": each(secret, "&#%d;"),
	} {
		if bytes.Contains(folded, []byte(strings.ToLower(form))) {
			return name
		}
	}
	for _, cased := range []string{secret, strings.ToUpper(secret), strings.ToLower(secret), url.QueryEscape(secret)} {
		for before := range 3 {
			// Digits that also depend on the bytes before and after the secret are left out.
			digits := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00\x00"[:before] + cased))[[]int{0, 2, 3}[before]:]
			digits = digits[:len(digits)-1]
			for _, form := range []string{digits, strings.NewReplacer("+", "-", "/", "_").Replace(digits), url.QueryEscape(digits)} {
				if bytes.Contains(data, []byte(form)) {
					return "base64"
				}
			}
		}
	}
	return ""
}

func TestFormInKnowsTheFormsOfASecret(t *testing.T) {
	t.Parallel()
	const secret = "http://127.0.0.1:1/welcome/aBc~1/2"
	for _, text := range []string{
		secret, strings.ToUpper(secret), strconv.Quote(secret), url.QueryEscape(secret), strings.ToLower(url.PathEscape(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte("a" + secret + "?")),
		base64.RawStdEncoding.EncodeToString([]byte("ab" + strings.ToUpper(secret) + "?>")), hex.EncodeToString([]byte("a" + secret)),
		strings.ReplaceAll(secret, "/", `\/`), url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(secret)))),
	} {
		if formIn([]byte("x "+text+" y"), secret) == "" {
			t.Errorf("%s is not found", text)
		}
		if form := formIn([]byte("x "+text[:len(text)-8]+" y"), secret); form != "" {
			t.Errorf("%s is found in %s", form, text[:len(text)-8])
		}
	}
}

func unquoted(text string) string { return text[1 : len(text)-1] }

func each(text, format string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}
