package okta

import (
	"context"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type resetPasswordInput struct {
	userInput
	SendEmail      *bool `json:"send_email,omitempty" jsonschema:"whether Okta sends the reset link to the user by email; if not, the card returns it, once. A call that sends an email is not idempotent" default:"true"`
	RevokeSessions bool  `json:"revoke_sessions,omitempty" jsonschema:"whether to end the user's sessions" default:"false"`
}

// PasswordReset is the answer of a reset.
type PasswordReset struct {
	Changed          bool   `json:"changed" jsonschema:"true: each call makes a new link, and earlier links no longer work"`
	ResetPasswordURL string `json:"resetPasswordUrl,omitempty" jsonschema:"the link for setting a new password, unless it was sent by email; it gives access to the account" secret:"true"`
}

type setPasswordInput struct {
	userInput
	NewPassword     string        `json:"new_password,omitempty" jsonschema:"the new password" secret:"true"`
	NewHashPassword *passwordHash `json:"new_hash_password,omitempty" jsonschema:"a hash of the password from another directory, instead of new_password; Okta accepts it only for a STAGED user"`
	OldPassword     string        `json:"old_password,omitempty" jsonschema:"the old password, which Okta then checks; a call with it is not idempotent. Without it, an administrator sets the password" secret:"true"`
	OldHashPassword *passwordHash `json:"old_hash_password,omitempty" jsonschema:"has no effect: Okta cannot check a hash of the old password; accepted for flows from other products"`
	RevokeSessions  bool          `json:"revoke_sessions,omitempty" jsonschema:"whether to end the user's sessions" default:"false"`
}

type expirePasswordInput struct {
	userInput
	TempPassword   bool `json:"temp_password,omitempty" jsonschema:"whether Okta replaces the password by a temporary one, which the card returns, once" default:"false"`
	RevokeSessions bool `json:"revoke_sessions,omitempty" jsonschema:"whether to end the user's sessions; only with temp_password" default:"false"`
}

// PasswordExpired is the answer of an expiry.
type PasswordExpired struct {
	Changed      bool   `json:"changed" jsonschema:"false if the password had already expired; always true with temp_password"`
	TempPassword string `json:"tempPassword,omitempty" jsonschema:"the temporary password" secret:"true"`
}

var passwordCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.reset_password",
		Title:   "Reset User Password",
		Also:    []string{"Reset Password"},
		Summary: "put a user into RECOVERY with a link for setting a new password, sent by email or returned",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Creates,
		ByInput: effectOfReset,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.reset_password\nwith: {user_id: ada@acme.example, send_email: false, revoke_sessions: true}",
	}, card.Write[resetPasswordInput, PasswordReset]{Do: resetPassword, Before: beforeUser[resetPasswordInput], After: afterResetPassword, Did: didResetPassword}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.set_password",
		Title:   "Set User Password",
		Summary: "set a user's password, or change it if the old one is right; always counts as a change",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Creates,
		ByInput: effectOfPassword,
		InDoubt: "passwords cannot be read, and the old password may no longer be right",
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.set_password\nwith: {user_id: expired@acme.example, new_password: \"${ inputs.password }\"}",
	}, card.Write[setPasswordInput, Changed]{Do: setPassword, Before: beforeUser[setPasswordInput], After: afterSetPassword}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.expire_password",
		Title:   "Expire Password",
		Summary: "expire a user's password: the user must change it at the next sign-in",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.expire_password\nwith: {user_id: ada@acme.example}",
	}, card.Write[expirePasswordInput, PasswordExpired]{Do: expirePassword, Before: beforeUser[expirePasswordInput], After: afterExpirePassword}),
}

// effectOfReset returns Idempotent only if the call surely sends no email.
func effectOfReset(in card.Value) card.Effect {
	fields, _ := in.(map[string]any)
	if fields["send_email"] == false {
		return card.Idempotent
	}
	return card.Creates
}

