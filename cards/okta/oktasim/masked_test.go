package oktasim

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestURIIsKeptWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"/api/v1/users/00u1?activate=true&password=s%20w0rd&Old%50assword=abc&b": "/api/v1/users/00u1?activate=true&password=xxxxxxxx&Old%50assword=xxx&b",
		"/api/v1/users?a%zz=1&answer=42":                                         "/api/v1/users?a%zz=1&answer=xx",
		"/api/v1/users":                                                          "/api/v1/users",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if got := MaskedURI(u); got != want {
			t.Errorf("%s is kept as %s, want %s", uri, got, want)
		}
	}
}

func TestListedRequestsDoNotShowSecretsOfAQuery(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, uri := range []string{"/api/v1/users?newPassword=S3cret-word&x=1", "/api/v1/users?password=" + strings.Repeat("S3cret", requestPath)} {
		c.org.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", uri, nil)) // not by the client: Okta has no such parameters
	}
	if n := len(c.requested("")); n != 2 {
		t.Fatalf("%d requests are listed, want 2", n)
	}
	for _, r := range c.requested("") {
		if strings.Contains(r.Path, "S3cret") || !strings.Contains(r.Path, "assword=xxxxxx") {
			t.Errorf("listed as %s", r.Path)
		}
	}
}
