package okta

import (
	"context"
	"maps"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// appUsers describes the assignments of applications to users.
var appUsers = kind{
	word: "application user", input: "user_id", get: oktaapi.GetApplicationUser, fields: []string{"scope", "credentials"},
}

// beforeAppUser reads the assignment that a call will change, with the login of the user.
func beforeAppUser[In identified](ctx context.Context, call card.Call, in In) (card.State, error) {
	ids := in.ids()
	read, err := getAppUser(ctx, call, getAppUserInput{appUserInput{ids[0], ids[1]}, "user"})
	if isNotFound(err) {
		return card.State{Missing: true}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	object, _ := read.Value.(map[string]any)
	state := appUsers.state(object)
	embedded, _ := object["_embedded"].(map[string]any)
	user, _ := embedded["user"].(map[string]any)
	profile, _ := user["profile"].(map[string]any)
	if login, _ := profile["login"].(string); login != "" {
		state.Names = map[string]string{"user_id": login}
	}
	return state, nil
}

// differing returns the credentials and the attributes that differ from those of an assignment. A password cannot be read, so that
// it always differs.
func (in appUserFields) differing(user map[string]any) (credentials, profile map[string]any) {
	credentials = map[string]any{}
	have, _ := user["credentials"].(map[string]any)
	if in.Username != "" && in.Username != have["userName"] {
		credentials["userName"] = in.Username
	}
	if in.Password != "" {
		credentials["password"] = map[string]any{"value": in.Password}
	}
	attributes, _ := user["profile"].(map[string]any)
	return credentials, differing(attributes, in.Profile)
}

// assign sends an assignment.
func (in assignAppUserInput) assign(ctx context.Context, call card.Call) (map[string]any, error) {
	body := map[string]any{"id": in.UserID}
	if in.Scope != "" {
		body["scope"] = in.Scope
	}
	credentials, profile := in.differing(nil)
	if len(credentials) > 0 {
		body["credentials"] = credentials
	}
	if len(profile) > 0 {
		body["profile"] = profile
	}
	return appUsers.write(ctx, call, oktaapi.AssignUserToApplication, oktaapi.Args{Path: []string{in.AppID}}, body)
}

// assignAppUser assigns an application to a user who does not have it. For a user who has it, it compares all but the password.
func assignAppUser(ctx context.Context, call card.Call, in assignAppUserInput) (card.Raw[WrittenAppUser], error) {
	user, err := appUsers.find(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenAppUser]{}, err
	}
	if user == nil {
		answer, err := in.assign(ctx, call)
		return card.Raw[WrittenAppUser]{Value: answer}, err
	}
	if err := in.keepsDirect(user); err != nil {
		return card.Raw[WrittenAppUser]{}, err
	}
	credentials, profile := in.differing(user)
	if credentials["userName"] != nil || len(profile) > 0 || in.Scope != "" && in.Scope != user["scope"] {
		return card.Raw[WrittenAppUser]{}, &card.Error{
			Kind: card.Conflict, Message: "user " + in.UserID + " has the application already, with another scope, username or profile",
			Hint: "okta.app.user.ensure updates an assignment that exists",
		}
	}
	user["changed"] = false
	return card.Raw[WrittenAppUser]{Value: user}, nil
}

// keepsDirect refuses to turn a direct assignment into one by a group: Okta cannot, and to remove it would lose username, password and
// profile.
func (in assignAppUserInput) keepsDirect(user map[string]any) error {
	if in.Scope != "GROUP" || user["scope"] != "USER" {
		return nil
	}
	return &card.Error{
		Kind: card.Conflict, Message: "user " + in.UserID + " has the application by a direct assignment, and Okta cannot turn it into one by a group",
		Hint: "leave out `scope`; or remove the user from the groups that have the application, remove the assignment, and add the user to the groups again",
	}
}

func assignedAppUser(in assignAppUserInput, _ card.Raw[WrittenAppUser], _ card.State) any {
	return removeAppUserInput{appUserInput: in.appUserInput}
}

func ensureAppUser(ctx context.Context, call card.Call, in assignAppUserInput) (card.Raw[EnsuredAppUser], error) {
	nothing := card.Raw[EnsuredAppUser]{}
	user, err := appUsers.find(ctx, call, in.ids())
	if err != nil {
		return nothing, err
	}
	if user == nil {
		answer, err := in.assign(ctx, call)
		if err != nil {
			return nothing, err
		}
		answer["created"] = true
		return card.Raw[EnsuredAppUser]{Value: answer}, nil
	}
	if err := in.keepsDirect(user); err != nil {
		return nothing, err
	}
	scope := user["scope"]
	if in.Scope != "" && in.Scope != scope {
		if user, err = (assignAppUserInput{appUserInput: in.appUserInput, Scope: in.Scope}).assign(ctx, call); err != nil {
			return nothing, err
		}
	}
	answer, err := in.appUserFields.update(ctx, call, in.appUserInput, user)
	if err != nil {
		return nothing, err
	}
	answer["created"] = false
	if in.Scope != "" && !card.Same(scope, answer["scope"]) {
		answer["changed"] = true
	}
	return card.Raw[EnsuredAppUser]{Value: answer}, nil
}

// ensuredAppUser returns the input that removes an assignment that a call created.
func ensuredAppUser(in assignAppUserInput, out card.Raw[EnsuredAppUser], _ card.State) any {
	answer, _ := out.Value.(map[string]any)
	if answer["created"] != true {
		return nil
	}
	return removeAppUserInput{appUserInput: in.appUserInput}
}

func updateAppUser(ctx context.Context, call card.Call, in updateAppUserInput) (card.Raw[WrittenAppUser], error) {
	if in.Username == "" && in.Password == "" && in.Profile == nil {
		return card.Raw[WrittenAppUser]{}, badInput("", "`profile`, `username` or `password` is missing")
	}
	user, err := appUsers.read(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenAppUser]{}, err
	}
	answer, err := in.appUserFields.update(ctx, call, in.appUserInput, user)
	return card.Raw[WrittenAppUser]{Value: answer}, err
}

