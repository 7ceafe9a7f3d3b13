package oauth_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The server knows the secret of the client, and repeats it wherever it can.
func TestAnAnswerThatIsNotATokenIsAClearErrorWithoutSecrets(t *testing.T) {
	t.Parallel()
	const json, secret = "application/json", "s3cret-of-the-client"
	for name, test := range map[string]struct {
		status  int
		kind    string // of the content
		body    string
		want    card.Kind
		message string
	}{
		"HTML":                   {200, "text/html", "<html>" + secret + "</html>", card.Unavailable, "it answered 200 OK, text/html"},
		"an empty body":          {200, json, "", card.Unavailable, "it answered 200 OK"},
		"a list":                 {200, json, "[]", card.Unavailable, "it answered 200 OK"},
		"null":                   {200, json, "null", card.Unavailable, "it answered 200 OK"},
		"no access_token":        {200, json, `{"token_type": "Bearer"}`, card.Unavailable, "its answer has no access_token"},
		"an empty access_token":  {200, json, `{"access_token": "", "token_type": "Bearer"}`, card.Unavailable, "its answer has no access_token"},
		"a numeric token":        {200, json, `{"access_token": 7, "token_type": "Bearer"}`, card.Unavailable, "its access_token is not a text"},
		"a line break":           {200, json, `{"access_token": "a-token\r\nX-Evil: 1", "token_type": "Bearer"}`, card.Unavailable, "a character that cannot be sent"},
		"an unknown type":        {200, json, `{"access_token": "a-token", "token_type": "mac"}`, card.Unavailable, "token_type is neither"},
		"a type with the token":  {200, json, `{"access_token": "a-token", "token_type": "a-token"}`, card.Unavailable, "token_type is neither"},
		"DPoP without a proof":   {200, json, `{"access_token": "a-token", "token_type": "DPoP"}`, card.Unavailable, "no proof was sent"},
		"a life of 0":            {200, json, `{"access_token": "a-token", "expires_in": 0}`, card.Unavailable, "expires_in is not positive"},
		"a negative life":        {200, json, `{"access_token": "a-token", "expires_in": -1}`, card.Unavailable, "expires_in is not positive"},
		"a negative text":        {200, json, `{"access_token": "a-token", "expires_in": "-1"}`, card.Unavailable, "expires_in is not positive"},
		"a life as an object":    {200, json, `{"access_token": "a-token", "expires_in": {}}`, card.Unavailable, "its expires_in is not a whole number"},
		"a life in words":        {200, json, `{"access_token": "a-token", "expires_in": "soon"}`, card.Unavailable, "its expires_in is not a whole number"},
		"a huge life":            {200, json, `{"access_token": "a-token", "expires_in": 1e30}`, card.Unavailable, "its expires_in is not a whole number"},
		"half a second":          {200, json, `{"access_token": "a-token", "expires_in": 3600.5}`, card.Unavailable, "its expires_in is not a whole number"},
		"a type as a number":     {200, json, `{"access_token": "a-token", "token_type": 1}`, card.Unavailable, "its token_type is not a text"},
		"a form that is none":    {200, "text/plain", "%zz", card.Unavailable, "it answered 200 OK"},
		"a redirect":             {302, "text/html", "", card.Invalid, "a redirect to evil.example, which is not followed"},
		"not found":              {404, "text/html", "<html>" + secret, card.Unavailable, "it answered 404 Not Found, text/html"},
		"down":                   {503, "text/html", "<html>" + secret, card.Unavailable, "it answered 503"},
		"an error in a success":  {200, json, `{"error": "invalid_client", "error_description": "no"}`, card.Unauthorized, "invalid_client: no"},
		"a refusal":              {401, json, `{"error": "invalid_client", "error_description": "` + secret + ` is wrong"}`, card.Unauthorized, "invalid_client: [secret] is wrong"},
		"a refusal in lines":     {401, json, `{"error": "invalid_client", "error_description": "no\r\n\thint: yes\u2028"}`, card.Unauthorized, "invalid_client: no hint: yes"},
		"a refusal in a form":    {400, "text/plain", "error=invalid_scope&error_description=no+such+scope", card.Unauthorized, "invalid_scope: no such scope"},
		"a refusal without why":  {400, json, `{"error": "invalid_grant"}`, card.Unauthorized, "no access token: invalid_grant"},
		"a code that is a text":  {400, json, `{"error": "` + secret + ` is wrong"}`, card.Unavailable, "it answered 400 Bad Request"},
		"a long description":     {400, json, `{"error": "invalid_scope", "error_description": "` + strings.Repeat("x", 100_000) + secret + `"}`, card.Unauthorized, "xxx…"},
		"a secret in hex, cut":   {400, json, `{"error": "invalid_scope", "error_description": "` + strings.Repeat("x", 980) + " " + hex.EncodeToString([]byte(secret)) + `"}`, card.Unauthorized, "[secret]"},
		"a code in a type":       {400, json + "; " + secret, `{}`, card.Unavailable, "application/json; [secret]"},
		"a server error":         {500, json, `{"error": "server_error", "error_description": "oops"}`, card.Unavailable, "server_error: oops"},
		"too many requests":      {429, json, `{"errorCode": "E0000047"}`, card.RateLimit, "too many requests"},
		"too many, in a refusal": {429, json, `{"error": "invalid_grant", "error_description": "API call exceeded rate limit due to too many requests."}`, card.RateLimit, "too many requests"},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			w.Header().Set("Location", "https://evil.example/token")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		c := s.config()
		c.Client.Secret = card.NewSecret(secret)
		source, err := oauth.ClientCredentials(c, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Token(t.Context())
		e := card.AsError(err)
		if e == nil || e.Kind != test.want || !strings.Contains(e.Message, test.message) {
			t.Errorf("%s: got %#v, want kind %s and %q", name, e, test.want, test.message)
			continue
		}
		if shown := fmt.Sprintf("%+v", *e) + e.Error(); strings.Contains(shown, secret) || strings.Contains(shown, "a-token") || len(shown) > 4000 {
			t.Errorf("%s: the error shows too much: %.300s", name, shown)
		}
		if e.MayBeDone() {
			t.Errorf("%s: a write counts as in doubt, although it was not sent", name)
		}
		if busy := test.status == 429 || test.status >= 500; busy != (e.Wait == 7*time.Second) {
			t.Errorf("%s: wait %v", name, e.Wait)
		}
		if len(s.forms) != 1 {
			t.Errorf("%s: %d requests", name, len(s.forms))
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWaysToReportALifeAreUnderstood(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, body string
		want       time.Duration // 0: not known
	}{
		"a number":       {"application/json", `{"access_token": "t-1", "token_type": "bearer", "expires_in": 3600}`, time.Hour},
		"a text":         {"application/json", `{"access_token": "t-1", "token_type": "Bearer", "expires_in": "3600"}`, time.Hour},
		"missing":        {"application/json", `{"access_token": "t-1"}`, 0},
		"null":           {"application/json", `{"access_token": "t-1", "expires_in": null}`, 0},
		"a huge number":  {"application/json", `{"access_token": "t-1", "expires_in": 9000000000000000000}`, 10 * 365 * 24 * time.Hour},
		"a form":         {"application/x-www-form-urlencoded", `access_token=t-1&token_type=bearer&expires_in=3600`, time.Hour},
		"a form without": {"application/x-www-form-urlencoded", `access_token=t-1&token_type=bearer`, 0},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			_, _ = io.WriteString(w, test.body)
		})
		source, err := oauth.ClientCredentials(s.config(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		got, err := source.Token(t.Context())
		if err != nil || got.Access.Reveal() != "t-1" || got.Type != "Bearer" || got.Expires.IsZero() != (test.want == 0) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if life := time.Until(got.Expires); test.want != 0 && (life > test.want || life < test.want-time.Minute) {
			t.Errorf("%s: it expires in %v", name, life)
		}
	}
}

func TestARedirectSendsNothingToTheOtherHost(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		source, err := oauth.ClientCredentials(s.config(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		if _, err := source.Token(t.Context()); card.AsError(err).Kind != card.Invalid || came.Load() != 0 {
			t.Errorf("%d: got %v, and %d requests to the other host", status, err, came.Load())
		}
	}
}

func TestAnEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	var wrote atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			n, err := w.Write(make([]byte, 1<<20))
			wrote.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	source, err := oauth.ClientCredentials(s.config(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Token(t.Context())
	if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || !strings.Contains(e.Message, "longer than 1 MB") {
		t.Errorf("got %v", err)
	}
	source.Close()
	s.Close() // waits for the handler
	if got := wrote.Load(); got > 50<<20 {
		t.Errorf("the server could send %d bytes", got)
	}
}

// pipe is a network to a server that reads requests, and answers them by hand.
func pipe(answer func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go answer(there)
		return here, nil
	}
}

func TestASlowServerIsATimeout(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"silent": "", "dribbling": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"} {
		synctest.Test(t, func(t *testing.T) {
			c := oauth.Config{TokenURL: "http://localhost/token", Where: "token_url", Client: oauth.Client{ID: "0oa1"}, Dial: pipe(func(conn net.Conn) {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				if start != "" {
					_, _ = io.WriteString(conn, start)
				}
				_, _ = io.Copy(io.Discard, conn)
			})}
			source, err := oauth.ClientCredentials(c, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			before := time.Now()
			_, err = source.Token(t.Context())
			if e := card.AsError(err); e == nil || e.Kind != card.Timeout || e.MayBeDone() || time.Since(before) != 30*time.Second {
				t.Errorf("%s: got %#v after %v", name, e, time.Since(before))
			}
		})
	}
}

func TestAServerThatCannotBeReachedIsAnErrorWithAHint(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	s.Close()
	source, err := oauth.ClientCredentials(s.config(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.Token(t.Context())
	if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.MayBeDone() || !strings.Contains(e.Message, "cannot reach 127.0.0.1") || e.Hint != "nothing is listening there: is the token_url right?" {
		t.Errorf("got %#v", e)
	}
}

// The request for a token is lost: what needed the token was not sent, and another attempt makes sense.
func TestAConnectionThatIsCutDoesNotCountAsAServerThatCannotBeReached(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	source, err := oauth.ClientCredentials(s.config(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.Token(t.Context())
	if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.MayBeDone() || e.Code == card.CodeRefused || !strings.Contains(e.Message, "the request for an access token: no answer: the connection was closed") {
		t.Errorf("got %#v", e)
	}
}

func TestSecretsAreSentOnlyEncryptedOrToThisMachine(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "acme.okta.com", "http://acme.okta.com/token", "ftp://acme.okta.com/token", "https://", "https:///token", "https://user:s3cret@acme.okta.com/token",
		"https://acme.okta.com/token#s3cret", "http://127.0.0.1.evil.example/token", "://s3cret",
	} {
		_, err := oauth.ClientCredentials(oauth.Config{TokenURL: bad, Where: "token_url"}, nil, nil)
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || strings.Contains(e.Message+e.Hint, "s3cret") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	for _, good := range []string{"https://acme.okta.com/oauth2/v1/token", "https://acme.example:8443/token?tenant=7", "http://127.0.0.1:8642/token", "http://[::1]/token", "http://localhost/token"} {
		if s, err := oauth.ClientCredentials(oauth.Config{TokenURL: good, Where: "token_url"}, nil, nil); err != nil || s.Close() != nil {
			t.Errorf("%q: got %v", good, err)
		}
	}
}

func TestTheHintOfARefusalForANonceFitsWhatWasSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		dpop     oauth.DPoP
		nonce    string // that each answer has
		hint     string // a part of it
		requests int
	}{
		"DPoP is off":                       {oauth.DPoPNever, "n1", "`dpop` must not be false", 1},
		"no nonce came":                     {oauth.DPoPAlways, "", "sent none in the header DPoP-Nonce", 1},
		"no nonce came, after a proof":      {oauth.DPoPAuto, "", "sent none in the header DPoP-Nonce", 2},
		"the same nonce is asked for twice": {oauth.DPoPAlways, "n1", "again and again", 2},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if test.nonce != "" {
				w.Header().Set("DPoP-Nonce", test.nonce)
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error": "use_dpop_nonce"}`)
		})
		c := s.config()
		c.DPoP = test.dpop
		source, err := oauth.ClientCredentials(c, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Token(t.Context())
		if e := card.AsError(err); e == nil || !strings.Contains(e.Hint, test.hint) || len(s.forms) != test.requests {
			t.Errorf("%s: got %#v after %d requests", name, e, len(s.forms))
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}
