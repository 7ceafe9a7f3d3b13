package web

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// header is a header of each request of a connection, such as the one that authenticates it.
type header struct {
	name   string
	scheme string      // the text before the secret, such as "Bearer "
	secret card.Secret // or a value that is not secret, in plain
	plain  string
	parts  []string // of the secret, which are secret too: see inside
}

// secretHeader returns the header of a secret. learn hides its parts from now on; nil: nothing does.
func secretHeader(name string, secret card.Secret, learn func(...string)) header {
	h := header{name: http.CanonicalHeaderKey(name), secret: secret, parts: inside(secret.Reveal())}
	if learn != nil {
		learn(h.parts...)
	}
	return h
}

// inside returns the parts of the value of a header that are secret by themselves, such as the key in `GenieKey 1234` and in
// `Token token="1234"`, and the password in `Basic dXNlcjpwYXNzd29yZA==`. A service may repeat just the part. Shorter parts may be any word.
func inside(value string) (parts []string) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil && strings.EqualFold(scheme, "Basic") {
		_, password, _ := strings.Cut(string(pair), ":")
		parts = append(parts, string(pair), password)
	}
	for word := range strings.FieldsFuncSeq(rest, func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		parts = append(parts, strings.Trim(word, `"'`))
		if _, assigned, ok := strings.Cut(word, "="); ok {
			parts = append(parts, strings.Trim(assigned, `"'`))
		}
	}
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(parts, func(part string) bool { return len(part) < shortest })
}

// set puts the header on a request.
func (h header) set(on http.Header) { on.Set(h.name, h.value()) }

func (h header) value() string {
	if h.secret.IsZero() {
		return h.plain
	}
	return h.scheme + h.secret.Reveal()
}

// check returns an error for a header that cannot be sent.
func (h header) check() error {
	foreign := func(c rune) bool { return c < ' ' || c >= 0x7f }
	switch text := h.secret.Reveal(); {
	case h.secret.IsZero() && h.plain == "":
		return &card.Error{Kind: card.Unauthorized, Message: "the secret of the header " + h.name + " is empty"}
	case strings.ContainsFunc(text, foreign), h.scheme == bearer && strings.Contains(text, " "):
		return &card.Error{
			Kind: card.Unauthorized, Message: "the secret of the header " + h.name + " contains a line break or another character that cannot be sent",
			Hint: "did you copy more than the secret?",
		}
	}
	return nil
}

const bearer = "Bearer "

// basic returns the header of a user and a password, which learn hides from now on; nil: nothing does.
//
// Source: RFC 7617
func basic(username string, password card.Secret, learn func(...string)) header {
	pair := base64.StdEncoding.EncodeToString([]byte(username + ":" + password.Reveal()))
	if learn != nil {
		learn(pair)
	}
	return header{name: "Authorization", scheme: "Basic ", secret: card.NewSecret(pair)}
}

// shortest is the length from which a secret is recognized anywhere in an answer. A shorter one could be any word, so that only the whole
// value of its header is.
const shortest = 8

// hide replaces secrets in an answer. An answer that repeats the request, such as the error page of a proxy, would otherwise bring
// them into messages, logs and results.
func hide(answer []byte, secrets []header) []byte {
	for _, h := range secrets {
		for _, text := range h.hidden() {
			if bytes.Contains(answer, []byte(text)) {
				answer = bytes.ReplaceAll(answer, []byte(text), []byte(inPlace))
			}
		}
	}
	return answer
}

// inPlace replaces a secret.
const inPlace = "[hidden]"

// hidden returns the texts of the header that no answer may show, the longest first.
func (h header) hidden() []string {
	if h.secret.IsZero() {
		return nil
	}
	sent := h.secret.Reveal()
	if len(sent) < shortest {
		sent = h.value()
	}
	if len(sent) < card.ShortestSecret {
		return nil
	}
	return append([]string{sent}, h.parts...)
}

// hideIn is hide for headers. It changes them.
func hideIn(h http.Header, secrets []header) http.Header {
	for _, values := range h {
		for i, value := range values {
			values[i] = strings.ToValidUTF8(string(hide([]byte(value), secrets)), "\uFFFD")
		}
	}
	return h
}

// hiddenError is an error whose message has no secrets.
type hiddenError struct {
	message string
	err     error
}

func (e *hiddenError) Error() string { return e.message }

func (e *hiddenError) Unwrap() error { return e.err }

// hidden returns an error without secrets, which wraps err.
func hidden(err error, secrets []header) error {
	if message := string(hide([]byte(err.Error()), secrets)); message != err.Error() {
		return &hiddenError{message, err}
	}
	return err
}
