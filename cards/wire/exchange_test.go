package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestATraceHasNoValuesOfTheQueryAndNoLongSegments(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("aB3-", 11)
	for target, want := range map[string]string{
		"/api/v1/users/00u1?search=profile.lastName+eq+%22Roe%22&after=" + token: "/api/v1/users/00u1?search=…&after=…",
		"/welcome/" + token + "?" + token:                                        "/welcome/…?…=…",
		"/scim/Users?filter=userName%20eq%20%22zoe%22":                           "/scim/Users?filter=…",
		"/a%0ab%1b%5B31m": "/a%0ab%1b%5B31m",
		"/x?" + token + "=1&" + strings.Repeat("p=1&", 20): "/x?…=…" + strings.Repeat("&p=…", 9) + "&…",
	} {
		var got card.Exchange
		now := time.Unix(0, 0)
		req := httptest.NewRequest(http.MethodPost, "http://localhost/", nil)
		parsed, err := req.URL.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		req.URL = parsed
		done := wire.TraceOf(card.Settings{Name: "okta", Exchanged: func(e card.Exchange) { got = e }}).Sends(req, "POST /"+token, func() time.Time {
			now = now.Add(time.Second)
			return now
		})
		done(&http.Response{StatusCode: 201})
		if diff := got != (card.Exchange{Connection: "okta", Method: "POST", Path: want, Bucket: "POST /…", Status: 201, Took: time.Second}); diff {
			t.Errorf("%s: got %+v, want the path %s", target, got, want)
		}
	}
	wire.TraceOf(card.Settings{}).Sends(httptest.NewRequest(http.MethodGet, "/", nil), "", time.Now)(nil)
}

func TestAPathForPeopleHasNeitherLongSegmentsNorParameters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 41)
	for path, want := range map[string]string{
		"/api/v1/users/00u1": "/api/v1/users/00u1", "/activate/" + long: "/activate/…", "/get;jsessionid=XE6wE17": "/get;…", "/" + long + ";a=b/c": "/…;…/c", "": "",
	} {
		if got := wire.ShownPath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}
