package oktaapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestRefusalsBecomeCardErrors(t *testing.T) {
	t.Parallel()
	const oktas = `{"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorId":"oae1","errorCauses":[{"errorSummary":"login: taken"},{"errorSummary":"email: bad"}]}`
	for _, test := range []struct {
		status int
		body   string
		want   card.Kind
		code   string
		said   string
	}{
		{400, oktas, card.Invalid, "E0000001", "Api validation failed: login: taken; email: bad"},
		{400, `{"errorCode":"E0000031","errorSummary":"Invalid search criteria.","errorCauses":[{"errorSummary":"search: unknown"}]}`, card.Invalid, "E0000031", "Invalid search criteria: search: unknown"},
		{400, `{"errorCode":"E0000001","errorSummary":"Api validation failed: user","errorCauses":[{"errorSummary":"login: taken"}]}`, card.Invalid, "E0000001", "Api validation failed: user: login: taken"},
		{401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, card.Unauthorized, "E0000011", "Invalid token"},
		{400, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, card.Unauthorized, "E0000011", "Invalid token"},
		{400, `{"errorCode":"E0000090","errorSummary":"Duplicate role assignment exception."}`, card.Conflict, "E0000090", "Duplicate"},
		{401, `{"errorCode":"E0000007","errorSummary":"Not found"}`, card.NotFound, "E0000007", "Not found"},
		{403, `{"errorCode":"E0000006","errorSummary":"You do not have permission"}`, card.Forbidden, "E0000006", "permission"},
		{404, `{"errorCode":"E0000007","errorSummary":"Not found"}`, card.NotFound, "E0000007", "Not found"},
		{403, `{"errorCode":"E0000005","errorSummary":"Invalid session"}`, card.Unauthorized, "E0000005", "session"},
		{403, `{"errorCode":"E0000016","errorSummary":"Activation failed because the user is already active"}`, card.Invalid, "E0000016", "already active"},
		{409, `{"errorCode":"E0000112","errorSummary":"Cannot update this user"}`, card.Conflict, "E0000112", "Cannot update"},
		{400, `{"errorCode":"E0000001","errorSummary":"Api validation failed: name","errorCauses":[{"errorSummary":"name: An object with this field already exists in the current organization"}]}`,
			card.Conflict, "E0000001", "already exists"},
		{400, `{"errorCode":"E0000001","errorSummary":"already exists","errorCauses":[]}`, card.Invalid, "E0000001", "already exists"},
		{400, `{"errorCode":"E0000001","errorSummary":"Api validation failed: scopeId","errorCauses":[{"errorSummary":"scopeId: The scope is already granted"}]}`,
			card.Conflict, "E0000001", "already granted"},
		{400, `{"errorCode":"E0000124","errorSummary":"Could not create user.","errorCauses":[{"errorSummary":"Could not create user"}]}`, card.Invalid, "E0000124", "Could not create user."},
		{412, `{"errorCode":"E0000231","errorSummary":"ETag value doesn't match."}`, card.Conflict, "E0000231", "ETag"},
		{429, ``, card.RateLimit, "", "429 Too Many Requests"},
		{408, ``, card.Timeout, "", "408 Request Timeout"},
		{401, `{"error":"invalid_client","error_description":"The client is unknown"}`, card.Invalid, "invalid_client", "The client is unknown"},
		{400, `{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter."}`, card.Invalid, "invalid_client", "client_id"},
		{401, `{"error":"invalid_token","error_description":"The access token is invalid"}`, card.Unauthorized, "invalid_token", "access token"},
		{401, `{"errorCode":"E0000004","errorSummary":"Authentication failed"}`, card.Invalid, "E0000004", "Authentication failed"},
		{401, `{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature"}`, card.Forbidden, "E0000015", "feature"},
		{404, `{"errorCode":"E0000008","errorSummary":"The requested path was not found"}`, card.Invalid, "E0000008", "path"},
		{404, `{"errorCode":"E0000026","errorSummary":"This endpoint has been deprecated."}`, card.Invalid, "E0000026", "deprecated"},
		{410, `{"errorCode":"E0000156","errorSummary":"Invalid user id; the user either does not exist or has been deleted."}`, card.NotFound, "E0000156", "deleted"},
		{400, `{"errorCode":"E0000040","errorSummary":"Application label must not be the same as an existing application label."}`, card.Conflict, "E0000040", "label"},
		{400, `{"errorCode":"E0000041","errorSummary":"Credentials should not be set.","errorCauses":{"errorSummary":"not for this scheme"}}`, card.Invalid, "E0000041", "set: not for this scheme"},
		{400, `{"errorCode":"E0000001","errorSummary":"Api validation failed","errorCauses":"none"}`, card.Invalid, "E0000001", "validation failed"},
		{500, `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`, card.Unavailable, "E0000009", "Internal"},
		{502, `<html>Bad Gateway</html>`, card.Unavailable, "", "502 Bad Gateway"},
		{503, ``, card.Unavailable, "", "503 Service Unavailable"},
		{302, ``, card.Invalid, "", "302 Found"},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Okta-Request-Id", "req1")
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != test.want || e.Code != test.code || e.Status != test.status || !strings.Contains(e.Message, test.said) {
			t.Errorf("%d: got %#v", test.status, err)
			continue
		}
		if id := e.Details.(map[string]any)["request_id"]; id != "req1" {
			t.Errorf("%d: details %v have no request id", test.status, e.Details)
		}
		if id := e.Details.(map[string]any)["error_id"]; (id == "oae1") != (test.body == oktas) {
			t.Errorf("%d: details %v", test.status, e.Details)
		}
	}
}

