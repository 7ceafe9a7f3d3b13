package oktaapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// sent sends a request through c and returns its exchange.
func sent(t *testing.T, c *capture) (*exchange, error) {
	t.Helper()
	return sentAs(t, c, GetUser)
}

func sentAs(t *testing.T, c *capture, op Operation) (*exchange, error) {
	t.Helper()
	e := &exchange{op: op}
	method, _, _ := strings.Cut(op.Bucket, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, "https://acme.okta.com/api/v1/users/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.send(req, e); err != nil {
		return e, e.failed(req.Context(), err)
	}
	return e, nil
}

func captured(inner transportFunc) *capture {
	return newCapture(&url.URL{Scheme: "https", Host: "acme.okta.com"}, &apiToken{card.NewSecret(token)}, pace.New(clock.System{}, 1), inner)
}

func TestARequestThatNeverAnswersEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := captured(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		_, err := sent(t, c)
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Timeout || time.Since(start) != requestTimeout {
			t.Errorf("got %v after %v, want a timeout after %v", err, time.Since(start), requestTimeout)
		}
	})
}

func TestWaitingForTheGovernorDoesNotCountAsRequestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := captured(func(r *http.Request) (*http.Response, error) { // one request a minute
			now := time.Now()
			h := http.Header{}
			h.Set("X-Rate-Limit-Limit", "1")
			h.Set("X-Rate-Limit-Remaining", "0")
			h.Set("X-Rate-Limit-Reset", strconv.FormatInt(now.Add(time.Minute).Unix(), 10))
			h.Set("Date", now.UTC().Format(http.TimeFormat))
			return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})
		start := time.Now()
		done := make(chan error)
		for range 5 {
			go func() {
				_, err := sent(t, c)
				done <- err
			}()
		}
		for range 5 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took < 4*time.Minute || took > 4*time.Minute+10*time.Second {
			t.Errorf("five requests at one a minute took %v", took)
		}
		if total, by := c.door.Waited(); total < 4*time.Minute || by[GetUser.Bucket] != total {
			t.Errorf("waited %v, %v", total, by)
		}
	})
}

func TestTokenIsHiddenInAnswersThatRepeatIt(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"00abcdefghijklmnopqrstuvwxyz": "you sent [hidden] for SSWS [hidden]",
		"the":                          "you sent the for [hidden]",
	} {
		for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusInternalServerError} {
			c := captured(func(r *http.Request) (*http.Response, error) {
				said := "you sent " + token + " for " + r.Header.Get("Authorization")
				return &http.Response{StatusCode: status, Header: http.Header{"Link": {said}}, Body: io.NopCloser(strings.NewReader(said))}, nil
			})
			c.credentials = &apiToken{card.NewSecret(token)}
			e, err := sent(t, c)
			if err != nil {
				t.Fatal(err)
			}
			if got := []string{string(e.body), e.header.Get("Link")}; got[0] != want || got[1] != want {
				t.Errorf("%d: the answer is %q, want %q", status, got, want)
			}
		}
	}
}

func TestRetryAfterOfABusyServiceHoldsTheNextRequest(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]time.Duration{429: 30 * time.Second, 502: 30 * time.Second, 503: 30 * time.Second, 504: 30 * time.Second, 202: 0, 302: 0, 500: 0} {
		synctest.Test(t, func(t *testing.T) {
			c := captured(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, nil
			})
			start := time.Now()
			for range 2 {
				if _, err := sent(t, c); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(start); took != want {
				t.Errorf("%d: the second request left after %v, want %v", status, took, want)
			}
		})
	}
}

// Source: Okta, "Rate limits", https://developer.okta.com/docs/reference/rate-limits/
func TestMethodsOfAPathDoNotShareALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := captured(func(r *http.Request) (*http.Response, error) {
			h := http.Header{}
			h.Set("X-Rate-Limit-Limit", map[string]string{"GET": "2000", "POST": "600"}[r.Method])
			h.Set("X-Rate-Limit-Remaining", map[string]string{"GET": "0", "POST": "599"}[r.Method])
			h.Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
			h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
			return &http.Response{StatusCode: http.StatusOK, Header: h, Body: http.NoBody}, nil
		})
		start := time.Now()
		for _, step := range []struct {
			op   Operation
			took time.Duration
		}{{GetUser, 0}, {UpdateUser, 0}, {UpdateUser, 0}, {GetUser, 61 * time.Second}} {
			if _, err := sentAs(t, c, step.op); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != step.took {
				t.Errorf("%s was sent after %v, want %v", step.op.Bucket, took, step.took)
			}
		}
	})
}

// Go's HTTP client quotes a part of the answer that it cannot parse.
func TestTokenIsHiddenInErrorsOfTheTransport(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	c := captured(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("an answer with a missing colon: %q: %w", r.Header.Get("Authorization"), cause)
	})
	c.credentials = &apiToken{card.NewSecret("00abcdefghijklmnopqrstuvwxyz")}
	_, err := sent(t, c)
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || !errors.Is(err, cause) || !strings.Contains(e.Message, `missing colon: "SSWS [hidden]"`) {
		t.Errorf("got %v", err)
	}
}
