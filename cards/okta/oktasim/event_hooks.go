package oktasim

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// eventHooks are event hooks. Object.send has the headers that an event hook gets. In the fields, the values of headers are masked.
//
// Source: Okta, "Event Hooks", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook/
var eventHooks = &resource{
	key: "event_hooks", word: "EventHook", prefix: "who", name: "name", statuses: []string{"ACTIVE", "INACTIVE"}, event: "event_hook",
	fields: []string{
		"name", "description", "verificationStatus", "createdBy", "events.type", "events.items", "events.filter",
		"channel.type", "channel.version", "channel.config.uri", "channel.config.method", "channel.config.headers.key", "channel.config.headers.value",
		"channel.config.authScheme.type", "channel.config.authScheme.key", "channel.config.authScheme.value",
	},
	check: checkEventHook, view: viewEventHook,
}

var eventHookRoutes = []route{
	{"GET", "/api/v1/eventHooks", "okta.eventHooks.read", listEventHooks},
	{"POST", "/api/v1/eventHooks", "okta.eventHooks.manage", createEventHook},
	{"GET", "/api/v1/eventHooks/{id}", "okta.eventHooks.read", eventHooks.get},
	{"PUT", "/api/v1/eventHooks/{id}", "okta.eventHooks.manage", replaceEventHook},
	{"DELETE", "/api/v1/eventHooks/{id}", "okta.eventHooks.manage", deleteEventHook},
	{"POST", "/api/v1/eventHooks/{id}/lifecycle/activate", "okta.eventHooks.manage", activateEventHook},
	{"POST", "/api/v1/eventHooks/{id}/lifecycle/deactivate", "okta.eventHooks.manage", eventHooks.turn("INACTIVE", "deactivated")},
	{"POST", "/api/v1/eventHooks/{id}/lifecycle/verify", "okta.eventHooks.manage", verifyEventHook},
}

const (
	mostHooks      = 25  // active and verified ones ("Event hooks", https://developer.okta.com/docs/concepts/event-hooks/)
	mostEventTypes = 300 // of one hook (the same page)
)

// checkEventHook checks the required fields. The texts of its refusals are our guess. Okta takes HTTPS URLs only; this org also
// takes HTTP on this machine, so that people can receive events without a certificate.
func checkEventHook(_ *directory, o *object, fields map[string]any) string {
	channel, events := objectIn(fields["channel"]), objectIn(fields["events"])
	address, err := url.Parse(textOf(objectIn(channel["config"])["uri"]))
	items, _ := events["items"].([]any)
	switch {
	case textOf(fields["name"]) == "":
		return "name: The field cannot be left blank"
	case events["type"] != "EVENT_TYPE":
		return "events.type: must be EVENT_TYPE"
	case len(items) == 0 || len(items) > mostEventTypes:
		return "events.items: must have 1 to 300 event types"
	case channel["type"] != "HTTP" || channel["version"] != "1.0.0":
		return "channel: must have the type HTTP and the version 1.0.0"
	case err != nil || address.Host == "" || address.Scheme != "https" && (address.Scheme != "http" || !onThisMachine(address.Hostname())):
		return "channel.config.uri: must be an HTTPS URL, or an HTTP URL of this machine"
	}
	setDefault(fields, "verificationStatus", "UNVERIFIED")
	o.send = conceal(fields)
	return ""
}

func onThisMachine(host string) bool { return host == "localhost" || isLoopback(host) }