// update sends what differs from an assignment: credentials and profile in requests of their own, because Okta takes one or the
// other. Okta recommends to send the complete profile.
func (in appUserFields) update(ctx context.Context, call card.Call, which appUserInput, user map[string]any) (map[string]any, error) {
	before := user
	credentials, profile := in.differing(user)
	send := func(name string, value map[string]any) (err error) {
		user, err = appUsers.write(ctx, call, oktaapi.UpdateApplicationUser, oktaapi.Args{Path: which.ids()}, map[string]any{name: value})
		return err
	}
	whole, _ := user["profile"].(map[string]any)
	if len(credentials) > 0 {
		if err := send("credentials", credentials); err != nil {
			return nil, err
		}
	}
	if len(profile) > 0 {
		wanted := maps.Clone(whole)
		if wanted == nil {
			wanted = map[string]any{}
		}
		maps.Copy(wanted, profile)
		if err := send("profile", wanted); err != nil {
			return nil, err
		}
	}
	delete(credentials, "password") // no answer shows it
	user["changed"] = in.Password != "" || took(before, map[string]any{"credentials": credentials, "profile": profile}, user)
	return user, nil
}

// restoreAppUser returns the input that sets the username and the given attributes to their old values.
func restoreAppUser(in updateAppUserInput, _ card.Raw[WrittenAppUser], before card.State) any {
	profile, known := before.Fields["profile"].(map[string]any)
	if before.IsZero() || before.Missing || in.Username == "" && in.Profile == nil {
		return nil
	}
	back := updateAppUserInput{appUserInput: in.appUserInput}
	if credentials, _ := before.Fields["credentials"].(map[string]any); in.Username != "" {
		back.Username, _ = credentials["userName"].(string)
	}
	for name := range in.Profile {
		if back.Profile == nil {
			back.Profile = map[string]any{}
		}
		back.Profile[name] = nil
		if known {
			back.Profile[name] = profile[name]
		}
	}
	return back
}

func removeAppUser(ctx context.Context, call card.Call, in removeAppUserInput) (Changed, error) {
	args := oktaapi.Args{Path: in.ids()}
	if in.SendEmail {
		args.Query = query("sendEmail", "true")
	}
	return sending(ctx, call, oktaapi.UnassignUserFromApplication, args)
}

// reassignAppUser returns the input that assigns the application again, with the username and the profile.
func reassignAppUser(in removeAppUserInput, _ Changed, before card.State) any {
	if before.IsZero() || before.Missing {
		return nil
	}
	back := assignAppUserInput{appUserInput: in.appUserInput, Scope: "USER"}
	back.Profile, _ = before.Fields["profile"].(map[string]any)
	credentials, _ := before.Fields["credentials"].(map[string]any)
	back.Username, _ = credentials["userName"].(string)
	return back
}

// predicts returns the prediction of a call that gives an assignment username, password and profile. Whether an assignment by a group then
// becomes a direct one is not known.
func (in appUserFields) predicts(before card.State) card.Predicted {
	set := map[string]any{}
	if in.Username != "" {
		set["credentials"] = map[string]any{"userName": in.Username}
	}
	if in.Profile != nil {
		set["profile"] = replaced(profileBefore(before), in.Profile)
	}
	after := also(predicts(set), in.Password != "", "password")
	return also(after, before.Fields["scope"] == "GROUP" && after.Changes(before), "scope") // it can become a direct assignment
}

// afterAssignAppUser predicts nothing for a user who has the application: the call fails if anything differs.
func afterAssignAppUser(in assignAppUserInput, before card.State) card.Predicted {
	if exists(before) {
		return card.Predicted{}
	}
	return afterEnsureAppUser(in, before)
}

func afterEnsureAppUser(in assignAppUserInput, before card.State) card.Predicted {
	after := in.appUserFields.predicts(before)
	switch {
	case in.Scope != "":
		after.Fields["scope"] = in.Scope
	case before.Missing:
		after.Fields["scope"] = "USER"
	}
	return after
}

func afterUpdateAppUser(in updateAppUserInput, before card.State) card.Predicted {
	return in.appUserFields.predicts(before)
}
