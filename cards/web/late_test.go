package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestARequestThatNeverAnswersEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := without(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		_, err := s.do(t.Context(), request{method: "POST", target: s.base.url("/items")})
		if e := card.AsError(err); !has(e, card.Timeout, "POST /items: no complete answer within 2m0s") || !e.MayBeDone() || time.Since(start) != requestTimeout {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

// Go's HTTP client quotes a part of the answer that it cannot parse.
func TestTheSecretsOfAConnectionAreHiddenInErrorsOfTheNetwork(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for name, answer := range map[string]transportFunc{
		"no answer": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("missing colon: %q: %w", r.Header.Get("Authorization"), cause)
		},
		"half an answer": func(r *http.Request) (*http.Response, error) {
			broken := io.MultiReader(strings.NewReader("x"), failing{fmt.Errorf("bad chunk: %q: %w", r.Header.Get("Authorization"), cause)})
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(broken)}, nil
		},
	} {
		s := without(answer)
		s.headers = []header{{name: "Authorization", scheme: bearer, secret: card.NewSecret(token)}}
		_, err := s.do(t.Context(), request{method: "GET", target: s.base.url("/items")})
		if e := card.AsError(err); !has(e, card.Unavailable, "[hidden]") || strings.Contains(e.Message, token) || !errors.Is(err, cause) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTheBucketOfARequestIsItsMethodAndResource(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/users/ada": "GET /users", "/": "GET /", "/v1/users/1": "GET /v1/users", "/rest/api/3/issue/X-1": "GET /rest/api/3/issue", "/v1.0/groups": "GET /v1.0/groups", "/2010-04-01": "GET /2010-04-01",
		"/api": "GET /api",
	} {
		if got := bucket("GET", path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
