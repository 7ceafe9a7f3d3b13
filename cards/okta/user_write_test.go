package okta_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

const secretWord = "Correct-Horse-9"

func TestCreateSendsWhatIsGivenAndNothingElse(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people+"groups: [{id: 00g1, name: Contractors}]\n")
	out := o.run("okta.user.create", `{
		"login": "eve@acme.example", "email": "eve@home.example", "first_name": "Eve", "last_name": "<New>", "department": "IT", "employee_number": "17",
		"mobile_phone": "+49", "password": "`+secretWord+`", "question": "Who?", "answer": "You", "provider_type": "OKTA", "provider_name": "OKTA",
		"group_ids": ["00g1"], "realm_id": "guo1", "type": "oty0000000default5d7", "next_login": "changePassword",
		"profile_extra": {"badge": 92233720368547758089, "big": 9007199254740993, "none": null, "tags": ["a", ""]}}`)
	if out["changed"] != true || out["status"] != "PASSWORD_EXPIRED" {
		t.Errorf("got %v", out)
	}
	body := `{"credentials":{"password":{"value":"` + secretWord + `"},"provider":{"name":"OKTA","type":"OKTA"},"recovery_question":{"answer":"You","question":"Who?"}},` +
		`"groupIds":["00g1"],"profile":{"badge":92233720368547758089,"big":9007199254740993,"department":"IT","email":"eve@home.example","employeeNumber":"17",` +
		`"firstName":"Eve","lastName":"<New>","locale":"en_US","login":"eve@acme.example","mobilePhone":"+49","none":null,"tags":["a",""]},"realmId":"guo1","type":{"id":"oty0000000default5d7"}}`
	if diff := cmp.Diff([]string{"POST /api/v1/users?activate=true&nextLogin=changePassword " + body}, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	profile := o.profile("eve")
	if profile["badge"] != json.Number("92233720368547758089") || profile["big"] != 9007199254740993 || profile["lastName"] != "<New>" {
		t.Errorf("the org has %v", profile)
	}
}