// conceal masks the values of the headers in the fields of an event hook, and returns the headers. The org keeps them in memory
// only: they are in no dump, and in no stored request.
func conceal(fields map[string]any) http.Header {
	channel := maps.Clone(objectIn(fields["channel"]))
	config := maps.Clone(objectIn(channel["config"]))
	send := http.Header{}
	hide := func(header any) map[string]any {
		pair := maps.Clone(objectIn(header))
		send.Set(textOf(pair["key"]), textOf(pair["value"]))
		pair["value"] = strings.Repeat("x", utf8.RuneCountInString(textOf(pair["value"])))
		return pair
	}
	if headers, _ := config["headers"].([]any); len(headers) > 0 {
		hidden := make([]any, len(headers))
		for i, header := range headers {
			hidden[i] = hide(header)
		}
		config["headers"] = hidden
	}
	if config["authScheme"] != nil {
		config["authScheme"] = hide(config["authScheme"])
	}
	delete(send, "")
	channel["config"], fields["channel"] = config, channel
	return send
}

// viewEventHook shows the headers with their values, but for the one that authenticates Okta, which Okta never answers.
func viewEventHook(c *call, d *directory, o *object, shown map[string]any) {
	channel := maps.Clone(objectIn(o.fields["channel"]))
	config := maps.Clone(objectIn(channel["config"]))
	headers := []any{}
	for _, header := range listIn(config["headers"]) {
		key := textOf(objectIn(header)["key"])
		headers = append(headers, map[string]any{"key": key, "value": o.send.Get(key)})
	}
	config["headers"], config["method"] = headers, "POST"
	if scheme, ok := config["authScheme"].(map[string]any); ok {
		scheme = maps.Clone(scheme)
		delete(scheme, "value")
		config["authScheme"] = scheme
	}
	channel["config"], shown["channel"] = config, channel
	delete(shown, "createdBy")
	if id, ok := d.idOf("users", textOf(o.fields["createdBy"])); ok {
		shown["createdBy"] = id
	}
	self := c.base + "/api/v1/eventHooks/" + o.id
	links := map[string]any{"self": link(self, "GET", "PUT", "DELETE"), "verify": link(self+"/lifecycle/verify", "POST")}
	if o.status == "ACTIVE" { // Okta's description has no link that activates a hook
		links["deactivate"] = link(self+"/lifecycle/deactivate", "POST")
	}
	shown["_links"] = links
}

// listEventHooks handles GET /api/v1/eventHooks, which has no pages.
func listEventHooks(c *call) answer {
	return c.read(func(*directory) answer { return c.every(eventHooks, func(*object) bool { return true }) })
}

// hookBody returns the properties of an event hook that a client can set.
func (c *call) hookBody() map[string]any {
	fields := eventHooks.settable(c.body())
	delete(fields, "verificationStatus")
	delete(fields, "createdBy")
	return fields
}

// createEventHook handles POST /api/v1/eventHooks. A new hook is ACTIVE and UNVERIFIED: Okta verifies it by another operation.
func createEventHook(c *call) answer {
	fields := c.hookBody()
	return c.write(func(d *directory) answer {
		if int(c.token.owner) < len(d.users) {
			fields["createdBy"] = d.users[c.token.owner].login
		}
		return c.storeHook(d, &object{created: c.now, lastUpdated: c.now}, fields, "created")
	})
}

// storeHook stores an event hook. A request that is replayed has masked headers, so that the hook gets none.
func (c *call) storeHook(d *directory, o *object, fields map[string]any, what string) answer {
	a := c.store(eventHooks, d, o, fields, what)
	if c.again && a.done() {
		o.send = nil
	}
	return a
}

// replaceEventHook handles PUT /api/v1/eventHooks/{id}. A hook whose channel changes must be verified again. That the value of
// authScheme, which nobody can read, stays if it is left out is our guess.
func replaceEventHook(c *call) answer {
	fields := c.hookBody()
	return c.changeObject(eventHooks, func(d *directory, o *object) answer {
		if scheme := objectIn(objectIn(objectIn(fields["channel"])["config"])["authScheme"]); scheme["key"] != nil && scheme["value"] == nil {
			scheme["value"] = o.send.Get(textOf(scheme["key"]))
		}
		setDefault(fields, "createdBy", o.fields["createdBy"])
		channel, sent, status := o.fields["channel"], o.send, o.fields["verificationStatus"]
		a := c.storeHook(d, o, fields, "updated")
		if a.done() && reflect.DeepEqual(channel, fields["channel"]) && maps.EqualFunc(sent, o.send, slices.Equal) {
			fields["verificationStatus"] = status
			return c.objectAnswer(eventHooks, o)
		}
		return a
	})
}

