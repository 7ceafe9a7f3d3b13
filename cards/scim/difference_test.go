package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

// value reads JSON as cards do.
func value(t testing.TB, text string) map[string]any {
	t.Helper()
	v, err := card.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

func TestADifferenceHasOneOperationForEachAttributeThatDiffers(t *testing.T) {
	t.Parallel()
	const have = `{"userName": "Ada", "active": true, "title": "Boss", "name": {"givenName": "Ada", "familyName": "King"}, "emails": [
		{"value": "a@x", "type": "work", "primary": true}, {"value": "b@x", "type": "home"}], "roles": [{"value": "r1"}, {"value": "r2"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R", "manager": {"value": "u1"}}}`
	for want, operations := range map[string]string{
		`{}`: `null`,
		`{"username": "ada", "ACTIVE": true, "name": {"GivenName": "Ada"}}`: `null`, // names of attributes, and user names, in any case
		`{"title": "boss"}`:                 `[{"op": "replace", "path": "title", "value": "boss"}]`,
		`{"title": null, "nickName": null}`: `[{"op": "remove", "path": "title"}]`,
		`{"nickName": "A"}`:                 `[{"op": "add", "path": "nickName", "value": "A"}]`,
		`{"name": {"familyName": "Lovelace", "middleName": "B", "givenName": null}}`: `[{"op": "replace", "path": "name.familyName", "value": "Lovelace"},
			{"op": "remove", "path": "name.givenName"}, {"op": "add", "path": "name.middleName", "value": "B"}]`,
		`{"emails": [{"value": "B@x"}, {"value": "a@X"}]}`:                   `null`, // in any order
		`{"emails": [{"value": "a@x"}]}`:                                     `[{"op": "remove", "path": "emails[value eq \"b@x\"]"}]`,
		`{"emails": [{"value": "a@x"}, {"value": "b@x"}, {"value": "c@x"}]}`: `[{"op": "add", "path": "emails", "value": [{"value": "c@x"}]}]`,
		`{"emails": [{"value": "a@x"}, {"value": "c@x", "type": "home"}]}`:   `[{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "c@x"}]`,
		`{"emails": [{"value": "a@x"}, {"value": "b@x", "type": "other"}]}`:  `[{"op": "replace", "path": "emails[value eq \"b@x\"].type", "value": "other"}]`,
		`{"emails": [{"value": "c@x"}]}`:                                     `[{"op": "replace", "path": "emails", "value": [{"value": "c@x"}]}]`,
		`{"emails": []}`:                                                     `[{"op": "remove", "path": "emails"}]`,
		`{"roles": [{"value": "r2"}, {"value": "r1"}]}`:                      `null`,
		`{"phoneNumbers": [{"value": "1"}]}`:                                 `[{"op": "add", "path": "phoneNumbers", "value": [{"value": "1"}]}]`,
		`{"addresses": []}`:                                                  `null`,
		`{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "S", "costCenter": "9", "manager": {"value": "u2"}, "division": null}}`: `[
			{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", "value": "9"},
			{"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "S"},
			{"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "value": "u2"}]`,
		`{"urn:acme:app:1.0:User": {"badge": 7}}`: `[{"op": "add", "path": "urn:acme:app:1.0:User:badge", "value": 7}]`,
	} {
		got, err := json.Marshal(difference(value(t, want), value(t, have)))
		if err != nil {
			t.Fatal(err)
		}
		var is, should any
		_ = json.Unmarshal(got, &is)
		if err := json.Unmarshal([]byte(operations), &should); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(should, is); diff != "" {
			t.Errorf("%s (-want +got)\n%s", want, diff)
		}
	}
}

func TestAnEmailReplacesThePrimaryOneOrThatForWork(t *testing.T) {
	t.Parallel()
	for have, want := range map[string]operation{
		`{}`: {"add", "emails", []any{map[string]any{"value": "n@x", "type": "work", "primary": true}}},
		`{"emails": [{"value": "a@x", "type": "home"}, {"value": "b@x", "type": "work", "primary": true}]}`:     {"replace", `emails[type eq "work"].value`, "n@x"},
		`{"emails": [{"value": "a@x", "type": "home"}, {"value": "b@x", "type": "WORK"}]}`:                      {"replace", `emails[type eq "WORK"].value`, "n@x"},
		`{"emails": [{"value": "a@x", "type": "work"}, {"value": "b\"@x", "type": "work", "primary": "True"}]}`: {"replace", `emails[value eq "b\"@x"].value`, "n@x"},
		`{"emails": [{"value": "a@x"}]}`: {"replace", `emails[value eq "a@x"].value`, "n@x"},
		`{"emails": [{"value": "a@x", "type": "home"}, {"value": "b@x", "type": "other"}]}`: {"add", "emails", []any{map[string]any{"value": "n@x", "type": "work", "primary": true}}},
	} {
		got := difference(map[string]any{"emails": mainEmail("n@x")}, value(t, have))
		if len(got) != 1 || !cmp.Equal(got[0], want) {
			t.Errorf("%s: got %v, want %v", have, got, want)
		}
	}
	same := value(t, `{"emails": [{"value": "N@X", "primary": true}]}`)
	if got := difference(map[string]any{"emails": mainEmail("n@x")}, same); got != nil {
		t.Errorf("an address in another case is changed: %v", got)
	}
}

func TestAReplacementKeepsAllOtherAttributes(t *testing.T) {
	t.Parallel()
	have := value(t, `{"id": "u1", "meta": {"version": "1"}, "groups": [{"value": "g1"}], "userName": "ada", "name": {"givenName": "Ada", "familyName": "King"},
		"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}], "title": "Boss"}`)
	got := replacement(users, map[string]any{"NAME": map[string]any{"familyName": "L"}, "emails": mainEmail("n@x"), "title": nil, "urn:acme:1": map[string]any{"badge": 7}}, have)
	want := value(t, `{"id": "u1", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:acme:1"], "userName": "ada", "name": {"givenName": "Ada", "familyName": "L"},
		"emails": [{"value": "n@x", "type": "work"}, {"value": "b@x", "type": "home"}], "urn:acme:1": {"badge": 7}}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
