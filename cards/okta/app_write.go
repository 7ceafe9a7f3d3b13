package okta

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// WrittenApp is an application after a write, and whether the write changed it.
type WrittenApp struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	App
}

// appFields are the inputs with which an application is created or updated.
type appFields struct {
	Visibility    map[string]any `json:"visibility,omitempty" jsonschema:"where users see the application: autoSubmitToolbar, hide, appLinks"`
	Accessibility map[string]any `json:"accessibility,omitempty" jsonschema:"selfService, errorRedirectUrl, loginRedirectUrl"`
	Settings      map[string]any `json:"settings,omitempty" jsonschema:"the settings of the sign-on mode, such as app.url of a bookmark"`
	Credentials   map[string]any `json:"credentials,omitempty" jsonschema:"scheme, userNameTemplate, signing, oauthClient"`
	ClientSecret  string         `json:"client_secret,omitempty" jsonschema:"the secret of an OAuth client; by default Okta makes one" secret:"true"`
	Password      string         `json:"password,omitempty" jsonschema:"the password that all users share, for the scheme SHARED_USERNAME_AND_PASSWORD" secret:"true"`
	Profile       map[string]any `json:"profile,omitempty" jsonschema:"free attributes of an OAuth client"`
	Extra         map[string]any `json:"extra,omitempty" jsonschema:"more fields, by Okta's names; null removes one" clears:"true"`
}

type createAppInput struct {
	Label      string `json:"label" jsonschema:"the name that people see, unique in the org"`
	SignOnMode string `json:"sign_on_mode" jsonschema:"how users sign in; it cannot be changed" enum:"AUTO_LOGIN,BASIC_AUTH,BOOKMARK,BROWSER_PLUGIN,OPENID_CONNECT,SAML_1_1,SAML_2_0,SECURE_PASSWORD_STORE,WS_FEDERATION"`
	Name       string `json:"name,omitempty" jsonschema:"the name of the definition, such as bookmark or oidc_client; Okta makes one for custom SAML and AUTO_LOGIN applications"`
	Activate   *bool  `json:"activate,omitempty" jsonschema:"whether to activate the application at once" default:"true"`
	appFields
}

type updateAppInput struct {
	appInput
	Label string `json:"label,omitempty" jsonschema:"the new label; by default unchanged"`
	appFields
}

var appWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name:      "okta.app.create",
		Title:     "Create Application",
		Summary:   "create an application; fails if the label is taken",
		Scopes:    []string{"okta.apps.manage"},
		Effect:    card.Creates,
		SecretsIn: clientSecrets,
		Undo:      card.Undo{Extent: card.Partial, Card: "okta.app.deactivate", Rest: "the application stays, and is inactive"},
		Example:   "card: okta.app.create\nwith: {label: Handbook, sign_on_mode: BOOKMARK, name: bookmark, settings: {app: {url: https://handbook.acme.example}}}",
	}, card.Write[createAppInput, card.Raw[WrittenApp]]{Do: createApp, Before: beforeCreateApp, After: afterCreateApp, Back: createdApp, Did: didCreateApp}),

	card.NewWrite(card.Spec{
		Name:      "okta.app.update",
		Title:     "Update Application",
		Summary:   "change fields of an application, also inside of its settings; the others stay",
		Scopes:    []string{"okta.apps.manage"},
		Effect:    card.Idempotent,
		SecretsIn: clientSecrets,
		Undo:      card.Undo{Extent: card.Partial, Card: "okta.app.update", NeedsBefore: true, Rest: "a new password or client secret stays"},
		Example:   "card: okta.app.update\nwith: {app_id: 0oa1, label: Company wiki, visibility: {hide: {iOS: true}}}",
	}, card.Write[updateAppInput, card.Raw[WrittenApp]]{Do: updateApp, Before: beforeApp[updateAppInput], After: afterUpdateApp, Back: restoreApp}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.activate",
		Title:   "Activate Application",
		Summary: "activate an application",
		Scopes:  []string{"okta.apps.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.app.deactivate"},
		Example: "card: okta.app.activate\nwith: {app_id: 0oa2}",
	}, card.Write[appInput, Changed]{Do: turning[appInput](apps, oktaapi.ActivateApplication, "ACTIVE"), Before: beforeApp[appInput], After: becomes[appInput]("ACTIVE"), Back: sameInput[appInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.deactivate",
		Title:   "Deactivate Application",
		Summary: "deactivate an application, so that nobody can use it and groups do not assign it",
		Scopes:  []string{"okta.apps.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.app.activate"},
		Example: "card: okta.app.deactivate\nwith: {app_id: 0oa1}",
	}, card.Write[appInput, Changed]{Do: turning[appInput](apps, oktaapi.DeactivateApplication, "INACTIVE"), Before: beforeApp[appInput], After: becomes[appInput]("INACTIVE"), Back: sameInput[appInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.delete",
		Title:   "Delete Application",
		Summary: "delete an inactive application permanently, with its assignments and grants",
		Scopes:  []string{"okta.apps.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.app.delete\nwith: {app_id: 0oa2}",
	}, card.Write[appInput, Changed]{Do: removingInactive[appInput](apps, oktaapi.DeleteApplication, "okta.app.deactivate"), Before: beforeApp[appInput], After: gone[appInput], Did: didRemove[appInput](apps)}),
}

// beforeApp reads the application that a call will change. The state does not have the client's secret.
func beforeApp[In identified](ctx context.Context, call card.Call, in In) (card.State, error) {
	app, err := apps.find(ctx, call, in.ids())
	delete(oauthClient(app), "client_secret")
	return apps.with(in).state(app), err
}

func createApp(ctx context.Context, call card.Call, in createAppInput) (card.Raw[WrittenApp], error) {
	if err := checkExtra(in, in.Extra); err != nil {
		return card.Raw[WrittenApp]{}, err
	}
	wanted := merged(map[string]any{"settings": map[string]any{}}, in.given()) // Okta requires settings
	answer, err := apps.write(ctx, call, oktaapi.CreateApplication, oktaapi.Args{
		Query: query("activate", strconv.FormatBool(in.Activate == nil || *in.Activate)),
	}, in.fields(wanted))
	return card.Raw[WrittenApp]{Value: answer}, err
}

// given returns the fields that the new application gets, without secrets.
func (in createAppInput) given() map[string]any {
	return given(in, in.Extra, "extra", "activate", "client_secret", "password")
}

// more returns the names of the fields in extra, which Before reads, too.
func (in appFields) more() []string { return slices.Collect(maps.Keys(in.Extra)) }

// fields adds the secrets to the credentials among the wanted fields.
func (in appFields) fields(wanted map[string]any) map[string]any {
	if in.ClientSecret != "" {
		wanted = merged(wanted, map[string]any{"credentials": map[string]any{"oauthClient": map[string]any{"client_secret": in.ClientSecret}}})
	}
	if in.Password != "" {
		wanted = merged(wanted, map[string]any{"credentials": map[string]any{"password": map[string]any{"value": in.Password}}})
	}
	return wanted
}

// wanted returns the fields that an update gives, without secrets.
func (in updateAppInput) wanted() map[string]any {
	return given(in, in.Extra, "extra", "app_id", "client_secret", "password")
}

// updateApp reads the application first, because Okta's PUT replaces all of it, and changes the given fields at every depth.
func updateApp(ctx context.Context, call card.Call, in updateAppInput) (card.Raw[WrittenApp], error) {
	if err := checkExtra(in, in.Extra); err != nil {
		return card.Raw[WrittenApp]{}, err
	}
	app, err := apps.read(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenApp]{}, err
	}
	sent := merged(app, in.fields(in.wanted()))
	if card.Same(app, sent) {
		app["changed"] = false
		return card.Raw[WrittenApp]{Value: app}, nil
	}
	for _, name := range append([]string{"status"}, madeByOkta...) {
		delete(sent, name)
	}
	answer, err := apps.write(ctx, call, oktaapi.ReplaceApplication, oktaapi.Args{Path: in.ids()}, sent)
	if err == nil { // secrets cannot be read
		answer["changed"] = in.predicts(in.wanted()).Unseen != nil || apps.differs(app, answer)
	}
	return card.Raw[WrittenApp]{Value: answer}, err
}