// effectOfPassword returns Creates if the call has the old password: a second call then fails.
func effectOfPassword(in card.Value) card.Effect {
	fields, _ := in.(map[string]any)
	if old := fields["old_password"]; old == nil || old == "" {
		return card.Idempotent
	}
	return card.Creates
}

func resetPassword(ctx context.Context, call card.Call, in resetPasswordInput) (PasswordReset, error) {
	org, err := session(call)
	if err != nil {
		return PasswordReset{}, err
	}
	args := lifecycleArgs(in.UserID, in.SendEmail == nil || *in.SendEmail)
	args.Query.Set("revokeSessions", strconv.FormatBool(in.RevokeSessions))
	v, err := org.Do(ctx, oktaapi.GenerateResetPasswordToken, args)
	if err != nil {
		return PasswordReset{}, err
	}
	answer, _ := v.(map[string]any) // empty if Okta sent the link by email
	link, _ := answer["resetPasswordUrl"].(string)
	return PasswordReset{Changed: true, ResetPasswordURL: link}, nil
}

// didResetPassword checks the status. The link cannot be recovered.
func didResetPassword(ctx context.Context, call card.Call, in resetPasswordInput, before card.State) (PasswordReset, bool, error) {
	now, err := beforeUser(ctx, call, in)
	return PasswordReset{Changed: !hasStatus(before, "RECOVERY")}, hasStatus(now, "RECOVERY"), err
}

// setPassword changes the password if the old one is given, and otherwise sets it. Only a change can end the sessions in the same
// request.
func setPassword(ctx context.Context, call card.Call, in setPasswordInput) (Changed, error) {
	switch {
	case in.NewPassword == "" && in.NewHashPassword == nil:
		return Changed{}, badInput("", "new_password or new_hash_password is needed")
	case in.NewHashPassword != nil && in.OldPassword != "":
		return Changed{}, badInput("remove old_password", "Okta checks the old password only for new_password")
	case in.OldPassword != "" && in.NewPassword != "":
		return changePassword(ctx, call, in)
	}
	if _, err := updateUser(ctx, call, updateUserInput{
		userInput: in.userInput, credentialsInput: credentialsInput{Password: in.NewPassword, HashPassword: in.NewHashPassword},
	}); err != nil {
		return Changed{}, err
	}
	if !in.RevokeSessions {
		return Changed{true}, nil
	}
	return sending(ctx, call, oktaapi.RevokeUserSessions, oktaapi.Args{Path: []string{in.UserID}})
}

func changePassword(ctx context.Context, call card.Call, in setPasswordInput) (Changed, error) {
	body, err := card.EncodeJSON(map[string]any{
		"oldPassword": map[string]any{"value": in.OldPassword}, "newPassword": map[string]any{"value": in.NewPassword},
		"revokeSessions": in.RevokeSessions,
	})
	if err != nil {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.ChangePassword, oktaapi.Args{Path: []string{in.UserID}, Body: body})
}

// expirePassword reads the user first: Okta answers alike whether or not the password had already expired.
func expirePassword(ctx context.Context, call card.Call, in expirePasswordInput) (PasswordExpired, error) {
	if in.RevokeSessions && !in.TempPassword {
		return PasswordExpired{}, badInput("use okta.user.session.clear", "revoke_sessions is only possible with temp_password")
	}
	org, err := session(call)
	if err != nil {
		return PasswordExpired{}, err
	}
	op, args := oktaapi.ExpirePasswordAndGetTemporaryPassword, oktaapi.Args{Path: []string{in.UserID}}
	if in.TempPassword {
		args.Query = query("revokeSessions", strconv.FormatBool(in.RevokeSessions))
	} else {
		user, err := readUser(ctx, org, in.UserID)
		if err != nil || user["status"] == "PASSWORD_EXPIRED" {
			return PasswordExpired{}, err
		}
		op = oktaapi.ExpirePassword
	}
	v, err := org.Do(ctx, op, args)
	if err != nil {
		return PasswordExpired{}, err
	}
	answer, _ := v.(map[string]any)
	password, _ := answer["tempPassword"].(string)
	return PasswordExpired{Changed: true, TempPassword: password}, nil
}
