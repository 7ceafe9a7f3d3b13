package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failures returns the events of failed deliveries in the System Log: their results, reasons and targets.
func (m *mailbox) failures() []string {
	m.t.Helper()
	synctest.Wait()
	var events []struct {
		Actor   struct{ Type string }
		Outcome struct{ Result, Reason string }
		Target  []struct{ ID, Type, DisplayName string }
	}
	if err := json.Unmarshal([]byte(m.send("GET", `/api/v1/logs?filter=eventType+eq+"event_hook.delivery"`, "")), &events); err != nil {
		m.t.Fatal(err)
	}
	all := []string{}
	for _, e := range events {
		all = append(all, fmt.Sprintln(e.Actor.Type, e.Outcome.Result, e.Outcome.Reason, e.Target))
	}
	return all
}

// pass lets time pass in a bubble of synctest.
func (m *mailbox) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Okta, "Event hooks", debugging; its catalogue: event_hook.delivery is "triggered only when the delivery is unsuccessful".
func TestADeliveryThatFailedIsInTheSystemLogOnce(t *testing.T) {
	t.Parallel()
	failed := func(reason string) []string {
		return []string{"SystemPrincipal FAILURE " + reason + " [{who1 EventHook Leavers}]\n"}
	}
	for name, tt := range map[string]struct {
		statuses []int
		want     []string
	}{
		"accepted":            {nil, []string{}},
		"the retry succeeded": {[]int{503}, []string{}},
		"5xx twice":           {[]int{500, 503}, failed("the server answered 503")},
		"4xx":                 {[]int{400}, failed("the server answered 400")},
		"a redirect":          {[]int{302}, failed("the server answered 302")},
		"time-out twice":      {[]int{0, 0}, failed("no answer within 3 s")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailbox(t, "", tt.statuses...)
				m.suspend("00uada")
				m.pass(2 * hookPatience)
				if diff := cmp.Diff(tt.want, m.failures()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Its type cannot be subscribed to in Okta; here, it is not delivered either, so that a failure does not cause another one.
func TestAFailedDeliveryIsNotAnEventForHooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailboxOf(t, strings.ReplaceAll(subscribedSeed, "user.lifecycle.create", "event_hook.delivery"), 400, 400)
		m.suspend("00uada")
		m.receives("00uada")
		if got := m.failures(); len(got) != 1 || len(m.got) > 0 {
			t.Errorf("%d further deliveries, failures %q", len(m.got), got)
		}
	})
}

func TestADeliveryThatIsLostIsInTheSystemLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(t, "", 0)
		m.suspend("00uada")
		m.receives("00uada") // hangs
		for range hookQueue {
			m.org.outbox.add(delivery{hook: subscriber{id: "who1"}})
		}
		m.suspend("00ubob")
		if got := m.failures(); len(got) != 1 || !strings.Contains(got[0], "lost: 20000 deliveries") {
			t.Errorf("got %q", got)
		}
	})
}

// Okta's catalogue: event_hook.verified "is fired even when the verification is unsuccessful".
func TestAVerificationThatFailedIsInTheSystemLog(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, eventHookSeed, Options{Hooks: receiver(func(*http.Request) (*http.Response, error) { return hookAnswer(404, ""), nil })})
	c.send("POST", "/api/v1/eventHooks/who1/lifecycle/verify", "").refused(400, "E0000001")
	got := c.get("/api/v1/logs").body
	if !strings.Contains(got, `"eventType":"event_hook.verified"`) || !strings.Contains(got, `"outcome":{"result":"FAILURE","reason":"Unable to verify event hook. Hook Joiners execution failed"}`) {
		t.Errorf("got %s", got)
	}
}
