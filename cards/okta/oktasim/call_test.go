package oktasim

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// The handlers do not check whether the request was refused; read and write do.
func TestRefusedRequestChangesNothing(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	before := c.get("/-/dump").body
	for _, request := range []struct{ method, path, body, code string }{
		{"DELETE", "/api/v1/users/00ucyd?sendEmail=maybe", "", "E0000001"},
		{"POST", "/api/v1/users/00udot/lifecycle/activate?sendEmail=1", "", "E0000001"},
		{"POST", "/api/v1/users/00uada/lifecycle/reset_password?provider=FEDERATION&sendEmail=maybe", "", "E0000031"}, // the first mistake is reported
		{"POST", "/api/v1/users/00uada", "{", "E0000003"},
		{"PUT", "/api/v1/groups/00gcon", "[]", "E0000003"},
	} {
		c.send(request.method, request.path, request.body).refused(400, request.code)
	}
	if got := c.get("/-/dump").body; got != before {
		t.Errorf("the org is\n%s\nbefore:\n%s", got, before)
	}
}

// Sources: okta-sdk-python, issue 309, and zaproxy, issue 5004.
func TestABodyOfAnotherTypeThanJSONIsRefused(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for kind, ok := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON": true,
		"application/x-www-form-urlencoded": false, "text/plain": false, "json": false, "application/json,text/plain": false,
	} {
		req, err := http.NewRequest("POST", c.url+"/api/v1/users/00uada", strings.NewReader(`{"profile":{"title":"x"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", c.auth)
		if kind != "" {
			req.Header.Set("Content-Type", kind)
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if (answer.StatusCode == 200) != ok || !ok && (answer.StatusCode != 400 || !strings.Contains(string(body), "E0000021")) {
			t.Errorf("%q: %d %s", kind, answer.StatusCode, body)
		}
	}
}

// The handlers of objects read their bodies like those of users.
func TestABodyOfAnObjectIsJSONAndNothingElse(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	body := `{"type":"IP","name":"Office","gateways":[]}`
	c.send("POST", "/api/v1/zones", body+"{}").refused(400, "E0000003")
	c.send("POST", "/api/v1/zones", "null").refused(400, "E0000003")
	c.with("Content-Type", "text/plain").send("POST", "/api/v1/zones", body).refused(400, "E0000021")
	c.send("POST", "/api/v1/zones", body).ok()
}
