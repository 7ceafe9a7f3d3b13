package oktasim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/simhost"
)

// No route may answer a request from another site. The test takes the routes from the router, so that new ones are
// tested.
func TestNoRouteAnswersAWebPage(t *testing.T) {
	t.Parallel()
	org, err := New(Seed{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = simhost.NewServer(org, "okta-sim")
	server.Start()
	defer server.Close()
	for _, test := range []struct {
		name, host string
		header     http.Header
		status     int // 0 means that the route answers
	}{
		{"its own address", "", nil, 0},
		{"localhost", "LOCALHOST:8642", nil, 0},
		{"a name that it was given", "okta-sim:8642", nil, 0},
		{"another loopback address", "[::1]:8642", nil, 0},
		{"a browser's own address bar", "", http.Header{"Sec-Fetch-Site": {"none"}}, 0},
		{"a page of its own", "localhost:8642", http.Header{"Origin": {"http://localhost:8642"}, "Sec-Fetch-Site": {"same-origin"}}, 0},
		{"a foreign host", "evil.example", nil, http.StatusMisdirectedRequest},
		{"a foreign host with its port", "evil.example:8642", nil, http.StatusMisdirectedRequest},
		{"a host that starts like it", "localhost.evil.example", nil, http.StatusMisdirectedRequest},
		{"a foreign address", "203.0.113.5", nil, http.StatusMisdirectedRequest},
		{"another site", "", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"another port of this machine", "", http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		{"another origin", "", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"no origin", "", http.Header{"Origin": {"null"}}, http.StatusForbidden},
	} {
		for pattern := range org.patterns() {
			method, path, ok := strings.Cut(pattern, " ")
			if !ok {
				method, path = http.MethodPut, pattern
			}
			path = strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(path)
			request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = test.host
			if test.header != nil {
				request.Header = test.header
			}
			answer, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			refused := answer.StatusCode == http.StatusMisdirectedRequest ||
				answer.StatusCode == http.StatusForbidden && answer.Header.Get("X-Okta-Request-Id") == ""
			if refused != (test.status != 0) || refused && answer.StatusCode != test.status {
				t.Errorf("%s: %s is answered %d, want %d (0: the route's own)", test.name, pattern, answer.StatusCode, test.status)
			}
		}
	}
}
