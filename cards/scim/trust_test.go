package scim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestT28ARedirectOfATargetIsNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		}), nil)
		for _, c := range Cards() {
			if c.IsList() {
				continue
			}
			if _, err := c.Run(t.Context(), card.Call{Conn: f.conn}, inputs(c)); card.AsError(err).Kind != card.Invalid {
				t.Errorf("%d, %s: got %v", status, c.Name, err)
			}
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the other server got %d requests", n)
	}
}

func TestT28TheAddressOfATargetIsPublicAndEncrypted(t *testing.T) {
	t.Parallel()
	for baseURL, want := range map[string]string{
		"https://169.254.169.254/scim": "a link-local address", "https://10.0.0.1/scim": "a private address", "https://[::ffff:10.0.0.1]/scim": "a private address",
		"http://app.example.com/scim": "not encrypted", "https://user@app.example.com/scim": "has a user", "https://app.example.com/scim?x=1": "more than a host and a path", "": "needs `base_url`",
	} {
		err := Service().Check(card.Settings{Config: map[string]any{"base_url": baseURL}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", baseURL, err)
		}
	}
}
