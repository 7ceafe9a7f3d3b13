package okta

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// beforeUser reads the user that a call will change.
func beforeUser[In interface{ who() string }](ctx context.Context, call card.Call, in In) (card.State, error) {
	return userState(ctx, call, in.who())
}

// userState reads the state of a user by id or login.
func userState(ctx context.Context, call card.Call, userID string) (card.State, error) {
	user, err := findUser(ctx, call, userID)
	if err != nil {
		return card.State{}, err
	}
	return stateOfUser(user), nil
}

// findUser reads a user by id or login. It returns nil if the user does not exist.
func findUser(ctx context.Context, call card.Call, userID string) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	user, err := readUser(ctx, org, userID)
	if isNotFound(err) {
		return nil, nil
	}
	return user, err
}

// stateOfUser returns the fields of a user that cards can change. A nil user does not exist.
func stateOfUser(user map[string]any) card.State {
	if user == nil {
		return card.State{Missing: true}
	}
	state := card.State{Fields: fields(user, "id", "status", "transitioningToStatus", "realmId")}
	if profile, _ := user["profile"].(map[string]any); profile != nil {
		login, _ := profile["login"].(string)
		state.Names = map[string]string{"user_id": login}
	}
	if at, ok := timeIn(user, "statusChanged"); ok {
		state.Moved = map[string]time.Time{"status": at}
	}
	return state
}

// fields returns the named fields of an object and its profile. It leaves out nulls, because Okta treats null and
// missing fields alike.
func fields(object map[string]any, names ...string) map[string]card.Value {
	kept := map[string]card.Value{}
	for _, name := range names {
		if object[name] != nil {
			kept[name] = object[name]
		}
	}
	if profile, _ := object["profile"].(map[string]any); profile != nil {
		profile = maps.Clone(profile)
		maps.DeleteFunc(profile, func(_ string, value any) bool { return value == nil })
		kept["profile"] = profile
	}
	return kept
}

// sameUser returns the input of an undo card that needs only the user.
func sameUser[In interface{ who() string }](in In, _ Moved, _ card.State) any {
	return userInput{in.who()}
}

// beforeCreateUser reads the user who already has the login, if there is one.
func beforeCreateUser(ctx context.Context, call card.Call, in createUserInput) (card.State, error) {
	login, err := in.login()
	if err != nil {
		return card.State{}, err
	}
	user, err := in.holder(ctx, call, login)
	if err != nil {
		return card.State{}, err
	}
	state := stateOfUser(user)
	state.Names = nil // the card has no user_id
	return state, nil
}

// login returns the login of the new user.
func (in createUserInput) login() (string, error) {
	profile, err := in.attributes(nil)
	if err != nil {
		return "", err
	}
	login, _ := profile["login"].(string)
	if login == "" {
		return "", badInput("set `login`", "a new user needs a login")
	}
	return login, nil
}

// createdUser returns the input that deactivates the user that a call created.
func createdUser(_ createUserInput, out card.Raw[WrittenUser], _ card.State) any {
	return userInput{idOf(out.Value)}
}

// didCreateUser searches for the user by login. The call created the user only if nobody had the login before the
// call.
func didCreateUser(ctx context.Context, call card.Call, in createUserInput, before card.State) (card.Raw[WrittenUser], bool, error) {
	nothing := card.Raw[WrittenUser]{}
	login, err := in.login()
	if err != nil {
		return nothing, false, err
	}
	user, err := in.holder(ctx, call, login)
	if err != nil || user == nil {
		return nothing, false, err
	}
	if err := created("user "+login, before); err != nil || !before.Missing {
		return nothing, false, err
	}
	return writtenUser(user, true), true, nil
}

// created returns an error if the state before the call is not known, because then nobody knows whether the call
// created the thing.
func created(thing string, before card.State) error {
	if before.IsZero() {
		return &card.Error{Kind: card.Failed, Message: thing + " exists, but it is not known whether it did before the call"}
	}
	return nil
}

// restoreUser returns the input that sets the updated attributes to their old values, and clears the attributes that
// had none. It uses the id, because the update may have changed the login. Credentials cannot be read, so they are
// not restored.
func restoreUser(in updateUserInput, _ card.Raw[UpdatedUser], before card.State) any {
	id, _ := before.Fields["id"].(string)
	profile, _ := before.Fields["profile"].(map[string]any)
	named, err := in.attributes(in.Clear)
	if id == "" || profile == nil && len(named) > 0 || err != nil || len(named) == 0 && in.RealmID == "" {
		return nil
	}
	back := updateUserInput{userInput: userInput{id}, Semantics: in.Semantics}
	back.ProfileExtra = profile
	if in.Semantics != "strict" {
		back.ProfileExtra = map[string]any{}
		for attribute := range named {
			if value := profile[attribute]; value != nil {
				back.ProfileExtra[attribute] = value
			} else {
				back.Clear = append(back.Clear, attribute)
			}
		}
		slices.Sort(back.Clear)
	}
	if in.RealmID != "" {
		back.RealmID, _ = before.Fields["realmId"].(string)
	}
	return back
}

// keeps returns what restoreUser needs besides the attributes that are set: a profile that is replaced is put back whole.
func (in updateUserInput) keeps() []string {
	if in.Semantics == "strict" {
		return []string{"profile"}
	}
	return nil
}

// didActivateUser checks the status. The activation link cannot be recovered.
func didActivateUser(ctx context.Context, call card.Call, in activateUserInput, before card.State) (Activated, bool, error) {
	now, err := beforeUser(ctx, call, in)
	if err != nil {
		return Activated{}, false, err
	}
	return Activated{Moved: Moved{Changed: !hasStatus(before, activated...)}}, hasStatus(now, activated...), nil
}

// hasStatus reports whether a user has one of the statuses, or is in transition to one.
func hasStatus(user card.State, wanted ...string) bool {
	status, _ := user.Fields["status"].(string)
	next, _ := user.Fields["transitioningToStatus"].(string)
	return slices.Contains(wanted, status) || slices.Contains(wanted, next)
}

// didDeactivateUser checks the status.
func didDeactivateUser(ctx context.Context, call card.Call, in deactivateUserInput, before card.State) (Moved, bool, error) {
	now, err := beforeUser(ctx, call, in)
	if err != nil {
		return Moved{}, false, err
	}
	return Moved{Changed: !hasStatus(before, "DEPROVISIONED")}, hasStatus(now, "DEPROVISIONED"), nil
}

// didDeleteUser checks whether the user no longer exists.
func didDeleteUser(ctx context.Context, call card.Call, in deleteUserInput, before card.State) (Changed, bool, error) {
	now, err := beforeUser(ctx, call, in)
	return Changed{!before.Missing}, now.Missing, err
}
