package machines

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/temporal"
)

func marked(text string) string { return "[" + text + "]" }

func TestQueuesAreOfAKeyAndAnOrg(t *testing.T) {
	t.Parallel()
	q := queues{marked}
	okta := temporal.Connected{Name: "okta", Service: "okta", Org: "acme.okta.com"}
	if q.calls(okta, true) == q.calls(okta, false) {
		t.Error("a connection that may only read gets calls that write")
	}
	for _, test := range []struct {
		name string
		to   temporal.Connected
		same bool
	}{
		{"another account", temporal.Connected{Name: "okta", Org: "acme.okta.com", As: "ada"}, true},
		{"another org", temporal.Connected{Name: "okta", Org: "beta.okta.com"}, false},
		{"a simulated one", temporal.Connected{Name: "okta", Org: "acme.okta.com", Simulated: true}, false},
		{"another connection", temporal.Connected{Name: "prod", Org: "acme.okta.com"}, false},
		{"one with a key", temporal.Connected{Name: "okta", Org: "acme.okta.com", Key: "acme.okta.com"}, false},
	} {
		if same := q.calls(okta, true) == q.calls(test.to, true); same != test.same {
			t.Errorf("%s: %s", test.name, q.calls(test.to, true))
		}
	}
	if other := (queues{func(text string) string { return "<" + text + ">" }}); other.runs() == q.runs() || other.calls(okta, true) == q.calls(okta, true) {
		t.Error("another key has the same queues")
	}
}
