package oktaapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// renewing has a new token after each refusal, until fails is set.
type renewing struct {
	refused []string
	fails   error
	targets []string
}

func (r *renewing) Authorize(_ context.Context, method string, target *url.URL, h http.Header) (card.Secret, error) {
	if r.fails != nil && len(r.refused) > 0 {
		return card.Secret{}, r.fails
	}
	text := fmt.Sprint("access-token-number-", len(r.refused)+1)
	h.Set("Authorization", "Bearer "+text)
	r.targets = append(r.targets, method+" "+target.Path)
	return card.NewSecret(text), nil
}

func (r *renewing) Refused(sent card.Secret) bool {
	r.refused = append(r.refused, sent.Reveal())
	return true
}

// renewed opens a session with credentials that can be renewed. It records the requests as token and body.
func renewed(t *testing.T, c *renewing, answer func(w http.ResponseWriter, sent string)) (s *Session, requests *[]string) {
	t.Helper()
	requests = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		*requests = append(*requests, sent+" "+string(body))
		answer(w, sent)
	}))
	t.Cleanup(server.Close)
	s, err := Open(Config{Domain: server.URL, Credentials: c, Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, requests
}

const expired = `{"errorCode": "E0000011", "errorSummary": "Invalid token provided"}`

func TestARefusedTokenIsReplacedAndTheRequestSentOnceMore(t *testing.T) {
	t.Parallel()
	c := &renewing{}
	s, requests := renewed(t, c, func(w http.ResponseWriter, sent string) {
		if sent == "access-token-number-1" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, expired)
			return
		}
		fmt.Fprintf(w, `{"id": "00u1", "said": "you sent %s"}`, sent)
	})
	got, err := s.Resource(t.Context(), CreateUser, Args{Body: []byte(`{"a":1}`)})
	if err != nil || got["said"] != "you sent [hidden]" {
		t.Errorf("got %v, %v", got, err)
	}
	if want := []string{`access-token-number-1 {"a":1}`, `access-token-number-2 {"a":1}`}; !slices.Equal(*requests, want) {
		t.Errorf("sent %q, want %q", *requests, want)
	}
	if want := []string{"POST /api/v1/users", "POST /api/v1/users"}; !slices.Equal(c.targets, want) || len(c.refused) != 1 {
		t.Errorf("authorized %q, want %q; refused %q", c.targets, want, c.refused)
	}
}

func TestATokenThatIsRefusedTwiceEndsTheRun(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(http.ResponseWriter){
		"Okta's code": func(w http.ResponseWriter) { w.WriteHeader(401); fmt.Fprint(w, expired) },
		"OAuth's code": func(w http.ResponseWriter) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"error": "invalid_token", "error_description": "The access token is invalid."}`)
		},
		"a challenge": func(w http.ResponseWriter) {
			w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://acme.okta.com/oauth2/v1/authorize", error="invalid_token", error_description="The token has expired."`)
			w.WriteHeader(401)
		},
		"a proof": func(w http.ResponseWriter) {
			w.WriteHeader(400)
			fmt.Fprint(w, `{"errorCode": "invalid_dpop_proof", "errorSummary": "The DPoP proof JWT is issued in the future."}`)
		},
	} {
		c := &renewing{}
		s, requests := renewed(t, c, func(w http.ResponseWriter, _ string) { refuse(w) })
		_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
		if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || e.MayBeDone() || e.Hint != badTokens || len(*requests) != 2 {
			t.Errorf("%s: got %#v after %d requests", name, e, len(*requests))
		}
	}
}

func TestOtherRefusalsDoNotReplaceTheToken(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		400: `{"errorCode": "E0000001", "errorSummary": "Api validation failed"}`,
		401: `{"errorCode": "E0000015", "errorSummary": "You do not have permission to access the feature you are requesting"}`,
		403: `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`,
		404: `{"errorCode": "E0000007", "errorSummary": "Not found"}`,
		407: "the page of a proxy",
		500: `{"errorCode": "E0000009", "errorSummary": "Internal Server Error"}`,
	} {
		c := &renewing{}
		s, requests := renewed(t, c, func(w http.ResponseWriter, _ string) { w.WriteHeader(status); fmt.Fprint(w, body) })
		if _, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}}); card.AsError(err).Status != status || len(*requests) != 1 || len(c.refused) != 0 {
			t.Errorf("%d: got %v after %d requests", status, err, len(*requests))
		}
	}
}

func TestTheErrorOfTheCredentialsIsTheErrorOfTheRequest(t *testing.T) {
	t.Parallel()
	no := &card.Error{Kind: card.Unauthorized, Message: "acme.okta.com issues no access token"}
	s, requests := renewed(t, &renewing{fails: no}, func(w http.ResponseWriter, _ string) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, expired)
	})
	if _, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}}); !errors.Is(err, no) || len(*requests) != 1 {
		t.Errorf("got %v after %d requests", err, len(*requests))
	}
}

func TestAnAPITokenIsSentOnce(t *testing.T) {
	t.Parallel()
	requests := 0
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, expired)
	})
	_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
	if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || e.Hint != badToken || requests != 1 {
		t.Errorf("got %#v after %d requests", e, requests)
	}
}

func TestTheProofOfATokenIsHiddenInAnswers(t *testing.T) {
	t.Parallel()
	e := &exchange{}
	e.hides(card.NewSecret("access-token-number-1"), http.Header{"Dpop": {"a-proof-of-possession"}})
	if got := string(e.hide([]byte("you sent DPoP access-token-number-1, a-proof-of-possession"))); got != "you sent DPoP [hidden], [hidden]" {
		t.Errorf("got %s", got)
	}
}
