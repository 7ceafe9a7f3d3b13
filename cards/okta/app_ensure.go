package okta

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// EnsuredApp is an application that was created or updated.
type EnsuredApp struct {
	Created bool `json:"created" jsonschema:"whether the application is new"`
	WrittenApp
}

var ensureAppCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:      "okta.app.ensure",
		Title:     "Ensure Application",
		Also:      []string{"Create or Update Application", "Find or Create Application"},
		Summary:   "create the application with a label, or change fields that differ, also inside of its settings; activate, client_secret and password are for a new one",
		Scopes:    []string{"okta.apps.manage"},
		Effect:    card.Idempotent,
		SecretsIn: clientSecrets,
		Undo:      card.Undo{Extent: card.Partial, Card: "okta.app.update", NeedsBefore: true, Rest: "an application that was created stays"},
		Example:   "card: okta.app.ensure\nwith: {label: Wiki, sign_on_mode: SAML_2_0, visibility: {hide: {iOS: true}}}",
	}, card.Write[createAppInput, card.Raw[EnsuredApp]]{Do: ensureApp, Before: beforeCreateApp, After: afterEnsureApp, Back: restoreEnsuredApp}),
}

func ensureApp(ctx context.Context, call card.Call, in createAppInput) (card.Raw[EnsuredApp], error) {
	nothing := card.Raw[EnsuredApp]{}
	if err := checkExtra(in, in.Extra); err != nil {
		return nothing, err
	}
	return inTurn(ctx, call, "app="+strings.ToLower(in.Label), func() (card.Raw[EnsuredApp], error) {
		app, created, err := findOrCreate(
			func() (map[string]any, error) {
				return apps.named(ctx, call, oktaapi.ListApplications, in.labeled(), in.Label)
			},
			func() (map[string]any, error) {
				made, err := createApp(ctx, call, in)
				app, _ := made.Value.(map[string]any)
				return app, err
			},
		)
		switch {
		case err != nil:
			return nothing, err
		case created:
			app["created"] = true
			return card.Raw[EnsuredApp]{Value: app}, nil
		case app["signOnMode"] != in.SignOnMode:
			return nothing, &card.Error{
				Kind: card.Conflict, Message: fmt.Sprintf("the application %q has the sign-on mode %v, which cannot be changed", in.Label, app["signOnMode"]),
				Hint: "choose another label, or delete the application",
			}
		}
		id := idOf(app)
		return inTurn(ctx, call, "app_id="+id, func() (card.Raw[EnsuredApp], error) {
			updated, err := updateApp(ctx, call, in.update(id))
			if err != nil {
				return nothing, err
			}
			app, _ := updated.Value.(map[string]any)
			app["created"] = false
			return card.Raw[EnsuredApp]{Value: app}, nil
		})
	})
}

// update returns the input that changes an application to what is given. Secrets cannot be compared, so that they are left out.
func (in createAppInput) update(id string) updateAppInput {
	fields := in.appFields
	fields.ClientSecret, fields.Password = "", ""
	return updateAppInput{appInput: appInput{id}, appFields: fields}
}

// afterEnsureApp predicts the fields besides the label for an application that exists.
func afterEnsureApp(in createAppInput, before card.State) card.Predicted {
	if before.Missing {
		return afterCreateApp(in, before)
	}
	return afterUpdateApp(in.update(""), before)
}

// restoreEnsuredApp returns the input that sets the updated fields to their old values; nil for a new application.
func restoreEnsuredApp(in createAppInput, _ card.Raw[EnsuredApp], before card.State) any {
	id, _ := before.Fields["id"].(string)
	if before.Missing || id == "" {
		return nil
	}
	return restoreApp(in.update(id), card.Raw[WrittenApp]{}, before)
}
