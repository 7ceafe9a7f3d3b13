package okta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestEnsureCreatesOnceAndThenChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	const eve = `"login": "eve@acme.example", "email": "eve@acme.example", "first_name": "Eve", "last_name": "New"`
	for _, test := range []struct {
		inputs           string
		created, changed bool
	}{
		{eve + `, "password": "Correct-Horse-1", "department": "IT"`, true, true},
		{eve + `, "password": "Correct-Horse-1", "department": "IT"`, false, false},
		{eve + `, "department": "R&D"`, false, true},
	} {
		o.writes()
		out := o.run("okta.user.ensure", `{`+test.inputs+`}`)
		user, _ := out["user"].(map[string]any)
		if wrote := len(o.writes()) == 1; out["created"] != test.created || out["changed"] != test.changed || wrote != test.changed || user["status"] != "ACTIVE" {
			t.Errorf("%s: got %v, and it wrote: %t", test.inputs, out, wrote)
		}
		if diff := cmp.Diff([]any{}, out["ignored"]); diff != "" {
			t.Errorf("ignored (-want +got):\n%s", diff)
		}
	}
	profile := o.profile("eve@acme.example")
	if profile["department"] != "R&D" || profile["locale"] != "en_US" {
		t.Errorf("the org has %v", profile)
	}
}

// Okta finds a user by the part of the login before @ too, and "locked" is not the login of locked@acme.example.
func TestEnsureDoesNotChangeAUserOfAnotherLogin(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	o.refused("okta.user.ensure", `{"login": "locked", "email": "locked@acme.example", "first_name": "A", "last_name": "B"}`, card.Invalid, "form of an email address")
	if login := o.profile("00u5")["login"]; login != "locked@acme.example" {
		t.Errorf("the login is %v", login)
	}
	o.refused("okta.user.ensure", `{"email": "ada@acme.example"}`, card.Invalid, "needs a login")
}

func TestACreatedUserIsNotTakenBackByAnUpdate(t *testing.T) {
	t.Parallel()
	ensure := card.NewSet(okta.Cards()...)["okta.user.ensure"]
	in := map[string]any{"login": "eve@acme.example", "department": "IT"}
	out := map[string]any{"created": true, "changed": true, "ignored": []any{}, "user": map[string]any{"id": "00u9"}}
	if back, err := ensure.Back(in, out, card.State{Missing: true}); back != nil || err != nil {
		t.Errorf("got %v, %v", back, err)
	}
}

// Okta's logins are the same if they differ only in case or diacritical marks.
func TestEnsureFindsALoginThatIsWrittenOtherwiseAndKeepsIt(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for _, login := range []string{"ADA@acme.example", "adá@acme.example"} {
		out := o.run("okta.user.ensure", `{"login": "`+login+`", "profile_extra": {"title": "Countess"}}`)
		user, _ := out["user"].(map[string]any)
		if profile, _ := user["profile"].(map[string]any); out["created"] != false || profile["login"] != "ada@acme.example" {
			t.Errorf("%s: got %v", login, out)
		}
	}
}