// The 404 of a proxy must not be reported as a missing user.
func TestForeignAnswersAreUnavailable(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"a 404 page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
		},
		"a 404 of a load balancer": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "default backend - 404", 404) },
		"a 404 in JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"timestamp":"2026-03-01T06:00:00","status":404,"error":"Not Found","errorCode":null}`)
		},
		"a 404 of another API": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errorCode":"NOT_FOUND","errorSummary":"no route matched"}`)
		},
		"a 410 of another API": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusGone)
			fmt.Fprint(w, `{"errorCode":"gone_away","errorSummary":"moved"}`)
		},
		"a refusal in a list": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `[{"errorCode":"E0000007","errorSummary":"Not found"}]`)
		},
		"a refusal that is a success": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"errorCode":"E0000007","errorSummary":"Not found"}`)
		},
		"a 404 in the words of OAuth": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"not_found"}`)
		},
		"an empty 401": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"a 403 page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusForbidden)
		},
		"a page for people": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><html>") },
		"another API":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"hello":"world"}`) },
		"a list":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) },
	} {
		s, _ := serve(t, handler)
		_, _, err := s.Me(t.Context())
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unavailable || !strings.Contains(e.Hint, "is the domain right?") {
			t.Errorf("%s: got %#v", name, err)
		}
	}
}

func TestHintsDependOnTheCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status          int
		body, challenge string
		kind            card.Kind
		hint            string
	}{
		{401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, "", card.Unauthorized, "wrong, expired or revoked"},
		{401, `{"errorCode":"E0000004","errorSummary":"Authentication failed"}`, "", card.Invalid, ""},
		{404, `{"errorCode":"E0000008","errorSummary":"The requested path was not found"}`, "", card.Invalid, "API reference"},
		{403, `{"errorCode":"E0000006","errorSummary":"You do not have permission"}`, "", card.Forbidden, ""}, // the card knows the scope
		{403, ``, `Bearer error="insufficient_scope"`, card.Forbidden, ""},
		{403, `{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature"}`, "", card.Forbidden, "may not have this feature"},
		{403, `{"errorCode":"E0000077","errorSummary":"Cannot modify the department attribute because it is read-only."}`, "", card.Invalid, "such as the directory"},
		{403, `{"errorCode":"E0000032","errorSummary":"Unlock is not allowed for this user."}`, "", card.Invalid, "LOCKED_OUT"},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", test.challenge)
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		e := card.AsError(err)
		if e.Kind != test.kind || !strings.Contains(e.Hint, test.hint) || test.hint == "" && e.Hint != "" {
			t.Errorf("%d %s: %s with the hint %q, want %s with %q", test.status, test.body, e.Kind, e.Hint, test.kind, test.hint)
		}
	}
}

func TestARateLimitErrorHasTheTimeToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		limit, reset string
		want         time.Duration
	}{
		{"600", fmt.Sprint(now.Add(40 * time.Second).Unix()), 41 * time.Second},
		{"0", fmt.Sprint(now.Add(time.Hour).Unix()), concurrencyWait}, // Okta's refusal for too many concurrent requests
		{"600", "", defaultWait},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("X-Rate-Limit-Limit", test.limit)
			w.Header().Set("X-Rate-Limit-Reset", test.reset)
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}`)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.RateLimit || e.Code != "E0000047" || e.Wait != test.want {
			t.Errorf("limit %s: got %#v, want to wait %v", test.limit, err, test.want)
		}
	}
}

func TestADateInRetryAfterIsHonoredWithoutADateOfTheAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			w.Header().Set("Retry-After", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
			w.WriteHeader(status)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		if got := card.AsError(err).Wait; got <= 30*time.Second || got > time.Minute {
			t.Errorf("%d: wait %v, want a minute", status, got)
		}
	}
}

func TestRetryAfterIsHonored(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	soon := fmt.Sprint(now.Add(40 * time.Second).Unix())
	for _, test := range []struct {
		status              int
		after, limit, reset string
		want                time.Duration
	}{
		{429, "7", "", "", 7 * time.Second},
		{503, "7", "", "", 7 * time.Second},
		{503, "4, 4", "", "", 4 * time.Second},
		{502, "7", "", "", 7 * time.Second},
		{504, "7", "", "", 7 * time.Second},
		{503, now.Add(30 * time.Second).Format(http.TimeFormat), "", "", 30 * time.Second},
		{503, "86400", "", "", time.Hour},
		{429, "7", "0", soon, concurrencyWait},
		{429, "7", "600", soon, 41 * time.Second}, // Okta's own headers take precedence
		{429, "7", "600", "x", 7 * time.Second},   // if they can be right
		{429, "7", "600", "-1", 7 * time.Second},
		{429, "7", "600", fmt.Sprint(now.UnixMilli()), 7 * time.Second},
		{429, "", "600", fmt.Sprint(now.UnixMilli()), defaultWait},
		{429, "soon", "", "", defaultWait},
		{503, "soon", "", "", 0},
		{500, "7", "", "", 0},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Retry-After", test.after)
			w.Header().Set("X-Rate-Limit-Limit", test.limit)
			w.Header().Set("X-Rate-Limit-Reset", test.reset)
			w.WriteHeader(test.status)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		if got := card.AsError(err).Wait; got != test.want {
			t.Errorf("%d, Retry-After %s, limit %s, reset %s: wait %v, want %v", test.status, test.after, test.limit, test.reset, got, test.want)
		}
	}
}