func TestCreateWithAHashAndWithoutActivation(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	out := o.run("okta.user.create", `{"login": "eve@acme.example", "email": "eve@x", "first_name": "E", "last_name": "N", "locale": "de_DE", "activate": false, "provider": true,
		"hash_password": {"algorithm": "BCRYPT", "value": "`+secretWord+`", "salt": "rwh1vH2p3s4t5u>v7w8x9y", "work_factor": 10}}`)
	if out["status"] != "STAGED" {
		t.Errorf("got %v", out)
	}
	want := `POST /api/v1/users?activate=false&provider=true {"credentials":{"password":{"hash":{"algorithm":"BCRYPT","salt":"rwh1vH2p3s4t5u>v7w8x9y","value":"` + secretWord + `","workFactor":10}}},` +
		`"profile":{"email":"eve@x","firstName":"E","lastName":"N","locale":"de_DE","login":"eve@acme.example"}}`
	if diff := cmp.Diff([]string{want}, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCreateIsRefusedForALoginThatIsTaken(t *testing.T) {
	t.Parallel()
	e := newUserOrg(t, people).refused("okta.user.create",
		`{"login": "ada@acme.example", "email": "eve@x", "first_name": "E", "last_name": "N"}`, card.Conflict, "already exists in the current organization")
	if e.Code != "E0000001" {
		t.Errorf("code %q", e.Code)
	}
}

func TestUpdateWritesOnlyIfSomethingDiffers(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for _, test := range []struct {
		inputs  string
		changed bool
	}{
		{`"department": "R&D"`, false},
		{`"department": "Sales"`, true},
		{`"department": "Sales", "first_name": "Ada"`, false},
		{`"department": null`, false},
		{`"profile_extra": {"badge": 9007199254740993, "tags": ["a", ""], "nothing": null}`, false},
		{`"profile_extra": {"badge": 9007199254740992}`, true},
		{`"profile_extra": {"badge": 9007199254740993}`, true},
		{`"clear": ["mobilePhone", "shoeSize"]`, false},
		{`"realm_id": "guo1"`, true},
		{`"realm_id": "guo1"`, false},
		{`"clear": ["department"]`, true},
		{`"clear": ["department"]`, false},
	} {
		o.writes()
		out := o.run("okta.user.update", `{"user_id": "ada@acme.example", `+test.inputs+`}`)
		if wrote := len(o.writes()); out["changed"] != test.changed || (wrote == 1) != test.changed || out["id"] != "00u1" {
			t.Errorf("%s: %d writes, and it answers %v", test.inputs, wrote, out)
		}
	}
	want := map[string]any{
		"login": "ada@acme.example", "email": "ada@acme.example", "firstName": "Ada", "lastName": "Lovelace", "mobilePhone": nil, "secondEmail": nil,
		"title": "Countess", "badge": 9007199254740993, "tags": []any{"a", ""},
	}
	if diff := cmp.Diff(want, o.profile("00u1")); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}

func TestUpdateClearsWithNull(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	o.run("okta.user.update", `{"user_id": "00u1", "clear": ["department"], "profile_extra": {"title": null}}`)
	if diff := cmp.Diff([]string{`POST /api/v1/users/00u1 {"profile":{"department":null,"title":null}}`}, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	profile := o.profile("00u1")
	if profile["department"] != nil || profile["title"] != nil || profile["badge"] != 9007199254740993 {
		t.Errorf("the org has %v", profile)
	}
}

func TestStrictUpdateReplacesTheProfile(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	const all = `{"user_id": "00u1", "semantics": "strict", "login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "King"}`
	for _, want := range []bool{true, false} {
		if out := o.run("okta.user.update", all); out["changed"] != want {
			t.Errorf("got %v, want changed %v", out, want)
		}
	}
	if got := o.writes(); len(got) != 1 || !strings.HasPrefix(got[0], "PUT /api/v1/users/00u1 ") {
		t.Errorf("wrote %v", got)
	}
	want := map[string]any{"login": "ada@acme.example", "email": "ada@acme.example", "firstName": "Ada", "lastName": "King", "mobilePhone": nil, "secondEmail": nil}
	if diff := cmp.Diff(want, o.profile("00u1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.refused("okta.user.update", `{"user_id": "00u1", "semantics": "strict"}`, card.Invalid, "no attribute is given")
}

func TestUpdateFollowsALoginThatChanges(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	out := o.run("okta.user.update", `{"user_id": "ada@acme.example", "login": "countess@acme.example"}`)
	if out["changed"] != true || o.user("countess")["id"] != "00u1" {
		t.Errorf("got %v", out)
	}
}

func TestUpdateAlwaysWritesAPassword(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for range 2 {
		if out := o.run("okta.user.update", `{"user_id": "00u1", "password": "`+secretWord+`"}`); out["changed"] != true {
			t.Errorf("got %v", out)
		}
	}
	if got := o.writes(); len(got) != 2 || got[0] != `POST /api/v1/users/00u1 {"credentials":{"password":{"value":"`+secretWord+`"}}}` {
		t.Errorf("wrote %v", got)
	}
}

func TestUpdateRefusesADeactivatedUser(t *testing.T) {
	t.Parallel()
	newUserOrg(t, people).refused("okta.user.update", `{"user_id": "00u4", "department": "IT"}`, card.Invalid, "00u4 is DEPROVISIONED")
}

func TestContradictoryInputsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for inputs, message := range map[string]string{
		`"department": "IT", "profile_extra": {"department": "HR"}`:                                              `"department" is given twice`,
		`"department": "IT", "clear": ["department"]`:                                                            `both given and in clear`,
		`"password": "` + secretWord + `", "hash_password": {"algorithm": "MD5", "value": "` + secretWord + `"}`: `both given`,
		`"question": "Who?"`:             `given together`,
		`"answer": "` + secretWord + `"`: `given together`,
	} {
		e := o.refused("okta.user.update", `{"user_id": "00u1", `+inputs+`}`, card.Invalid, message)
		hides(t, e)
	}
	if len(o.asked) != 0 {
		t.Errorf("asked %v", o.asked)
	}
}

// hides checks that the secret does not appear in any printed form of a value.
func hides(t *testing.T, v any) {
	t.Helper()
	encoded, _ := json.Marshal(v)
	for _, text := range []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), string(encoded)} {
		if strings.Contains(text, secretWord) {
			t.Errorf("the secret shows: %s", text)
		}
	}
}

func TestNoErrorAndNoAnswerShowsASecret(t *testing.T) {
	t.Parallel()
	const secrets = `"password": "` + secretWord + `", "question": "Who?", "answer": "` + secretWord + `"`
	const name = `"email": "eve@x", "first_name": "E", "last_name": "N", `
	o := newUserOrg(t, people+"faults: [{match: \"POST /api/v1/users\", nth: 2, status: 500}, {match: \"POST /api/v1/users\", nth: 3, reset: true}]\n")
	out, err := o.try("okta.user.create", `{"login": "eve@acme.example", `+name+secrets+`}`)
	if err != nil {
		t.Fatal(err)
	}
	hides(t, out)
	for range 3 { // status 500, no answer, a login that is taken
		_, err = o.try("okta.user.create", `{"login": "eve@acme.example", `+name+secrets+`}`)
		if err == nil {
			t.Fatal("it should fail")
		}
		hides(t, err)
		hides(t, card.AsError(err))
	}
	hides(t, o.refused("okta.user.create", `{"login": "fay.s", `+name+secrets+`}`, card.Invalid, "form of an email address"))
	hides(t, o.run("okta.user.update", `{"user_id": "00u1", `+secrets+`}`))
	_, err = o.try("okta.user.create", `{"login": "fay@acme.example", "password": ["`+secretWord+`"]}`)
	if err == nil {
		t.Fatal("a list is not a password")
	}
	hides(t, err)
	hides(t, o.user("00u1"))
}

func TestSecretInputsAreMarked(t *testing.T) {
	t.Parallel()
	for _, c := range oktaUserWrites(t) {
		for _, name := range []string{"password", "answer"} {
			if p := c.In.Properties[name]; p == nil || p.Extra["secret"] != true {
				t.Errorf("%s: %s is not secret", c.Name, name)
			}
		}
		for _, name := range []string{"value", "salt"} {
			if p := c.In.Properties["hash_password"].Properties[name]; p == nil || p.Extra["secret"] != true {
				t.Errorf("%s: hash_password.%s is not secret", c.Name, name)
			}
		}
	}
}

func oktaUserWrites(t *testing.T) []card.Card {
	t.Helper()
	set := card.NewSet(okta.Cards()...)
	return []card.Card{set["okta.user.create"], set["okta.user.update"]}
}
