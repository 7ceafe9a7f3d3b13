package oauth_test

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// losses are ways in which the answer of a server that issued a token is lost.
var losses = map[string]func(w http.ResponseWriter){
	"reset": reset,
	"cut off": func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"access_token": "acc`)
		_ = http.NewResponseController(w).Flush()
		reset(w)
	},
	"a proxy's 502": func(w http.ResponseWriter) { http.Error(w, "<html>Bad Gateway", http.StatusBadGateway) },
	"a 500 of OAuth": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"error": "server_error"}`)
	},
	"another page": func(w http.ResponseWriter) { fmt.Fprint(w, "<html>sign in to the Wi-Fi") },
}

// reset ends the connection of a request without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// A server may replace the refresh token although its answer is lost, and take the old one for some seconds only.
func TestT25ALostAnswerOfARefreshIsAskedForAgainAtOnce(t *testing.T) {
	t.Parallel()
	for name, lose := range losses {
		r := serveRotating(t)
		issue, store := r.handle, granted(t, r.server)
		r.handle = func(w http.ResponseWriter, req *http.Request) {
			if len(r.forms) > 1 {
				issue(w, req)
				return
			}
			r.valid = []string{"refresh-1", "refresh-2"} // the answer is lost after the rotation
			lose(w)
		}
		token, err := keptSource(t, r.server, store, nil).Token(t.Context())
		if err != nil || token.Access.Reveal() != "access-2" || len(r.forms) != 2 {
			t.Errorf("%s: got %v, %v after %d requests", name, token, err, len(r.forms))
		}
	}
}

func TestARefreshInDoubtDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{
		"requests left":    {"X-Rate-Limit-Limit": "1000", "X-Rate-Limit-Remaining": "999"},
		"none left":        {"X-Rate-Limit-Limit": "1000", "X-Rate-Limit-Remaining": "0"},
		"asked for a wait": {"Retry-After": "60"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, err := keptSource(t, s, granted(t, s), nil).Token(t.Context())
		e := card.AsError(err)
		if e == nil || e.Kind != card.Unavailable || e.Wait > 5*time.Second || name == "requests left" && e.Wait != 0 || name != "requests left" && e.Wait == 0 {
			t.Errorf("%s: got %#v", name, e)
		}
	}
}

func TestAResetOfTheRateLimitCountsOnlyIfTheLimitIsUsed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status           int
		limit, remaining string
		wait             bool
	}{
		{500, "1000", "999", false}, {503, "1000", "999", false}, {503, "1000", "0", true}, {429, "1000", "0", true}, {429, "1000", "999", true}, {429, "0", "0", false},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Rate-Limit-Limit", test.limit)
			w.Header().Set("X-Rate-Limit-Remaining", test.remaining)
			w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
			w.WriteHeader(test.status)
		})
		source, err := oauth.ClientCredentials(s.config(), []string{"read"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		_, err = source.Token(t.Context())
		if e := card.AsError(err); e == nil || (e.Wait > 30*time.Second) != test.wait {
			t.Errorf("%v: got %#v", test, e)
		}
	}
}

// Before a run, only a service that was reached is tried again.
func TestAnAnswerThatIsLostDiffersFromAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"reset": true, "cut off": true, "": false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { losses[name](w) })
		if name == "" {
			s.Close()
		}
		source, err := oauth.ClientCredentials(s.config(), []string{"read"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		_, err = source.Token(t.Context())
		if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.MayBeDone() || (e.Code != card.CodeRefused) != want {
			t.Errorf("%s: got %#v", name, e)
		}
	}
}
