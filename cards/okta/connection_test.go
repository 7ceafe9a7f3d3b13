package okta_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// raw answers a request with bytes, which need not be HTTP, and ends the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

// answer answers with a status, a content type and a body.
func answer(status int, kind, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{kind}
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestAStrangeAnswerToTheFirstRequestIsAClearError(t *testing.T) {
	t.Parallel()
	const (
		isJSON, page = "application/json", "<html>Sign in</html>"
		elsewhere    = "is the domain right? Something between"
		wrongToken   = "the API token is wrong"
	)
	refusal := func(status int, code string) http.HandlerFunc {
		return answer(status, isJSON, `{"errorCode":"`+code+`","errorSummary":"because"}`)
	}
	for name, test := range map[string]struct {
		answer        http.HandlerFunc
		kind          card.Kind
		message, hint string // parts
	}{
		"a page, and 200":             {answer(200, "text/html", page), card.Unavailable, "unexpected response from Okta (text/html)", elsewhere},
		"a page as JSON":              {answer(200, isJSON, page), card.Unavailable, "unexpected response from Okta", elsewhere},
		"nothing, and 200":            {answer(200, isJSON, ""), card.Unavailable, "it is empty", elsewhere},
		"nothing, and 204":            {raw("HTTP/1.1 204 No Content\r\n\r\n"), card.Unavailable, "it is empty", elsewhere},
		"null":                        {answer(200, isJSON, "null"), card.Unavailable, "not an object with an id", elsewhere},
		"a list":                      {answer(200, isJSON, "[]"), card.Unavailable, "not an object with an id", elsewhere},
		"an empty object":             {answer(200, isJSON, "{}"), card.Unavailable, "not an object with an id", elsewhere},
		"an object of another API":    {answer(200, isJSON, `{"id":"7","profile":{"name":"x"}}`), card.Unavailable, "not a user: it has no login", elsewhere},
		"a login that is a number":    {answer(200, isJSON, `{"id":"7","profile":{"login":5}}`), card.Unavailable, "not a user: it has no login", elsewhere},
		"two objects":                 {answer(200, isJSON, `{"id":"00u1"}{"id":"00u2"}`), card.Unavailable, "unexpected '{'", elsewhere},
		"100,000 brackets":            {answer(200, isJSON, strings.Repeat("[", 100_000)), card.Unavailable, "nested more than 200 deep", elsewhere},
		"a wrong token":               {refusal(401, "E0000011"), card.Unauthorized, "because", wrongToken},
		"no token":                    {refusal(403, "E0000005"), card.Unauthorized, "because", wrongToken},
		"401 without a body":          {answer(401, "", ""), card.Unavailable, "not Okta's: 401", elsewhere},
		"401 of a proxy":              {answer(401, "text/html", page, "WWW-Authenticate", "Basic"), card.Unavailable, "not Okta's: 401", elsewhere},
		"no permission":               {refusal(403, "E0000006"), card.Forbidden, "because", "needs okta.users.read"},
		"no feature":                  {refusal(401, "E0000015"), card.Forbidden, "because", "needs okta.users.read"},
		"no scope":                    {answer(403, "", "", "WWW-Authenticate", `Bearer error="insufficient_scope"`), card.Forbidden, "does not have the scope", "needs okta.users.read"},
		"403 of a firewall":           {answer(403, "text/html", page), card.Unavailable, "not Okta's: 403", elsewhere},
		"a token of somebody deleted": {refusal(404, "E0000007"), card.Unauthorized, "the owner of the token was deleted", "of another administrator"},
		"404 of a web server":         {answer(404, "text/html", page), card.Unavailable, "not Okta's: 404", elsewhere},
		"a redirect":                  {answer(302, "", "", "Location", "https://login.example/"), card.Invalid, "Okta answered 302 Found", elsewhere},
		"a redirect on the host":      {answer(307, "", "", "Location", "/login"), card.Invalid, "Okta answered 307", elsewhere},
		"a limit":                     {refusal(429, "E0000047"), card.RateLimit, "because", "other programs"},
		"an error of Okta":            {refusal(500, "E0000009"), card.Unavailable, "because", "try again"},
		"read only":                   {refusal(503, "E0000010"), card.Unavailable, "because", "reads only"},
		"503 of a gateway":            {answer(503, "text/html", page), card.Unavailable, "Okta answered 503 Service Unavailable", ""},
		"another protocol":            {raw("SSH-2.0-OpenSSH_9\r\n"), card.Unavailable, "not valid HTTP", elsewhere},
		"a status without a number":   {raw("HTTP/1.1 abc\r\n\r\n"), card.Unavailable, "not valid HTTP", elsewhere},
		"a status that HTTP lacks":    {raw("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), card.Unavailable, "Okta answered 999", elsewhere},
		"a body that breaks off":      {raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), card.Unavailable, "was cut off", ""},
		"no answer":                   {raw(""), card.Unavailable, "no answer: the connection was closed", ""},
		"a reset":                     {resetting, card.Unavailable, "no answer: connection reset by peer", ""},
		"a body without an end":       {endless, card.Invalid, "is longer than 32 MB", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			t.Cleanup(server.Close)
			id, err := connect(t, server.URL).Test(t.Context())
			e := card.AsError(err)
			if e == nil {
				t.Fatalf("got %+v, want an error", id)
			}
			if e.Kind != test.kind || !strings.Contains(e.Message, test.message) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %q, kind %s, hint %q", e.Message, e.Kind, e.Hint)
			}
		})
	}
}

func resetting(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func endless(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"id":"`)
	for block := strings.Repeat("x", 1<<20); ; {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}
