package okta

import (
	"context"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type clearSessionsInput struct {
	userInput
	OAuthTokens   bool `json:"oauth_tokens,omitempty" jsonschema:"whether to revoke the user's OpenID Connect and OAuth 2.0 tokens too" default:"false"`
	ForgetDevices bool `json:"forget_devices,omitempty" jsonschema:"whether to forget the devices on which factors are remembered" default:"false"`
}

var sessionCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.session.clear",
		Title:   "Clear User Sessions",
		Summary: "end all sessions of a user, who must sign in again; always counts as a change, because Okta does not list sessions",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.session.clear\nwith: {user_id: ada@acme.example, oauth_tokens: true}",
	}, card.Write[clearSessionsInput, Changed]{Do: clearSessions, Before: beforeUser[clearSessionsInput], After: afterClearSessions}),
}

// clearSessions always sends both parameters, because the default of forgetDevices differs between Okta's engines.
func clearSessions(ctx context.Context, call card.Call, in clearSessionsInput) (Changed, error) {
	return sending(ctx, call, oktaapi.RevokeUserSessions, oktaapi.Args{
		Path:  []string{in.UserID},
		Query: query("oauthTokens", strconv.FormatBool(in.OAuthTokens), "forgetDevices", strconv.FormatBool(in.ForgetDevices)),
	})
}
