package oktasim

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

const eventHookSeed = `
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
event_hooks:
  - id: who1
    name: Joiners
    events: {type: EVENT_TYPE, items: [user.lifecycle.create]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/joiners", headers: [{key: X-Site, value: berlin}], authScheme: {type: HEADER, key: Authorization, value: open-sesame}}}
`

// leavers is the body of a new event hook.
const leavers = `{"name":"Leavers","verificationStatus":"VERIFIED","status":"INACTIVE","events":{"type":"EVENT_TYPE","items":["user.lifecycle.suspend"]},
	"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hooks.acme.example/leavers","headers":[{"key":"X-Site","value":"oslo"}],"authScheme":{"type":"HEADER","key":"X-Key","value":"plugh"}}}}`

// A receiver is a server of event hooks in memory. It answers each request by a function, and passes it on.
type receiver func(r *http.Request) (*http.Response, error)

func (f receiver) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func hookAnswer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}
}

// verifying answers challenges as Okta demands.
func verifying(r *http.Request) (*http.Response, error) {
	return hookAnswer(http.StatusOK, `{"verification": "`+r.Header.Get("X-Okta-Verification-Challenge")+`"}`), nil
}

// Management API, schema EventHookChannelConfigAuthScheme: the value is never answered. That the values of other headers are
// answered is in the description's example RetrieveAnEventHook.
func TestTheAuthenticationOfAnEventHookIsNotAnswered(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	for _, path := range []string{"/api/v1/eventHooks", "/api/v1/eventHooks/who1"} {
		got := c.get(path).body
		if !strings.Contains(got, `"key":"Authorization"`) || !strings.Contains(got, `{"key":"X-Site","value":"berlin"}`) || strings.Contains(got, "open-sesame") {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

func TestADumpHasNoHeaderOfAnEventHook(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	c.send("POST", "/api/v1/eventHooks", leavers).ok()
	dump := c.get("/-/dump").body
	for _, secret := range []string{"open-sesame", "berlin", "oslo", "plugh"} {
		if strings.Contains(dump, secret) {
			t.Errorf("%q is in\n%s", secret, dump)
		}
	}
	if !strings.Contains(dump, `"value":"xxxxx"`) {
		t.Errorf("got\n%s", dump)
	}
}

// Management API, "Delete an event hook". The error is our guess.
func TestOnlyAnInactiveEventHookCanBeDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	c.send("DELETE", "/api/v1/eventHooks/who1", "").refused(http.StatusForbidden, "E0000006")
	c.send("POST", "/api/v1/eventHooks/who1/lifecycle/deactivate", "").ok()
	if got := c.send("DELETE", "/api/v1/eventHooks/who1", ""); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// Management API, "Create an event hook": a new hook is ACTIVE. Schema EventHook: status, verificationStatus and createdBy are
// read-only.
func TestANewEventHookIsActiveAndUnverifiedWhateverItsBody(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	got := c.send("POST", "/api/v1/eventHooks", leavers).object()
	if got["status"] != "ACTIVE" || got["verificationStatus"] != "UNVERIFIED" || got["createdBy"] != "00uada" {
		t.Errorf("got %v", got)
	}
}

// Management API, schema EventHook: the channel needs an HTTPS URL. That this machine may have an HTTP URL is ours.
func TestAnEventHookNeedsHTTPSUnlessItIsOnThisMachine(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	for address, status := range map[string]int{
		"http://hooks.acme.example/": 400, "ftp://localhost/": 400, "/joiners": 400, "http://127.0.0.1.acme.example/": 400,
		"http://127.0.0.1:8081/": 200, "http://localhost/": 200, "http://[::1]:80/": 200, "https://hooks.acme.example": 200,
	} {
		if got := c.send("POST", "/api/v1/eventHooks", strings.Replace(leavers, "https://hooks.acme.example/leavers", address, 1)); got.status != status {
			t.Errorf("%s: got %d %s, want %d", address, got.status, got.body, status)
		}
	}
}

// Okta support, "Unable to verify event hook": the headers. Okta, "Event hooks", one-time verification request.
func TestVerifyingAnEventHookSendsAChallengeWithTheHooksHeaders(t *testing.T) {
	t.Parallel()
	var asked *http.Request
	c := serveSeed(t, eventHookSeed, Options{Hooks: receiver(func(r *http.Request) (*http.Response, error) {
		asked = r
		return verifying(r)
	})})
	if got := c.send("POST", "/api/v1/eventHooks/who1/lifecycle/verify", "").object(); got["verificationStatus"] != "VERIFIED" {
		t.Errorf("got %v", got)
	}
	h := asked.Header
	if asked.Method != "GET" || asked.URL.String() != "https://hooks.acme.example/joiners" || h.Get("Authorization") != "open-sesame" || h.Get("X-Site") != "berlin" ||
		h.Get("Accept") != "application/json" || h.Get("User-Agent") != "Okta-Integrations" || h.Get("X-Okta-Request-Id") == "" || h.Get("X-Okta-Verification-Challenge") == "" {
		t.Errorf("got %s %s %v", asked.Method, asked.URL, h)
	}
	if got := c.get("/-/hooks").body; !strings.Contains(got, `"event_hook":"who1","method":"GET","status":200`) || strings.Contains(got, "sesame") {
		t.Errorf("got %s", got)
	}
}

// Okta support, "Unable to verify event hook", has the error; the attempts are from "Event hooks", timeout and retry.
func TestAnEventHookThatDoesNotAnswerTheChallengeStaysUnverified(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer   receiver
		attempts int
	}{
		"another text":  {func(*http.Request) (*http.Response, error) { return hookAnswer(200, `{"verification":"no"}`), nil }, 1},
		"not JSON":      {func(*http.Request) (*http.Response, error) { return hookAnswer(200, "hello"), nil }, 1},
		"a 4xx":         {func(*http.Request) (*http.Response, error) { return hookAnswer(404, "{}"), nil }, 1},
		"a 5xx":         {func(*http.Request) (*http.Response, error) { return hookAnswer(503, "{}"), nil }, 2},
		"no connection": {func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 2},
		"a redirect": {func(*http.Request) (*http.Response, error) {
			a := hookAnswer(302, "")
			a.Header = http.Header{"Location": {"https://other.example/"}}
			return a, nil
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attempts := 0
			c := serveSeed(t, eventHookSeed, Options{Hooks: receiver(func(r *http.Request) (*http.Response, error) {
				attempts++
				return tt.answer(r)
			})})
			got := c.send("POST", "/api/v1/eventHooks/who1/lifecycle/verify", "")
			got.refused(400, "E0000001")
			if !strings.Contains(got.body, "Unable to verify event hook. Hook Joiners execution failed") || attempts != tt.attempts {
				t.Errorf("%d attempts, want %d; got %s", attempts, tt.attempts, got.body)
			}
			if got := c.get("/api/v1/eventHooks/who1").object(); got["verificationStatus"] != "UNVERIFIED" {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Management API, "Replace an event hook": "Updating the channel property requires you to verify the hook again."
func TestAnEventHookIsUnverifiedAfterItsChannelChanges(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{Hooks: receiver(verifying)})
	path := "/api/v1/eventHooks/" + c.send("POST", "/api/v1/eventHooks", leavers).object()["id"].(string)
	c.send("POST", path+"/lifecycle/verify", "").ok()
	for _, tt := range []struct{ body, want string }{
		{strings.Replace(leavers, `"Leavers"`, `"Goodbye"`, 1), "VERIFIED"},
		{strings.Replace(leavers, `,"value":"plugh"`, "", 1), "VERIFIED"},
		{strings.Replace(leavers, "plugh", "xyzzy", 1), "UNVERIFIED"},
	} {
		if got := c.send("PUT", path, tt.body).object(); got["verificationStatus"] != tt.want {
			t.Errorf("%s: got %v, want %s", tt.body, got, tt.want)
		}
	}
}

// Okta, "Event hooks": at most 25 active and verified ones. The error is our guess.
func TestAtMostTwentyFiveEventHooksReceiveEvents(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{Hooks: receiver(verifying)})
	var last string
	for range 25 {
		last = "/api/v1/eventHooks/" + c.send("POST", "/api/v1/eventHooks", leavers).object()["id"].(string)
		c.send("POST", last+"/lifecycle/verify", "").ok()
	}
	c.send("POST", "/api/v1/eventHooks/who1/lifecycle/verify", "").refused(400, "E0000001")
	c.send("POST", last+"/lifecycle/deactivate", "").ok()
	c.send("POST", "/api/v1/eventHooks/who1/lifecycle/verify", "").ok()
	c.send("POST", last+"/lifecycle/activate", "").refused(400, "E0000001")
}

// The state folder has no headers, so that a hook that was created with some is unverified after a restart. The seed has those of
// its hooks.
func TestAfterARestartAnEventHookIsVerifiedIfItsHeadersAreKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, eventHookSeed, Options{Hooks: receiver(verifying)})
	plain := strings.Replace(leavers, `"headers":[{"key":"X-Site","value":"oslo"}],"authScheme":{"type":"HEADER","key":"X-Key","value":"plugh"}`, `"headers":[]`, 1)
	want := map[string]string{"who1": "VERIFIED"}
	want[c.send("POST", "/api/v1/eventHooks", plain).object()["id"].(string)] = "VERIFIED"
	want[c.send("POST", "/api/v1/eventHooks", leavers).object()["id"].(string)] = "UNVERIFIED"
	for id := range want {
		c.send("POST", "/api/v1/eventHooks/"+id+"/lifecycle/verify", "").ok()
	}
	if kept := string(stateFile(t, dir)); strings.Contains(kept, "plugh") || strings.Contains(kept, "oslo") {
		t.Errorf("a header is in the journal:\n%s", kept)
	}
	c = remembering(t, killed(t, dir), eventHookSeed, Options{Hooks: receiver(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a replay sends %s %s", r.Method, r.URL)
		return verifying(r)
	})})
	for id, status := range want {
		if got := c.get("/api/v1/eventHooks/" + id).object(); got["verificationStatus"] != status {
			t.Errorf("got %v, want %s", got, status)
		}
	}
}
