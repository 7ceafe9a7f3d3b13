package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Device is a device that Okta knows.
//
// Source: Okta, "Devices", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Device/
type Device struct {
	ID           string         `json:"id" jsonschema:"the device's id"`
	Status       string         `json:"status" jsonschema:"ACTIVE, SUSPENDED or DEACTIVATED"`
	Profile      DeviceProfile  `json:"profile" jsonschema:"what Okta knows about the device"`
	ResourceType string         `json:"resourceType,omitempty" jsonschema:"UDDevice"`
	Created      string         `json:"created" jsonschema:"when the device was created"`
	LastUpdated  string         `json:"lastUpdated" jsonschema:"when the device last changed"`
	Embedded     map[string]any `json:"_embedded,omitempty" jsonschema:"the device's users, if expand is given"`
	Links        map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what can be done with the device"`
}

// DeviceProfile is the profile of a device.
type DeviceProfile struct {
	DisplayName           string `json:"displayName" jsonschema:"the name"`
	Platform              string `json:"platform" jsonschema:"ANDROID, CHROMEOS, IOS, MACOS or WINDOWS"`
	Registered            bool   `json:"registered" jsonschema:"whether the device is registered at Okta"`
	Manufacturer          string `json:"manufacturer,omitempty" jsonschema:"the manufacturer"`
	Model                 string `json:"model,omitempty" jsonschema:"the model"`
	OSVersion             string `json:"osVersion,omitempty" jsonschema:"the version of the operating system"`
	SerialNumber          string `json:"serialNumber,omitempty" jsonschema:"the serial number"`
	IMEI                  string `json:"imei,omitempty" jsonschema:"the mobile equipment identity"`
	MEID                  string `json:"meid,omitempty" jsonschema:"the mobile equipment identifier"`
	UDID                  string `json:"udid,omitempty" jsonschema:"the unique device identifier of macOS"`
	SID                   string `json:"sid,omitempty" jsonschema:"the security identifier of Windows"`
	DiskEncryptionType    string `json:"diskEncryptionType,omitempty" jsonschema:"the encryption of the disk, such as FULL or NONE"`
	SecureHardwarePresent bool   `json:"secureHardwarePresent,omitempty" jsonschema:"whether the device has secure hardware"`
}

// DeviceUser is a user of a device.
type DeviceUser struct {
	Created          string `json:"created" jsonschema:"when the user was linked to the device"`
	ManagementStatus string `json:"managementStatus,omitempty" jsonschema:"MANAGED or NOT_MANAGED"`
	ScreenLockType   string `json:"screenLockType,omitempty" jsonschema:"NONE, PASSCODE or BIOMETRIC"`
	User             User   `json:"user" jsonschema:"the user"`
}

type deviceInput struct {
	DeviceID string `json:"device_id" jsonschema:"the device's id"`
}

func (in deviceInput) ids() []string { return []string{in.DeviceID} }

