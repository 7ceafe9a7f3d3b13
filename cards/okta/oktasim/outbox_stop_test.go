package oktasim

import (
	"strings"
	"testing"
	"testing/synctest"
)

// changedHook is the body of a PUT of who1, with another URL, header or event types.
const changedHook = `{"name":"Leavers","events":{"type":"EVENT_TYPE","items":["user.lifecycle.suspend"]},
	"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hooks.acme.example/leavers","authScheme":{"type":"HEADER","key":"Authorization","value":"open-sesame"}}}}`

// stops are the ways in which an event hook loses the deliveries that wait for it.
var stops = map[string]func(*mailbox){
	"deactivated": func(m *mailbox) { m.send("POST", "/api/v1/eventHooks/who1/lifecycle/deactivate", "") },
	"deleted": func(m *mailbox) {
		m.send("POST", "/api/v1/eventHooks/who1/lifecycle/deactivate", "")
		m.send("DELETE", "/api/v1/eventHooks/who1", "")
	},
	"another URL": func(m *mailbox) {
		m.send("PUT", "/api/v1/eventHooks/who1", strings.Replace(changedHook, "/leavers", "/gone", 1))
	},
	"another header": func(m *mailbox) {
		m.send("PUT", "/api/v1/eventHooks/who1", strings.Replace(changedHook, "open-sesame", "shut", 1))
	},
	"not subscribed to it": func(m *mailbox) {
		m.send("PUT", "/api/v1/eventHooks/who1", strings.Replace(changedHook, "lifecycle.suspend", "lifecycle.create", 1))
	},
}

func TestADeliveryThatWaitsIsNotMadeAfterItsHookStops(t *testing.T) {
	t.Parallel()
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailbox(t, "faults: [{delivery: late, by: 1h, every: 1}]")
				m.suspend("00uada", "00ubob")
				stop(m)
				m.send("POST", "/-/clock", `{"advance": "1h"}`)
				synctest.Wait()
				if len(m.got) > 0 {
					t.Errorf("%d deliveries", len(m.got))
				}
				if got := m.send("GET", "/-/hooks", ""); strings.Count(got, "not sent: the event hook was deactivated, deleted or changed") != 2 {
					t.Errorf("got %s", got)
				}
				if got := m.failures(); len(got) > 0 { // nothing was attempted
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestADeliveryIsNotRepeatedAfterItsHookStops(t *testing.T) {
	t.Parallel()
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailbox(t, "", 0)
				m.suspend("00uada")
				m.receives("00uada") // hangs for three seconds
				stop(m)
				m.pass(hookPatience)
				if len(m.got) > 0 {
					t.Errorf("%d further deliveries", len(m.got))
				}
				if got := m.failures(); len(got) != 1 {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestADeliveryThatWaitsIsMadeAfterItsHookGetsAnotherName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(t, "faults: [{delivery: late, by: 1h, nth: 1}]")
		m.suspend("00uada")
		m.send("PUT", "/api/v1/eventHooks/who1", strings.Replace(changedHook, "Leavers", "Goodbye", 1))
		m.send("POST", "/-/clock", `{"advance": "1h"}`)
		m.receives("00uada")
	})
}
