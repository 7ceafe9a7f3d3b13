package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// freePort returns a port that nothing uses.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// asks asks for a grant, and calls visit with the question in place of a person's browser.
func asks(t *testing.T, ctx context.Context, c oauth.Config, visit func(q url.Values, redirect string)) (card.Grant, error) {
	t.Helper()
	a := oauth.Authorization{URL: "https://acme.okta.com/oauth2/v1/authorize", Issuer: "https://acme.okta.com", Port: freePort(t), Scopes: []string{"read", "offline_access"}, Again: "connect"}
	g, err := oauth.Authorize(ctx, c, a, func(question card.Consent) error {
		u, err := url.Parse(question.URL)
		if err != nil || !strings.HasPrefix(question.URL, a.URL+"?") || u.Query().Get("redirect_uri") != question.Redirect {
			t.Errorf("asks at %s, %v", question.URL, err)
		}
		visit(u.Query(), question.Redirect)
		return nil
	})
	if errors.Is(err, syscall.EADDRINUSE) { // another program was faster
		return asks(t, ctx, c, visit)
	}
	return g, err
}

// browse sends a request as a browser does, and returns the status and the page.
func browse(t *testing.T, method, address, host string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(page), res.Header
}

// codes issues a grant for a code.
func codes(t *testing.T) (s *server, verifier *string) {
	t.Helper()
	verifier = new(string)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		*verifier = r.PostForm.Get("code_verifier")
		issue(w, "access-1", map[string]any{"refresh_token": "refresh-1", "scope": "read"})
	}), verifier
}

func TestT23TheFirstRequestOfTheExactPathWithTheStateIsTakenAndNoOther(t *testing.T) {
	t.Parallel()
	s, verifier := codes(t)
	var hidden []string
	c := s.config()
	c.Hide = func(texts ...string) { hidden = append(hidden, texts...) }
	challenge := ""
	g, err := asks(t, t.Context(), c, func(q url.Values, redirect string) {
		state := q.Get("state")
		challenge = q.Get("code_challenge")
		if len(state) < 26 || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("scope") != "read offline_access" || q.Get("client_id") != "0oa1" {
			t.Errorf("asks %v", q)
		}
		host := strings.TrimPrefix(strings.TrimSuffix(redirect, "/callback"), "http://")
		ok := "?code=sw0rdfish-code&state=" + state
		for _, test := range []struct {
			name, method, address, host string
			status                      int
		}{
			{"a foreign host", "GET", redirect + ok, "evil.example", 421},
			{"the name of this machine", "GET", redirect + ok, strings.Replace(host, "127.0.0.1", "localhost", 1), 421},
			{"POST", "POST", redirect + ok, host, 405},
			{"HEAD", "HEAD", redirect + ok, host, 405},
			{"another path", "GET", redirect + "/" + ok, host, 404},
			{"another spelling", "GET", strings.Replace(redirect, "/callback", "/%63allback", 1) + ok, host, 404},
			{"the root", "GET", strings.TrimSuffix(redirect, "callback"), host, 404},
			{"no state", "GET", redirect + "?code=sw0rdfish-code", host, 400},
			{"another state", "GET", redirect + ok + "x", host, 400},
			{"a shorter state", "GET", strings.TrimSuffix(redirect+ok, state[1:]), host, 400},
			{"two codes", "GET", redirect + ok + "&code=b", host, 400},
			{"no code", "GET", redirect + "?state=" + state, host, 400},
			{"a code with a line break", "GET", redirect + "?code=a%0ab&state=" + state, host, 400},
			{"a code that is too long", "GET", redirect + "?code=" + strings.Repeat("x", 5000) + "&state=" + state, host, 400},
			{"another issuer", "GET", redirect + ok + "&iss=https%3A%2F%2Fevil.example", host, 400},
			{"an empty issuer", "GET", redirect + ok + "&iss=", host, 400},
			{"a bad query", "GET", redirect + ok + "&a=%zz", host, 400},
			{"the answer", "GET", redirect + ok + "&iss=https%3A%2F%2Facme.okta.com", host, 200},
			{"a second one", "GET", redirect + "?code=other&state=" + state, host, 410},
		} {
			status, page, h := browse(t, test.method, test.address, test.host)
			if status != test.status || strings.Contains(page, "sw0rdfish") || strings.Contains(page, state) || strings.Contains(page, "<") {
				t.Errorf("%s: got %d %q, want %d", test.name, status, page, test.status)
			}
			if h.Get("Content-Security-Policy") == "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: the headers are %v", test.name, h)
			}
		}
	})
	if err != nil || g.Refresh.Reveal() != "refresh-1" || g.Access.Reveal() != "access-1" || g.Issuer != "https://acme.okta.com" || g.ClientID != "0oa1" || g.Renew.IsZero() {
		t.Errorf("got %+v, %v", g, err)
	}
	sum := sha256.Sum256([]byte(*verifier))
	if form := s.forms[0]; form["code"] != "sw0rdfish-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != challenge {
		t.Errorf("the code was exchanged with %v", form)
	}
	for _, secret := range []string{"sw0rdfish-code", *verifier, "refresh-1", "access-1"} {
		if !strings.Contains(strings.Join(hidden, "\n"), secret) {
			t.Errorf("the veil does not know %q", secret)
		}
	}
}

