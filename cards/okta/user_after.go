package okta

import "github.com/flowdeck/flowdeck/engine/card"

// userBecomes is becomes for a user, who may be in transition to the status.
func userBecomes[In any](status string) func(In, card.State) card.Predicted {
	return func(_ In, before card.State) card.Predicted {
		if hasStatus(before, status) {
			return card.Predicted{}
		}
		return predicts(map[string]any{"status": status})
	}
}

// userBecomesFrom is userBecomes for a change that Okta only makes to a user with one status.
func userBecomesFrom(only, status string) func(userInput, card.State) card.Predicted {
	becomes := userBecomes[userInput](status)
	return func(in userInput, before card.State) card.Predicted {
		after := becomes(in, before)
		if is, _ := before.Fields["status"].(string); len(after.Fields) > 0 && is != "" && is != only {
			after.Refused = "the user is " + is + ", and Okta does this only to a user who is " + only
		}
		return after
	}
}

// afterActivateUser cannot predict the status of a user who was not deactivated, because no answer shows whether there is a password. A
// deactivated user has none.
func afterActivateUser(in activateUserInput, before card.State) card.Predicted {
	if hasStatus(before, activated...) {
		return card.Predicted{}
	}
	after := card.Predicted{}
	if hasStatus(before, "DEPROVISIONED") {
		after = predicts(map[string]any{"status": "PROVISIONED"})
	}
	return also(also(after, after.Fields == nil, "status"), in.SendEmail, email)
}

// email is what a call sends, for people.
const email = "an email"

func afterReactivateUser(in activateUserInput, _ card.State) card.Predicted {
	return also(card.Predicted{Unseen: []string{"activation link"}}, in.SendEmail, email)
}

func afterDeactivateUser(in deactivateUserInput, before card.State) card.Predicted {
	after := userBecomes[deactivateUserInput]("DEPROVISIONED")(in, before)
	if after.Fields != nil {
		after.Unseen = []string{"password", "factors", "sessions", "applications"}
	}
	return after
}

func afterDeleteUser(in deleteUserInput, before card.State) card.Predicted {
	after := gone(in, before)
	if exists(before) && !hasStatus(before, "DEPROVISIONED") && !in.Force {
		after.Refused = "the user is not deactivated, and `force` is not set"
	}
	return after
}

// afterUnlockUser predicts nothing for a user who is not locked out: Okta then refuses the call, or it changes nothing.
func afterUnlockUser(_ unlockUserInput, before card.State) card.Predicted {
	if exists(before) && !hasStatus(before, "LOCKED_OUT") {
		return card.Predicted{}
	}
	return predicts(map[string]any{"status": "ACTIVE"})
}

func afterResetPassword(in resetPasswordInput, _ card.State) card.Predicted {
	after := card.Predicted{Fields: map[string]any{"status": "RECOVERY"}, Unseen: []string{"password"}}
	return also(also(after, in.RevokeSessions, "sessions"), in.SendEmail == nil || *in.SendEmail, email)
}

func afterSetPassword(in setPasswordInput, before card.State) card.Predicted {
	after := card.Predicted{Unseen: []string{"password"}}
	if status := statusWithPassword(before); status != "" {
		after.Fields = map[string]any{"status": status}
	}
	return also(after, in.RevokeSessions, "sessions")
}

// statusWithPassword returns the status of a user who gets another password: it ends RECOVERY and PASSWORD_EXPIRED. It is "" if the
// status stays.
func statusWithPassword(before card.State) string {
	if hasStatus(before, "RECOVERY", "PASSWORD_EXPIRED") {
		return "ACTIVE"
	}
	return ""
}

func afterExpirePassword(in expirePasswordInput, _ card.State) card.Predicted {
	after := predicts(map[string]any{"status": "PASSWORD_EXPIRED"})
	return also(also(after, in.TempPassword, "password"), in.RevokeSessions, "sessions")
}

func afterClearSessions(in clearSessionsInput, _ card.State) card.Predicted {
	return also(also(card.Predicted{Unseen: []string{"sessions"}}, in.OAuthTokens, "tokens"), in.ForgetDevices, "remembered devices")
}

// unread adds the credentials of an input to a prediction, by name.
func (in credentialsInput) unread(after card.Predicted) card.Predicted {
	return also(also(after, in.setsPassword(), "password"), in.Question != "", "recovery question")
}

func (in credentialsInput) setsPassword() bool { return in.Password != "" || in.HashPassword != nil }

// afterCreateUser predicts nothing if somebody has the login: Okta then refuses the call.
func afterCreateUser(in createUserInput, before card.State) card.Predicted {
	profile, err := in.attributes(nil)
	if err != nil || exists(before) {
		return card.Predicted{}
	}
	if _, given := profile["locale"]; !given {
		profile["locale"] = defaultLocale
	}
	user := in.user(profile, nil)
	user["status"] = in.status()
	after := in.unread(predicts(user))
	return also(also(after, len(in.GroupIDs) > 0, "groups"), in.Type != "", "user type")
}

// status returns the status of the new user.
func (in createUserInput) status() string {
	elsewhere := in.Provider && (in.ProviderType == "FEDERATION" || in.ProviderType == "SOCIAL")
	switch {
	case in.Activate != nil && !*in.Activate:
		return "STAGED"
	case in.NextLogin == "changePassword":
		return "PASSWORD_EXPIRED"
	case in.setsPassword() || elsewhere:
		return "ACTIVE"
	}
	return "PROVISIONED"
}

func afterUpdateUser(in updateUserInput, before card.State) card.Predicted {
	profile, err := in.attributes(in.Clear)
	if err != nil {
		return card.Predicted{}
	}
	set := in.user(profile, nil)
	if was := profileBefore(before); in.Semantics == "strict" {
		set["profile"] = whole(was, profile)
	} else if len(profile) > 0 {
		set["profile"] = replaced(was, profile)
	}
	if status := statusWithPassword(before); in.setsPassword() && status != "" {
		set["status"] = status
	}
	after := in.unread(predicts(set))
	if hasStatus(before, "DEPROVISIONED") && len(after.Differences(before)) > 0 {
		after.Refused = "the user is DEPROVISIONED, and Okta cannot change a deactivated user"
	}
	return after
}

// afterEnsureUser predicts the attributes besides the login for a user who exists. If nobody knows, it may have to be created.
func afterEnsureUser(in createUserInput, before card.State) card.Predicted {
	if before.Missing {
		return afterCreateUser(in, before)
	}
	return afterUpdateUser(updateUserInput{profileInput: in.besidesLogin()}, before)
}
