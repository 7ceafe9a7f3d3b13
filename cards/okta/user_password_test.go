package okta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestResetPasswordReturnsTheLinkUnlessItSendsIt(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	if out := o.run("okta.user.reset_password", `{"user_id": "00u1"}`); out["changed"] != true || out["resetPasswordUrl"] != nil {
		t.Errorf("with an email: got %v", out)
	}
	if out := o.run("okta.user.reset_password", `{"user_id": "00u1", "send_email": false, "revoke_sessions": true}`); out["resetPasswordUrl"] == nil {
		t.Errorf("without an email: got %v", out)
	}
	want := []string{
		"POST /api/v1/users/00u1/lifecycle/reset_password?revokeSessions=false&sendEmail=true",
		"POST /api/v1/users/00u1/lifecycle/reset_password?revokeSessions=true&sendEmail=false",
	}
	if diff := cmp.Diff(want, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinksAndTemporaryPasswordsAreSecret(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people+"  - {id: 00u7, login: invited@acme.example, firstName: Ivy, lastName: Teal, status: PROVISIONED}\n")
	set := card.NewSet(okta.Cards()...)
	for _, test := range []struct {
		card, inputs string
		secrets      int
	}{
		{"okta.user.reset_password", `{"user_id": "00u1", "send_email": false}`, 1},
		{"okta.user.expire_password", `{"user_id": "00u1", "temp_password": true}`, 1},
		{"okta.user.reactivate", `{"user_id": "00u7"}`, 2},
	} {
		out := o.run(test.card, test.inputs)
		if got := set[test.card].Secrets(map[string]any(out)); len(got) != test.secrets {
			t.Errorf("%s: of %v, %q are secret", test.card, out, got)
		}
	}
}

func TestSetPasswordSendsTheOldOneOnlyIfItIsGiven(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for _, inputs := range []string{
		`"new_password": "Correct-Horse-1"`,
		`"new_password": "Correct-Horse-22", "old_password": "Correct-Horse-1", "revoke_sessions": true`,
		`"new_password": "Correct-Horse-333", "revoke_sessions": true`,
	} {
		if out := o.run("okta.user.set_password", `{"user_id": "00u1", `+inputs+`}`); out["changed"] != true {
			t.Errorf("%s: got %v", inputs, out)
		}
	}
	want := []string{
		`POST /api/v1/users/00u1 {"credentials":{"password":{"value":"Correct-Horse-1"}}}`,
		`POST /api/v1/users/00u1/credentials/change_password {"newPassword":{"value":"Correct-Horse-22"},"oldPassword":{"value":"Correct-Horse-1"},"revokeSessions":true}`,
		`POST /api/v1/users/00u1 {"credentials":{"password":{"value":"Correct-Horse-333"}}}`,
		`DELETE /api/v1/users/00u1/sessions`,
	}
	if diff := cmp.Diff(want, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := o.refused("okta.user.set_password", `{"user_id": "00u1", "new_password": "Correct-Horse-1", "old_password": "wrong"}`, card.Invalid, "Update of credentials failed"); e.Code != "E0000014" {
		t.Errorf("code %q", e.Code)
	}
}

func TestSetPasswordAcceptsAHashForAStagedUser(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	const hash = `"new_hash_password": {"algorithm": "SHA-256", "value": "c2VjcmV0"}`
	if out := o.run("okta.user.set_password", `{"user_id": "00u2", `+hash+`, "old_hash_password": {"algorithm": "MD5", "value": "b2xk"}}`); out["changed"] != true {
		t.Errorf("got %v", out)
	}
	o.refused("okta.user.set_password", `{"user_id": "00u2", `+hash+`, "old_password": "`+secretWord+`"}`, card.Invalid, "only for new_password")
	o.refused("okta.user.set_password", `{"user_id": "00u2"}`, card.Invalid, "new_password or new_hash_password is needed")
}

func TestTheEffectOfAPasswordCardDependsOnItsInput(t *testing.T) {
	t.Parallel()
	set := card.NewSet(okta.Cards()...)
	for _, test := range []struct {
		card string
		in   map[string]any
		want card.Effect
	}{
		{"okta.user.reset_password", map[string]any{}, card.Creates},
		{"okta.user.reset_password", map[string]any{"send_email": true}, card.Creates},
		{"okta.user.reset_password", map[string]any{"send_email": false}, card.Idempotent},
		{"okta.user.set_password", map[string]any{"new_password": "x"}, card.Idempotent},
		{"okta.user.set_password", map[string]any{"new_password": "x", "old_password": "y"}, card.Creates},
	} {
		if got := set[test.card].EffectOf(test.in); got != test.want {
			t.Errorf("%s of %v: %s, want %s", test.card, test.in, got, test.want)
		}
	}
}

func TestExpirePasswordRevokesSessionsOnlyWithATemporaryOne(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	o.refused("okta.user.expire_password", `{"user_id": "00u1", "revoke_sessions": true}`, card.Invalid, "only possible with temp_password")
	for range 2 {
		if out := o.run("okta.user.expire_password", `{"user_id": "00u1", "temp_password": true, "revoke_sessions": true}`); out["changed"] != true || out["tempPassword"] == nil {
			t.Errorf("got %v", out)
		}
	}
}