// deleteEventHook handles DELETE /api/v1/eventHooks/{id}. A hook that is ACTIVE cannot be deleted. Its error is our guess.
func deleteEventHook(c *call) answer {
	return c.changeObject(eventHooks, func(d *directory, o *object) answer {
		if o.status == "ACTIVE" {
			return c.refuse(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action", "an active event hook cannot be deleted: deactivate it first")
		}
		c.logObject(eventHooks, "deleted", o)
		d.remove(eventHooks, o)
		return c.noContent()
	})
}

// receives reports whether an event hook gets events.
func (o *object) receives() bool {
	return o.status == "ACTIVE" && o.fields["verificationStatus"] == "VERIFIED"
}

// tooManyHooks refuses to let one more event hook receive events if 25 others do. The error is our guess.
func (c *call) tooManyHooks(d *directory, o *object) (answer, bool) {
	others := 0
	for _, other := range d.collection(eventHooks).objects {
		if other != o && !other.gone && other.receives() {
			others++
		}
	}
	return c.invalid("eventHook", "The maximum number of active and verified event hooks is 25"), others >= mostHooks
}

// activateEventHook handles POST …/lifecycle/activate.
func activateEventHook(c *call) answer {
	return c.changeObject(eventHooks, func(d *directory, o *object) answer {
		if o.status == "ACTIVE" {
			return c.objectAnswer(eventHooks, o)
		}
		if refusal, many := c.tooManyHooks(d, o); many && o.fields["verificationStatus"] == "VERIFIED" {
			return refusal
		}
		o.status, o.lastUpdated = "ACTIVE", c.now
		c.logObject(eventHooks, "activated", o)
		return c.objectAnswer(eventHooks, o)
	})
}

// verifyEventHook handles POST …/lifecycle/verify. The org sends the challenge while it holds no lock, and then stores the result,
// if the channel is still the same. A replay does not send it again: only a verification that succeeded is stored. A hook whose headers
// were lost in a replay is unverified.
func verifyEventHook(c *call) answer {
	verified := func(_ *directory, o *object) answer {
		o.fields = maps.Clone(o.fields)
		if o.fields["verificationStatus"] = "VERIFIED"; o.send == nil && len(conceal(maps.Clone(o.fields))) > 0 {
			o.fields["verificationStatus"] = "UNVERIFIED"
		}
		o.lastUpdated = c.now
		c.logObject(eventHooks, "verified", o)
		return c.objectAnswer(eventHooks, o)
	}
	if c.again {
		return c.changeObject(eventHooks, verified)
	}
	return c.readObject(eventHooks, func(_ *directory, challenged *object) answer {
		channel, hook := challenged.fields["channel"], subscriberOf(challenged)
		return answer{later: func() answer {
			why := "Unable to verify event hook. Hook " + hook.name + " execution failed" // Okta's text
			refusal := c.invalid("eventHook", why)
			if !c.org.outbox.verify(hook, c.id) {
				c.tick()
				return c.write(func(*directory) answer {
					c.logFailure("event_hook.verified", why, hook.target()) // "the event is fired even when the verification is unsuccessful" (Okta's catalogue)
					return refusal
				})
			}
			return c.keep(func(c *call) answer {
				return c.changeObject(eventHooks, func(d *directory, o *object) answer {
					if !reflect.DeepEqual(o.fields["channel"], channel) {
						return refusal
					}
					if refusal, many := c.tooManyHooks(d, o); many && o.status == "ACTIVE" {
						return refusal
					}
					return verified(d, o)
				})
			})
		}}
	})
}
