package wire_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func TestATraceHasNoValuesOfTheQueryAndNoLongSegments(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("aB3-", 11)
	for target, want := range map[string]string{
		"/api/v1/users/00u1?search=profile.lastName+eq+%22Roe%22&after=" + token: "/api/v1/users/00u1?search=…&after=…",
		"/welcome/" + token + "?" + token:                                        "/welcome/…?…=…",
		"/scim/Users?filter=userName%20eq%20%22zoe%22":                           "/scim/Users?filter=…",
		"/a%0ab%1b%5B31m":                                  "/a%0ab%1b%5B31m",
		"/get;jsessionid=XE6w/x":                           "/get;…/x",
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
		_, done := wire.TraceOf(card.Settings{Name: "okta", Exchanged: func(e card.Exchange) { got = e }}).Sends(req, "POST /"+token, func() time.Time {
			now = now.Add(time.Second)
			return now
		})
		done(&http.Response{StatusCode: 201})
		if diff := got != (card.Exchange{Connection: "okta", Method: "POST", Path: want, Bucket: "POST /…", Status: 201, Took: time.Second}); diff {
			t.Errorf("%s: got %+v, want the path %s", target, got, want)
		}
	}
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	same, done := wire.TraceOf(card.Settings{}).Sends(req, "", time.Now)
	if done(nil); same != req {
		t.Error("a request that nobody looks at is changed")
	}
}

func TestATraceHidesASecretBeforeItLeavesOutLongSegments(t *testing.T) {
	t.Parallel()
	var got card.Exchange
	v := veil.New()
	secret := strings.Repeat("aB3-", 11) + "/e+nd"
	v.Learn(secret)
	for _, path := range []string{secret, url.PathEscape(secret)} {
		_, done := wire.TraceOf(card.Settings{Excerpt: v.Excerpt, Exchanged: func(e card.Exchange) { got = e }}).Sends(
			httptest.NewRequest(http.MethodGet, "/x/"+path+"/y", nil), "GET /x/"+path, time.Now)
		if done(nil); got.Path != "/x/[secret]/y" || got.Bucket != "GET /x/[secret]" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
}
