package oktasim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A seed or a flow must not make the simulated org call another machine, or ask a name server for one.
func TestEventHooksAreCalledOnLoopbackAddressesOnly(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{})
	for _, address := range []string{
		"https://hooks.acme.example/", "https://192.0.2.1/", "https://[2001:db8::1]/", "https://0.0.0.0:9/", "https://169.254.169.254/", "https://127.0.0.1.acme.example/",
		"https://2130706433/", "https://0x7f.1/",
	} {
		path := "/api/v1/eventHooks/" + c.send("POST", "/api/v1/eventHooks", strings.Replace(leavers, "https://hooks.acme.example/leavers", address, 1)).object()["id"].(string)
		if got := c.send("POST", path+"/lifecycle/verify", ""); !strings.Contains(got.body, "Unable to verify event hook. Hook Leavers execution failed") {
			t.Errorf("%s: got %d %s", address, got.status, got.body)
		}
	}
	if got := c.get("/-/hooks").body; strings.Count(got, "not on a loopback address") != 2*8 { // each once more, as if no connection could be made
		t.Errorf("got\n%s", got)
	}
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`{"verification": "` + r.Header.Get("X-Okta-Verification-Challenge") + `"}`))
	}))
	defer here.Close()
	for _, address := range []string{here.URL, strings.Replace(here.URL, "127.0.0.1", "localhost", 1)} {
		path := "/api/v1/eventHooks/" + c.send("POST", "/api/v1/eventHooks", strings.Replace(leavers, "https://hooks.acme.example/leavers", address, 1)).object()["id"].(string)
		c.send("POST", path+"/lifecycle/verify", "").ok()
	}
}

// The name localhost is resolved by the machine, which can be configured to answer anything.
func TestAResolvedAddressMustBeALoopbackAddress(t *testing.T) {
	t.Parallel()
	for address, here := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"192.0.2.1:80": false, "0.0.0.0:80": false, "[::]:80": false, "[fe80::1%lo]:80": false, "localhost:80": false, "": false,
	} {
		if err := checkHere(address); (err == nil) != here {
			t.Errorf("%q: got %v", address, err)
		}
	}
}
