package oktasim

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
)

// A subscriber is an event hook as it was when something was sent to it.
type subscriber struct {
	id, name, uri string
	types         []string    // of events
	headers       http.Header // replace, never modify
}

func subscriberOf(o *object) subscriber {
	s := subscriber{id: o.id, name: textOf(o.fields["name"]), headers: o.send}
	s.uri = textOf(objectIn(objectIn(o.fields["channel"])["config"])["uri"])
	for _, item := range listIn(objectIn(o.fields["events"])["items"]) {
		s.types = append(s.types, textOf(item))
	}
	return s
}

// deliver hands the events of the call to the event hooks that subscribe to them. Each hook gets its events of a call together: a
// delivery has one event or several ("Event hooks", "Event hook delivery"). The filters of hooks, which are in Okta's expression
// language, are not applied. The caller holds the lock for writing.
func (c *call) deliver() {
	logged := c.logged
	if c.logged = nil; len(logged) == 0 || c.again {
		return
	}
	for _, o := range c.org.state.collection(eventHooks).objects {
		if o.gone || !o.receives() {
			continue
		}
		hook := subscriberOf(o)
		wanted := slices.DeleteFunc(slices.Clone(logged), func(e event) bool { return !slices.Contains(hook.types, e.kind) })
		if len(wanted) == 0 {
			continue
		}
		d := &delivery{hook: hook, body: c.envelope(hook, wanted), events: wanted, request: c.id}
		if c.org.outbox.add(*d) {
			c.org.addFailure(d, hookLost)
		}
	}
}

// wants reports whether a delivery that waits can still be made: its event hook receives events, at the same URL with the same headers,
// and subscribes to them.
func (o *Org) wants(d *delivery) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	hook := o.state.collection(eventHooks).byID[d.hook.id]
	if hook == nil || !hook.receives() {
		return false
	}
	now := subscriberOf(hook)
	return now.uri == d.hook.uri && maps.EqualFunc(now.headers, d.hook.headers, slices.Equal) &&
		!slices.ContainsFunc(d.events, func(e event) bool { return !slices.Contains(now.types, e.kind) })
}

// logFailure adds an event about a delivery that failed, once for all its attempts.
func (o *Org) logFailure(d *delivery, r result) {
	reason := r.problem
	if reason == "" {
		reason = fmt.Sprintf("the server answered %d", r.status)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addFailure(d, reason)
}

// addFailure is like logFailure. "Event hook delivery attempts that have timed-out, or been detected as having failed for any other reason,
// are recorded in the System Log" ("Event hooks", "Debugging"). Its actor, and the text of its reason, are our guess. No event hook can have
// this type of event. It ends with the process, since a replay makes no delivery. The caller holds the lock for writing.
func (o *Org) addFailure(d *delivery, reason string) {
	o.events.add(event{
		kind: "event_hook.delivery", published: o.dataTime(), actor: oktaSystem, targets: []target{d.hook.target()}, result: "FAILURE", reason: reason,
		passing: true, uuid: o.events.uuid(true), request: d.request,
	})
}

func (s subscriber) target() target {
	return target{id: s.id, kind: eventHooks.word, alternate: "unknown", display: s.name}
}

// envelope returns the body of a delivery ("Event hooks", "Sample event delivery payload").
func (c *call) envelope(hook subscriber, events []event) string {
	b := []byte(`{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":`)
	b = appendText(b, c.base+"/api/v1/eventHooks/"+hook.id)
	b = appendText(append(b, `,"eventId":`...), hook.eventID(events[0].uuid))
	b = append(b, `,"data":{"events":[`...)
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, &events[i])
	}
	b = append(b, `]},"eventTime":`...)
	b = c.now.appendJSON(b)
	return string(append(b, `,"contentType":"application/json"}`...))
}

// eventID returns the eventId of a delivery: all attempts and duplicates have the same one.
func (s subscriber) eventID(event string) string {
	h := fnv.New64a()
	h.Write([]byte(s.id + "\x00" + event))
	return uuidOf(h.Sum64(), mix(h.Sum64()))
}
