package cardstest_test

import "github.com/flowdeck/flowdeck/cards/cardstest"

func operations(all ...any) []any { return all }

// scimMore are calls in states of the target in which their effect is not that of the example.
var scimMore = map[string][]cardstest.Case{
	"scim.user.create": calls(
		object{"user_name": "min@acme.example"}, object{"user_name": "nil@acme.example", "attributes": object{"title": nil, "emails": []any{}, "phoneNumbers": []any{object{"value": "1", "type": "work"}}}},
	),
	"scim.user.update": calls(
		object{"user_id": "u1", "given_name": "Ada", "email": "ADA@acme.example"}, object{"user_id": "u2", "email": "bob@acme.example", "attributes": object{"externalId": "7"}},
		object{"user_id": "u2", "attributes": object{"emails": []any{object{"value": "bob@home.example", "type": "home"}}}},
		object{"user_id": "u2", "attributes": object{"emails": []any{object{"value": "bob@acme.example", "type": "other"}, object{"value": "bob@home.example", "type": "home"}, object{"value": "x@acme.example"}}}},
		object{"user_id": "u2", "attributes": object{"emails": []any{object{"value": "bob@acme.example"}, object{"value": "bob@new.example", "type": "home"}}}},
		object{"user_id": "u3", "attributes": object{enterprise: object{"department": "Sales"}}}, object{"user_id": "u3", "attributes": object{"NAME": object{"givenName": "Cleo"}}},
	),
	"scim.user.patch": calls(
		object{"user_id": "u1", "operations": operations(object{"op": "replace", "path": "displayName", "value": "Ada"})},
		object{"user_id": "u1", "operations": operations(object{"op": "remove", "path": "name.familyName"}, object{"op": "remove", "path": "name.givenName"})},
		object{"user_id": "u2", "operations": operations(object{"op": "replace", "path": `emails[type eq "home"].value`, "value": "b@home.example"}, object{"op": "add", "path": "emails", "value": []any{object{"value": "c@acme.example"}}})},
		object{"user_id": "u3", "operations": operations(object{"op": "add", "path": "name", "value": object{"givenName": "Cleo"}}, object{"op": "replace", "value": object{"active": true, enterprise: object{"department": "IT"}}})},
	),
	"scim.user.deactivate": calls(object{"user_id": "u3"}),
	"scim.user.reactivate": calls(object{"user_id": "u1"}),
	"scim.group.create":    calls(object{"display_name": "Plain"}),
	"scim.group.update":    calls(object{"group_id": "g1", "display_name": "Sales"}, object{"group_id": "g1", "external_id": "00g1"}, object{"group_id": "g2", "attributes": object{"members": []any{}}}),
	"scim.group.patch": calls(
		object{"group_id": "g1", "operations": operations(object{"op": "remove", "path": `members[value eq "u1"]`}, object{"op": "add", "path": "members", "value": []any{object{"value": "u2"}, object{"value": "u3"}}})},
		object{"group_id": "g1", "operations": operations(object{"op": "add", "path": "members", "value": []any{object{"value": "u2"}}})},
		object{"group_id": "g1", "operations": operations(object{"op": "replace", "path": "displayName", "value": "Sellers"})},
	),
	"scim.group.push": calls(
		object{"display_name": "SALES", "members": []any{"u2", "u1", "u2"}}, object{"display_name": "Fresh", "external_id": "x1", "members": []any{"u3"}},
		object{"display_name": "Sellers", "group_id": "g1", "external_id": "x2", "members": []any{}, "max_removals": 2}, object{"display_name": "Legal", "members": []any{}},
		object{"display_name": "Sales", "user_names": []any{"CLEO@acme.example", "ada@acme.example", "Ada@acme.example"}}, object{"display_name": "Fresh", "user_names": []any{"cleo@acme.example"}},
		object{"display_name": "Sales", "user_names": []any{"ada@acme.example", "ghost@acme.example"}, "missing": "skip"},
		object{"display_name": "Sales", "user_names": []any{"ada@acme.example", "ghost@acme.example"}}, object{"display_name": "Fresh", "user_names": []any{"ghost@acme.example"}},
		object{"display_name": "Sales", "members": []any{}}, object{"display_name": "Sales", "user_names": []any{"cleo@acme.example"}, "max_removals": 1},
		object{"display_name": "Sales", "group_id": "g9", "members": []any{}},
	),
}
