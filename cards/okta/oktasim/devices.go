package oktasim

import (
	"encoding/json"
	"fmt"
	"slices"
)

// devices are devices. Okta's clients make them, and so only a seed adds some here.
//
// Source: Okta, "Devices", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Device/
var devices = &resource{
	key: "devices", word: "Device", prefix: "guo", statuses: []string{"ACTIVE", "SUSPENDED", "DEACTIVATED"}, event: "device.lifecycle",
	fields: []string{"profile"}, needs: []string{"profile"}, check: checkDevice, view: viewDevice,
}

// deviceUsers are the links between devices and their users. A seed has the id of the device.
var deviceUsers = &resource{
	key: "device_users", word: "DeviceUser", prefix: "gdu", pair: true, refs: []ref{{"device", "devices"}, {"user", "users"}},
	fields: []string{"device", "user", "managementStatus", "screenLockType"}, needs: []string{"device", "user"},
}

var deviceRoutes = []route{
	{"GET", "/api/v1/devices", "okta.devices.read", listDevices},
	{"GET", "/api/v1/devices/{id}", "okta.devices.read", devices.get},
	{"DELETE", "/api/v1/devices/{id}", "okta.devices.manage", deleteDevice},
	{"GET", "/api/v1/devices/{id}/users", "okta.devices.read", listDeviceUsers},
	{"POST", "/api/v1/devices/{id}/lifecycle/activate", "okta.devices.manage", turnDevice("ACTIVE", "activate", "DEACTIVATED")},
	{"POST", "/api/v1/devices/{id}/lifecycle/deactivate", "okta.devices.manage", turnDevice("DEACTIVATED", "deactivate", "ACTIVE", "SUSPENDED")},
	{"POST", "/api/v1/devices/{id}/lifecycle/suspend", "okta.devices.manage", turnDevice("SUSPENDED", "suspend", "ACTIVE")},
	{"POST", "/api/v1/devices/{id}/lifecycle/unsuspend", "okta.devices.manage", turnDevice("ACTIVE", "unsuspend", "SUSPENDED")},
}

// deviceSearch is the vocabulary of search ("List all devices", parameter search; co is only for what the reference lists). Which
// operators it has besides those of the examples is our guess.
var deviceSearch = vocabulary{
	attributes: []string{"id", "status"},
	operators:  []operator{equals, startsWith, contains, present},
	moments:    []string{"lastUpdated"},
	open:       []string{"profile."},
	contained:  []string{"profile.displayName", "profile.serialNumber", "profile.imei", "profile.meid", "profile.udid", "profile.sid"},
	bare:       true,
}

func checkDevice(_ *directory, _ *object, fields map[string]any) string {
	platforms := []string{"ANDROID", "CHROMEOS", "IOS", "MACOS", "WINDOWS"}
	switch profile := objectIn(fields["profile"]); {
	case textOf(profile["displayName"]) == "":
		return "profile.displayName: The field cannot be left blank"
	case !slices.Contains(platforms, textOf(profile["platform"])):
		return "profile.platform: must be one of ANDROID, CHROMEOS, IOS, MACOS, WINDOWS"
	}
	return ""
}

func viewDevice(c *call, d *directory, o *object, shown map[string]any) {
	name := textOf(objectIn(o.fields["profile"])["displayName"])
	shown["resourceType"], shown["resourceId"], shown["resourceAlternateId"] = "UDDevice", o.id, nil
	shown["resourceDisplayName"] = map[string]any{"value": name, "sensitive": false}
	self := c.base + "/api/v1/devices/" + o.id
	// Okta's example allows PATCH and PUT, which the public API does not have. This org shows the methods that work.
	links := map[string]any{"self": link(self, "GET", "DELETE"), "users": link(self+"/users", "GET")}
	for _, turn := range map[string][]string{
		"ACTIVE": {"suspend", "deactivate"}, "SUSPENDED": {"unsuspend", "deactivate"}, "DEACTIVATED": {"activate"},
	}[o.status] {
		links[turn] = link(self+"/lifecycle/"+turn, "POST")
	}
	shown["_links"] = links
	if expand := c.query.Get("expand"); expand == "user" || expand == "userSummary" {
		shown["_embedded"] = map[string]any{"users": c.usersOf(d, o)}
	}
}

