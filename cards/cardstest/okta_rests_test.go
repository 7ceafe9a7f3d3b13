package cardstest_test

import "github.com/flowdeck/flowdeck/cards/cardstest"

// oktaRests are the remaining differences after the example of a card was undone.
var oktaRests = map[string]cardstest.Diff{
	"okta.user.create": {
		"user grace@acme.example login": "∅ → grace@acme.example", "user grace@acme.example email": "∅ → grace@acme.example",
		"user grace@acme.example firstName": "∅ → Grace", "user grace@acme.example lastName": "∅ → Hopper", "user grace@acme.example profile.locale": "∅ → en_US",
		"user grace@acme.example profile.costCenter": "∅ → 17", "group Contractors members": "[ada@acme.example] → [ada@acme.example grace@acme.example]",
		"user grace@acme.example status": "∅ → DEPROVISIONED", "user grace@acme.example created": "∅ → 2026-03-01T06:00:00Z", "user grace@acme.example activated": "∅ → 2026-03-01T06:00:00Z",
	},
	"okta.group.rule.activate": {
		"group Visitors members": "[] → [bob@acme.example]", "group Visitors rule_members.Sales people": "∅ → [bob@acme.example]",
	},
	"okta.user.role.unassign":  {"roles USER_ADMIN id": "ra11 → ∅"},
	"okta.group.role.unassign": {"roles REPORT_ADMIN id": "ra12 → ∅"},
	"okta.user.deactivate": {
		"user bob@acme.example status": "ACTIVE → PROVISIONED", "app_users Wiki/bob@acme.example app": "Wiki → ∅", "app_users Wiki/bob@acme.example user": "bob@acme.example → ∅",
		"app_users Wiki/bob@acme.example profile.team": "Search → ∅", "app_users Wiki/bob@acme.example profile.floor": "2 → ∅",
	},
	"okta.device.deactivate": {
		"device_users guo1 device": "guo1 → ∅", "device_users guo1 user": "ada@acme.example → ∅",
		"device_users guo1 managementStatus": "MANAGED → ∅", "device_users guo1 screenLockType": "BIOMETRIC → ∅",
	},
	"okta.app.create":       createdAppStays,
	"okta.app.grant.revoke": {"app_grants Reports/okta.users.read id": "oag1 → ∅"},
	"okta.zone.create": {
		"zones Berlin name": "∅ → Berlin", "zones Berlin type": "∅ → IP", "zones Berlin usage": "∅ → POLICY", "zones Berlin status": "∅ → INACTIVE",
		"zones Berlin gateways": "∅ → [map[type:CIDR value:198.51.100.0/24]]",
	},
}