type listDevicesInput struct {
	Search string `json:"search,omitempty" jsonschema:"a search expression on the profile, id, status or lastUpdated; Okta finds a change only after a while" filter:"true"`
	Expand string `json:"expand,omitempty" jsonschema:"the users of each device in _embedded: all that Okta knows, or a summary" enum:"user,userSummary"`
	Limit  int    `json:"limit,omitempty" jsonschema:"devices per page; by default Okta's" minimum:"1" maximum:"200"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

// devices describes devices.
var devices = kind{word: "device", input: "device_id", get: oktaapi.GetDevice}

var deviceCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.device.list",
		Title:   "List Devices",
		Summary: "list the devices of the org",
		Scopes:  []string{"okta.devices.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: filters{"search": deviceSearch.mistake},
		Example: "card: okta.device.list\nwith: {search: status eq \"ACTIVE\"}",
	}, listDevices),

	card.NewRead(card.Spec{
		Name:    "okta.device.get",
		Title:   "Get Device",
		Summary: "read a device",
		Scopes:  []string{"okta.devices.read"},
		Effect:  card.Reads,
		Example: "card: okta.device.get\nwith: {device_id: guo1}",
	}, reading[Device, deviceInput](oktaapi.GetDevice)),

	card.NewList(card.Spec{
		Name:    "okta.device.user.list",
		Title:   "List Device Users",
		Summary: "list the users of a device",
		Scopes:  []string{"okta.devices.read"},
		Effect:  card.Reads,
		Key:     "user.id",
		Example: "card: okta.device.user.list\nwith: {device_id: guo1}",
	}, listDeviceUsers),

	card.NewWrite(card.Spec{
		Name:    "okta.device.activate",
		Title:   "Activate Device",
		Summary: "activate a deactivated device; Okta refuses it for a suspended one",
		Scopes:  []string{"okta.devices.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.device.deactivate"},
		Example: "card: okta.device.activate\nwith: {device_id: guo3}",
	}, turningDevice(oktaapi.ActivateDevice, "ACTIVE")),

	card.NewWrite(card.Spec{
		Name:    "okta.device.deactivate",
		Title:   "Deactivate Device",
		Summary: "deactivate a device, which loses its users, factors and certificates",
		Scopes:  []string{"okta.devices.manage"},
		Effect:  card.Idempotent,
		Undo: card.Undo{
			Extent: card.Partial, Card: "okta.device.activate",
			Rest: "the device has no users until they enroll it again, and is active even if it was suspended",
		},
		Example: "card: okta.device.deactivate\nwith: {device_id: guo1}",
	}, turningDevice(oktaapi.DeactivateDevice, "DEACTIVATED")),

	card.NewWrite(card.Spec{
		Name:    "okta.device.suspend",
		Title:   "Suspend Device",
		Summary: "suspend an active device",
		Scopes:  []string{"okta.devices.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.device.unsuspend"},
		Example: "card: okta.device.suspend\nwith: {device_id: guo1}",
	}, turningDevice(oktaapi.SuspendDevice, "SUSPENDED")),

	card.NewWrite(card.Spec{
		Name:    "okta.device.unsuspend",
		Title:   "Unsuspend Device",
		Summary: "make a suspended device active again",
		Scopes:  []string{"okta.devices.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.device.suspend"},
		Example: "card: okta.device.unsuspend\nwith: {device_id: guo2}",
	}, turningDevice(oktaapi.UnsuspendDevice, "ACTIVE")),

	card.NewWrite(card.Spec{
		Name:    "okta.device.delete",
		Title:   "Delete Device",
		Summary: "delete a deactivated device permanently",
		Scopes:  []string{"okta.devices.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.device.delete\nwith: {device_id: guo3}",
	}, card.Write[deviceInput, Changed]{Do: removingInactive[deviceInput](devices, oktaapi.DeleteDevice, "okta.device.deactivate"), Before: beforeDevice, After: gone[deviceInput], Did: didRemove[deviceInput](devices)}),
}

func listDevices(ctx context.Context, call card.Call, in listDevicesInput, at card.Cursor) ([]card.Raw[Device], card.Cursor, error) {
	return page[Device](ctx, call, oktaapi.ListDevices, oktaapi.Args{
		Query: query("search", in.Search, "expand", in.Expand, "limit", number(in.Limit)),
	}, from(in.After, at))
}

func listDeviceUsers(ctx context.Context, call card.Call, in deviceInput, at card.Cursor) ([]card.Raw[DeviceUser], card.Cursor, error) {
	return page[DeviceUser](ctx, call, oktaapi.ListDeviceUsers, oktaapi.Args{Path: in.ids()}, at)
}

// turningDevice returns the functions of a card that sets the status of a device.
func turningDevice(op oktaapi.Operation, wanted string) card.Write[deviceInput, Changed] {
	return card.Write[deviceInput, Changed]{Do: turning[deviceInput](devices, op, wanted), Before: beforeDevice, After: becomes[deviceInput](wanted), Back: sameInput[deviceInput]}
}

// beforeDevice reads a device. Its name is in the profile.
func beforeDevice(ctx context.Context, call card.Call, in deviceInput) (card.State, error) {
	device, err := devices.find(ctx, call, in.ids())
	state := devices.state(device)
	profile, _ := device["profile"].(map[string]any)
	if name, _ := profile["displayName"].(string); name != "" {
		state.Names = map[string]string{devices.input: name}
	}
	return state, err
}