// usersOf returns the users of a device as Okta shows them (management API, schema DeviceUser). A summary has the whole user: which
// fields Okta leaves out is not documented. The caller holds the lock.
func (c *call) usersOf(d *directory, device *object) []any {
	list := []any{}
	for _, o := range d.collection(deviceUsers).objects {
		u, ok := d.user(textOf(o.fields["user"]))
		if o.gone || o.fields["device"] != device.id || !ok {
			continue
		}
		shown := map[string]any{"created": o.created.text(), "user": json.RawMessage(c.userView(true).append(nil, u))}
		for _, name := range []string{"managementStatus", "screenLockType"} {
			if o.fields[name] != nil {
				shown[name] = o.fields[name]
			}
		}
		list = append(list, shown)
	}
	return list
}

func listDevices(c *call) answer {
	conditions := c.conditions(deviceSearch, vocabulary{})
	p := c.page(200, 200)
	if expand := c.query.Get("expand"); expand != "" && expand != "user" && expand != "userSummary" {
		c.reject(c.badSearch("expand: devices have no " + jsonText(expand)))
	}
	return c.read(func(*directory) answer {
		return c.objects(devices, p, func(o *object) bool {
			return conditions.hold(func(name string) (string, bool) { return o.deviceAttribute(name) })
		})
	})
}

// deviceAttribute returns the value that a search compares.
func (o *object) deviceAttribute(name string) (string, bool) {
	switch name {
	case "id":
		return o.id, true
	case "status":
		return o.status, true
	case "lastUpdated":
		return o.lastUpdated.text(), true
	}
	value, ok := objectIn(o.fields["profile"])[name[len("profile."):]]
	if !ok || value == nil {
		return "", false
	}
	return fmt.Sprint(value), true
}

func listDeviceUsers(c *call) answer {
	return c.readObject(devices, func(d *directory, o *object) answer { return c.ok(encoded(c.usersOf(d, o))) })
}

// turnDevice returns the handler of a lifecycle operation, which is idempotent. A device that is deactivated loses its users
// ("Deactivate a device"); only a suspended one can be unsuspended, and it can only be unsuspended or deactivated ("Suspend a device",
// "Unsuspend a device"). The error is our guess.
func turnDevice(status, what string, from ...string) func(*call) answer {
	return func(c *call) answer {
		return c.changeObject(devices, func(d *directory, o *object) answer {
			switch {
			case o.status == status:
				return c.noContent()
			case !slices.Contains(from, o.status):
				return c.invalid("device", "a device that is "+o.status+" does not support "+what)
			}
			if status == "DEACTIVATED" {
				d.removeReferring(devices.key, o.id)
			}
			o.status, o.lastUpdated = status, c.now
			c.logDevice(what, o)
			return c.noContent()
		})
	}
}

// deleteDevice handles DELETE /api/v1/devices/{id}. Only a DEACTIVATED device can be deleted ("Delete a device"). The error is our
// guess.
func deleteDevice(c *call) answer {
	return c.changeObject(devices, func(d *directory, o *object) answer {
		if o.status != "DEACTIVATED" {
			return c.invalid("device", "a device that is "+o.status+" cannot be deleted: deactivate it first")
		}
		c.logDevice("delete", o)
		d.remove(devices, o)
		return c.noContent()
	})
}

// logDevice adds an event about a device, whose name is in the profile.
func (c *call) logDevice(what string, o *object) {
	c.log(devices.event+"."+what, target{id: o.id, kind: devices.word, alternate: "unknown", display: textOf(objectIn(o.fields["profile"])["displayName"])})
}