// merged returns an object with the wanted fields, and those of the objects in it. A null removes a field.
func merged(object, wanted map[string]any) map[string]any {
	result := maps.Clone(object)
	if result == nil {
		result = map[string]any{}
	}
	for name, value := range wanted {
		switch fields, ok := value.(map[string]any); {
		case ok:
			old, _ := object[name].(map[string]any)
			result[name] = merged(old, fields)
		case value == nil:
			delete(result, name)
		default:
			result[name] = value
		}
	}
	return result
}

// unmerged returns what merges to the old values of the wanted fields. A null is for a field that did not exist.
func unmerged(object, wanted map[string]any) map[string]any {
	old := map[string]any{}
	for name, value := range wanted {
		fields, ok := value.(map[string]any)
		before, was := object[name].(map[string]any)
		if old[name] = object[name]; ok && was {
			old[name] = unmerged(before, fields)
		}
	}
	return old
}

// predicts returns the prediction of a call that gives an application fields. Secrets are there by their names only, also those that are
// among the credentials.
func (in appFields) predicts(fields map[string]any) card.Predicted {
	after := predicts(unmerged(fields, fields)) // a copy
	all := in.fields(fields)
	after = also(after, oauthClient(all)["client_secret"] != nil, "client secret")
	after = also(after, objectAt(all, "credentials")["password"] != nil, "password")
	delete(oauthClient(after.Fields), "client_secret")
	delete(objectAt(after.Fields, "credentials"), "password")
	return after
}

// afterCreateApp predicts nothing if an application has the label: Okta then refuses the call.
func afterCreateApp(in createAppInput, before card.State) card.Predicted {
	if exists(before) {
		return card.Predicted{}
	}
	fields := merged(nil, in.given())
	fields["status"] = "ACTIVE"
	if in.Activate != nil && !*in.Activate {
		fields["status"] = "INACTIVE"
	}
	return in.predicts(fields)
}

func afterUpdateApp(in updateAppInput, _ card.State) card.Predicted { return in.predicts(in.wanted()) }

// restoreApp returns the input that sets the updated fields to their old values.
func restoreApp(in updateAppInput, _ card.Raw[WrittenApp], before card.State) any {
	if before.IsZero() || len(in.wanted()) == 0 {
		return nil
	}
	return updateAppInput{appInput: in.appInput, appFields: appFields{Extra: unmerged(before.Fields, in.wanted())}}
}

// labeled returns the arguments of a search for the label of a new application. Okta searches labels by their start.
func (in createAppInput) labeled() oktaapi.Args {
	return oktaapi.Args{Query: query("q", in.Label, "includeNonDeleted", "true", "limit", "200")}
}

func beforeCreateApp(ctx context.Context, call card.Call, in createAppInput) (card.State, error) {
	state, err := apps.with(in).beforeNamed(ctx, call, oktaapi.ListApplications, in.labeled(), in.Label)
	delete(oauthClient(state.Fields), "client_secret")
	return state, err
}

func createdApp(_ createAppInput, out card.Raw[WrittenApp], _ card.State) any {
	return appInput{idOf(out.Value)}
}

func didCreateApp(ctx context.Context, call card.Call, in createAppInput, before card.State) (card.Raw[WrittenApp], bool, error) {
	app, done, err := apps.didCreateNamed(ctx, call, oktaapi.ListApplications, in.labeled(), in.Label, before)
	return card.Raw[WrittenApp]{Value: app}, done, err
}