// T23: Okta does not document that it sends iss.
func TestT23AnAnswerWithoutAnIssuerIsTaken(t *testing.T) {
	t.Parallel()
	s, _ := codes(t)
	if _, err := asks(t, t.Context(), s.config(), func(q url.Values, redirect string) {
		browse(t, "GET", redirect+"?code=c&state="+q.Get("state"), "")
	}); err != nil {
		t.Error(err)
	}
}

func TestT23TheErrorOfTheServerIsShownWhole(t *testing.T) {
	t.Parallel()
	s, _ := codes(t)
	c := s.config()
	c.Hint = func(code, description string) string { return "the hint of " + code }
	_, err := asks(t, t.Context(), c, func(q url.Values, redirect string) {
		query := url.Values{"error": {"access_denied"}, "error_description": {"<b>User is\r\n not assigned.</b>\n"}, "state": {q.Get("state")}}
		if status, page, _ := browse(t, "GET", redirect+"?"+query.Encode(), ""); status != 200 || strings.Contains(page, "assigned") {
			t.Errorf("got %d %q", status, page)
		}
	})
	e := card.AsError(err)
	if e == nil || e.Kind != card.Unauthorized || e.Code != "access_denied" || !strings.HasSuffix(e.Message, "did not allow it: access_denied: <b>User is not assigned.</b>") || e.Hint != "the hint of access_denied" {
		t.Errorf("got %#v", e)
	}
	if len(s.forms) > 0 {
		t.Errorf("sent %v", s.forms)
	}
}

func TestT23AnotherProgramOnThePortIsAnErrorBeforeAnybodyIsAsked(t *testing.T) {
	t.Parallel()
	s, _ := codes(t)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, err = oauth.Authorize(t.Context(), s.config(), oauth.Authorization{Port: other.Addr().(*net.TCPAddr).Port}, func(card.Consent) error {
		t.Error("a person was asked")
		return nil
	})
	if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "another program") || !strings.Contains(e.Hint, "redirect_port") {
		t.Errorf("got %v", err)
	}
}

func TestT23TheWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s, _ := codes(t)
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	var browser net.Conn // another program may get the port later, but not this connection
	_, err := asks(t, ctx, s.config(), func(_ url.Values, to string) {
		var err error
		if browser, err = net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(to, "http://"), "/callback")); err != nil {
			t.Fatal(err)
		}
		cancel(interrupted)
	})
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v", err)
	}
	defer browser.Close()
	_ = browser.SetReadDeadline(time.Now().Add(5 * time.Second)) // before the server's own
	if _, err := browser.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it still listens: %v", err)
	}
}

func TestT23TheWaitEndsAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := oauth.WaitForNobody(t.Context())
		if e := card.AsError(err); e == nil || e.Kind != card.Timeout || !strings.Contains(e.Hint, "/callback") || time.Since(began) != 5*time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

func TestAGrantWithoutARefreshTokenIsAnError(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { issue(w, "access-1", nil) })
	_, err := asks(t, t.Context(), s.config(), func(q url.Values, redirect string) {
		browse(t, "GET", redirect+"?code=c&state="+q.Get("state"), "")
	})
	if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Hint, "Refresh Token") {
		t.Errorf("got %v", err)
	}
}

// T26: no token is read, so that no algorithm of it can be wrong: not even one that is not signed.
func TestT26AnIDTokenIsHiddenAndNotRead(t *testing.T) {
	t.Parallel()
	const unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWxsb3J5In0."
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		issue(w, "access-1", map[string]any{"refresh_token": "refresh-1", "id_token": unsigned})
	})
	hidden := false
	c := s.config()
	c.Hide = func(texts ...string) { hidden = hidden || slices.Contains(texts, unsigned) }
	g, err := asks(t, t.Context(), c, func(q url.Values, redirect string) {
		browse(t, "GET", redirect+"?code=c&state="+q.Get("state"), "")
	})
	if err != nil || !hidden || g.ClientID != "0oa1" {
		t.Errorf("got %+v, %v, hidden: %t", g, err, hidden)
	}
}

func TestT25RevokingAndAskingWhoseTokenItIsGoToTheHostOfTheServerOnly(t *testing.T) {
	t.Parallel()
	status, body := 200, `{"active": true, "username": "ada@acme.example"}`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	token := card.NewSecret("sw0rdfish-token")
	if name, err := oauth.Username(t.Context(), s.config(), s.URL+"/introspect", token); err != nil || name != "ada@acme.example" {
		t.Errorf("got %q, %v", name, err)
	}
	if err := oauth.Revoke(t.Context(), s.config(), s.URL+"/revoke", token); err != nil {
		t.Error(err)
	}
	if form := s.forms[1]; form["token"] != "sw0rdfish-token" || form["client_id"] != "0oa1" {
		t.Errorf("sent %v", form)
	}
	if err := oauth.Revoke(t.Context(), s.config(), "https://evil.example/revoke", token); card.AsError(err) == nil || card.AsError(err).Kind != card.Invalid {
		t.Errorf("got %v", err)
	}
	status, body = 401, `{"error": "invalid_client", "error_description": "not sw0rdfish-token"}`
	err := oauth.Revoke(t.Context(), s.config(), s.URL+"/revoke", token)
	if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || e.Code != "invalid_client" || strings.Contains(e.Message, "sw0rdfish") {
		t.Errorf("got %v", err)
	}
	status, body = 200, `<html>`
	if name, err := oauth.Username(t.Context(), s.config(), s.URL+"/introspect", token); name != "" || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
}
