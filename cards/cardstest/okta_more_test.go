package cardstest_test

import "github.com/flowdeck/flowdeck/cards/cardstest"

type object = map[string]any

// calls returns calls that need no more than an input.
func calls(ins ...object) (all []cardstest.Case) {
	for _, in := range ins {
		all = append(all, cardstest.Case{In: in})
	}
	return all
}

// oktaMore are calls in states of the org in which their effect is not that of the example.
var oktaMore = map[string][]cardstest.Case{
	"okta.user.suspend":   calls(object{"user_id": "00u4"}),
	"okta.user.unsuspend": calls(object{"user_id": "00u1"}),
	"okta.user.unlock":    calls(object{"user_id": "00u1"}),
	"okta.user.activate": calls(
		object{"user_id": "00u1"}, object{"user_id": "00u7"}, object{"user_id": "00u3", "send_email": true}, object{"user_id": "00u8"},
	),
	"okta.user.deactivate":     calls(object{"user_id": "00u8"}, object{"user_id": "00u3", "send_email": true}),
	"okta.user.delete":         calls(object{"user_id": "00u8"}),
	"okta.user.reset_password": calls(object{"user_id": "00u5"}),
	"okta.user.set_password": calls(
		object{"user_id": "00u3", "new_hash_password": object{"algorithm": "MD5", "value": "c2VjcmV0LWhhc2g="}},
		object{"user_id": "00u1", "old_password": "Wrong-Horse-9", "new_password": "Correct-Horse-1", "revoke_sessions": true},
	),
	"okta.user.expire_password": calls(object{"user_id": "00u6"}, object{"user_id": "00u1", "temp_password": true, "revoke_sessions": true}),
	"okta.user.create": calls(
		object{"login": "ida@acme.example", "email": "ida@acme.example", "first_name": "Ida", "last_name": "B", "password": "Correct-Horse-1", "question": "Who?", "answer": "Nobody-Else", "realm_id": "guor1"},
		object{"login": "pia@acme.example", "email": "p@acme.example", "first_name": "P", "last_name": "A", "password": "Correct-Horse-1", "next_login": "changePassword", "locale": "de_DE"},
		object{"login": "fed@acme.example", "email": "f@acme.example", "first_name": "F", "last_name": "F", "provider": true, "provider_type": "FEDERATION", "provider_name": "idp"},
		object{"login": "nil@acme.example", "email": "n@acme.example", "first_name": "N", "last_name": "N", "profile_extra": object{"title": nil, "badge": 7, "tags": []any{"x"}}},
	),
	"okta.user.update": calls(
		object{"user_id": "00u6", "password": "Correct-Horse-1"}, object{"user_id": "00u1", "question": "Who?", "answer": "Nobody-Else", "realm_id": "guor1"},
		object{"user_id": "00u1", "first_name": "Ada", "clear": []any{"department"}}, object{"user_id": "00u1", "profile_extra": object{"mobilePhone": nil, "badge": 9.0, "tags": []any{}}},
		object{"user_id": "00u1", "semantics": "strict", "login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "Lovelace", "mobile_phone": "+49 30 1"},
	),
	"okta.user.ensure": calls(
		object{"login": "new@acme.example", "email": "new@acme.example", "first_name": "N", "last_name": "W", "activate": false, "group_ids": []any{"00g1"}},
		object{"login": "ADA@acme.example", "first_name": "Ada", "last_name": "Lovelace", "password": "Correct-Horse-1", "activate": false},
	),
	"okta.group.create": calls(object{"name": "Contract", "description": "", "profile_extra": object{"costCenter": nil, "floor": 3}}),
	"okta.group.ensure": calls(
		object{"name": "Early shift", "description": "From four"}, object{"name": "contractors"},
		object{"name": "CONTRACTORS", "description": "", "profile_extra": object{"floor": nil, "costCenter": "4"}},
	),
	"okta.group.update":        calls(object{"group_id": "00g1", "name": "Contractors", "profile_extra": object{"floor": 2.0}}, object{"group_id": "00g2", "description": ""}),
	"okta.group.member.add":    calls(object{"group_id": "00g1", "user_id": "00u1"}),
	"okta.group.member.remove": calls(object{"group_id": "00g2", "user_id": "00u1"}),
	"okta.group.member.sync": calls(
		object{"group_id": "00g1", "members": []any{"ADA@acme.example", "00u1"}}, object{"group_id": "00g2", "members": []any{}},
		object{"group_id": "00g1", "members": []any{"00u1", "00u20000000000000000"}},
		object{"group_id": "00g2", "members": []any{"BOB@acme.example", "00u1", "ada@acme.example"}},
		object{"group_id": "00g1", "members": []any{}}, object{"group_id": "00g1", "members": []any{"bob@acme.example"}, "max_removals": 0},
		object{"group_id": "00g1", "members": []any{"ada@acme.example", "nobody@acme.example"}}, object{"group_id": "00g9", "members": []any{"ada@acme.example"}},
	),
	"okta.group.owner.add":    calls(object{"group_id": "00g1", "owner_id": "00u1"}, object{"group_id": "00g2", "owner_id": "00g1", "type": "GROUP"}),
	"okta.group.owner.remove": calls(object{"group_id": "00g2", "owner_id": "00u1"}),
	"okta.group.role.assign":  calls(object{"group_id": "00g1", "type": "REPORT_ADMIN"}),
	"okta.group.rule.create":  calls(object{"name": "Sales", "expression": `user.department == "S"`, "group_ids": []any{"00g3", "00g2"}}),
	"okta.group.rule.update": calls(
		object{"rule_id": "0pr1", "name": "Sales people", "expression": `user.lastName == "Marsh"`, "exclude_user_ids": []any{"00u1", "00u1"}},
		object{"rule_id": "0pr1", "exclude_user_ids": []any{"00u2", "00u1"}},
	),
	"okta.group.rule.activate":   calls(object{"rule_id": "0pr2"}),
	"okta.group.rule.deactivate": calls(object{"rule_id": "0pr1"}),
	"okta.user.role.assign":      calls(object{"user_id": "00u1", "type": "USER_ADMIN"}, object{"user_id": "00u2", "type": "REPORT_ADMIN"}),
	"okta.user.factor.reset":     calls(object{"user_id": "00u2"}),
	"okta.user.factor.unenroll":  calls(object{"user_id": "00u1", "factor_id": "sms1", "remove_recovery_enrollment": true}),
	"okta.user.risk.set": calls(
		object{"user_id": "00u1", "risk_level": "LOW"}, object{"user_id": "00u1", "risk_level": "LOW", "reason": "Old phone"}, object{"user_id": "00u1", "risk_level": "HIGH"},
		object{"user_id": "00u2", "risk_level": "HIGH"}, object{"user_id": "00u2", "risk_level": "HIGH", "reason": "Lost"},
	),
	"okta.user.classification.set": calls(object{"user_id": "00u1", "type": "STANDARD"}),
	"okta.user.linked.set":         calls(object{"user_id": "00u4", "relationship": "manager", "primary_user_id": "00u1"}, object{"user_id": "00u2", "relationship": "manager", "primary_user_id": nil}),
	"okta.user.linked.remove":      calls(object{"user_id": "00u2", "relationship": "manager"}),
	"okta.zone.create":             calls(object{"name": "Nets", "type": "DYNAMIC", "asns": []any{"23457"}, "locations": []any{object{"country": "AT"}}, "extra": object{"proxyType": "Any"}}),
	"okta.zone.update": calls(
		object{"zone_id": "nzo1", "name": "Head office", "gateways": []any{object{"type": "CIDR", "value": "192.0.2.0/24"}}},
		object{"zone_id": "nzo1", "usage": "BLOCKLIST", "extra": object{"proxies": []any{object{"type": "CIDR", "value": "198.51.100.7/32"}}}},
		object{"zone_id": "nzo1", "extra": object{"proxies": nil}},
	),
	"okta.zone.activate":         calls(object{"zone_id": "nzo1"}),
	"okta.zone.deactivate":       calls(object{"zone_id": "nzo2"}),
	"okta.realm.create":          calls(object{"name": "Ships", "domains": []any{"ships.example"}, "profile_extra": object{"realmType": nil}}),
	"okta.realm.update":          calls(object{"realm_id": "guor1", "name": "Car Co", "domains": []any{"car.example"}}, object{"realm_id": "guor1", "domains": []any{}}),
	"okta.device.activate":       calls(object{"device_id": "guo1"}),
	"okta.device.deactivate":     calls(object{"device_id": "guo3"}, object{"device_id": "guo2"}),
	"okta.device.suspend":        calls(object{"device_id": "guo2"}),
	"okta.device.unsuspend":      calls(object{"device_id": "guo1"}),
	"okta.event_hook.create":     calls(object{"name": "Joiners", "url": "https://hooks.acme.example/2", "events": []any{"user.lifecycle.create"}}),
	"okta.event_hook.activate":   calls(object{"event_hook_id": "who1"}),
	"okta.event_hook.deactivate": calls(object{"event_hook_id": "who2"}),
	"okta.event_hook.delete":     calls(object{"event_hook_id": "who2"}),
	"okta.event_hook.delete_all": calls(object{}, object{"url": "https://nowhere.example"}),
	"okta.import.session.upsert": calls(object{"identity_source_id": "0oa2", "session_id": "uij2", "users": []any{}}),
	"okta.import.session.remove": calls(object{"identity_source_id": "0oa3", "session_id": "uij1", "external_ids": []any{"e9"}}),
	"okta.app.create": calls(
		object{"label": "Quiet", "sign_on_mode": "SAML_2_0", "activate": false},
		object{"label": "Client", "sign_on_mode": "OPENID_CONNECT", "name": "oidc_client", "client_secret": "a-client-secret-of-ours", "settings": object{"oauthClient": object{"application_type": "service", "grant_types": []any{"client_credentials"}}}},
	),
	"okta.app.ensure": calls(
		object{"label": "Fresh", "sign_on_mode": "SAML_2_0", "activate": false, "visibility": object{"hide": object{"iOS": true}}},
		object{"label": "Wiki", "sign_on_mode": "SAML_2_0"}, object{"label": "Wiki", "sign_on_mode": "SAML_2_0", "visibility": object{"hide": object{"web": false}}, "activate": false},
		object{"label": "Reports", "sign_on_mode": "OPENID_CONNECT", "client_secret": "a-client-secret-of-ours", "profile": object{"owner": "IT"}},
	),
	"okta.app.update": calls(
		object{"app_id": "0oa1", "label": "Wiki", "visibility": object{"hide": object{"web": false}}}, object{"app_id": "0oa3", "client_secret": "a-client-secret-of-ours"},
		object{"app_id": "0oa3", "credentials": object{"oauthClient": object{"client_secret": "a-client-secret-of-ours", "autoKeyRotation": true}}},
		object{"app_id": "0oa3", "profile": object{"owner": "IT", "n": 1.0}, "extra": object{"accessibility": object{"errorRedirectUrl": "https://e.example"}}},
	),
	"okta.app.activate":   calls(object{"app_id": "0oa1"}),
	"okta.app.deactivate": calls(object{"app_id": "0oa2"}),
	"okta.app.group.assign": calls(
		object{"app_id": "0oa1", "group_id": "00g1"}, object{"app_id": "0oa1", "group_id": "00g1", "priority": 3, "profile": object{"team": "Guests"}},
		object{"app_id": "0oa1", "group_id": "00g1", "priority": 1, "profile": object{"team": nil, "floor": 4}}, object{"app_id": "0oa1", "group_id": "00g2"},
	),
	"okta.app.group.remove": calls(object{"app_id": "0oa1", "group_id": "00g2"}),
	"okta.app.user.assign": calls(
		object{"app_id": "0oa1", "user_id": "00u2", "profile": object{"team": "Search"}}, object{"app_id": "0oa1", "user_id": "00u1", "password": "Correct-Horse-1"},
		object{"app_id": "0oa1", "user_id": "00u4", "scope": "USER", "username": "sue", "profile": object{"team": nil}},
	),
	"okta.app.user.ensure": calls(
		object{"app_id": "0oa1", "user_id": "00u2", "scope": "USER", "profile": object{"team": "Search"}}, object{"app_id": "0oa1", "user_id": "00u2", "username": "bob", "profile": object{"team": nil, "floor": 3}},
		object{"app_id": "0oa1", "user_id": "00u1", "scope": "USER"}, object{"app_id": "0oa1", "user_id": "00u1", "profile": object{"team": "Guests"}}, object{"app_id": "0oa1", "user_id": "00u1", "username": "ada"},
	),
	"okta.app.user.update": calls(object{"app_id": "0oa1", "user_id": "00u2", "profile": object{"floor": 2}}, object{"app_id": "0oa1", "user_id": "00u1", "profile": object{"team": "Guests"}}),
	"okta.app.grant.add":   calls(object{"app_id": "0oa3", "scope_id": "okta.users.read"}),
}
