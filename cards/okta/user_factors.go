package okta

import (
	"context"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Factor has the fields of every enrolled factor.
//
// Source: Okta, "User Factors", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/
type Factor struct {
	ID          string         `json:"id" jsonschema:"the factor's id"`
	FactorType  string         `json:"factorType" jsonschema:"call, email, push, question, signed_nonce, sms, token, token:hardware, token:hotp, token:software:totp, u2f, web or webauthn"`
	Provider    string         `json:"provider" jsonschema:"OKTA, GOOGLE, FIDO, DUO, RSA, SYMANTEC, YUBICO or CUSTOM"`
	VendorName  string         `json:"vendorName,omitempty" jsonschema:"the name of the vendor, usually that of the provider"`
	Status      string         `json:"status" jsonschema:"ACTIVE, DISABLED, ENROLLED, EXPIRED, INACTIVE, NOT_SETUP or PENDING_ACTIVATION"`
	Created     string         `json:"created,omitempty" jsonschema:"when the factor was enrolled"`
	LastUpdated string         `json:"lastUpdated,omitempty" jsonschema:"when the factor last changed"`
	Profile     map[string]any `json:"profile,omitempty" jsonschema:"what belongs to the type, such as the phone number"`
	Embedded    map[string]any `json:"_embedded,omitempty" jsonschema:"more data of the factor"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to actions on the factor"`
}

type factorInput struct {
	userIDInput
	FactorID string `json:"factor_id" jsonschema:"the factor's id"`
}

func (in factorInput) ids() []string { return []string{in.UserID, in.FactorID} }

type unenrollFactorInput struct {
	factorInput
	RemoveRecoveryEnrollment bool `json:"remove_recovery_enrollment,omitempty" jsonschema:"whether to remove the phone number for recovery too; only for sms and call" default:"false"`
}

type resetFactorsInput struct {
	userIDInput
	RemoveRecoveryEnrollment bool `json:"remove_recovery_enrollment,omitempty" jsonschema:"whether to remove the phone number for recovery too" default:"false"`
}

// factors describes the factors of users.
var factors = kind{
	word: "factor", input: "factor_id", get: oktaapi.GetFactor, name: "factorType",
	fields: []string{"factorType", "provider", "vendorName"},
}

var factorCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.user.factor.list",
		Title:   "List User Factors",
		Summary: "list the factors that a user has enrolled, of those that the first enrollment policy for the user has",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.user.factor.list\nwith: {user_id: 00u1}",
	}, listFactors),

	card.NewWrite(card.Spec{
		Name:    "okta.user.factor.unenroll",
		Title:   "Unenroll User Factor",
		Summary: "unenroll a factor; push and signed_nonce take the other factors of Okta Verify with them",
		Scopes:  []string{"okta.users.manage"},
		Target:  "{factor_id} of {user_id}",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.factor.unenroll\nwith: {user_id: 00u1, factor_id: sms1}",
	}, card.Write[unenrollFactorInput, Changed]{Do: unenrollFactor, Before: before[unenrollFactorInput](factors), After: gone[unenrollFactorInput], Did: didRemove[unenrollFactorInput](factors)}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.factor.reset",
		Title:   "Reset All Factors",
		Summary: "unenroll all factors of a user, who must enroll again",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.factor.reset\nwith: {user_id: 00u1}",
	}, card.Write[resetFactorsInput, Changed]{Do: resetFactors, Before: beforeResetFactors, After: afterResetFactors, Did: didResetFactors}),
}

func listFactors(ctx context.Context, call card.Call, in userIDInput, at card.Cursor) ([]card.Raw[Factor], card.Cursor, error) {
	return page[Factor](ctx, call, oktaapi.ListFactors, oktaapi.Args{Path: []string{in.UserID}}, at)
}

// unenrollFactor sends remove_recovery_enrollment for a factor that has a phone number only: Okta ignores it for others.
func unenrollFactor(ctx context.Context, call card.Call, in unenrollFactorInput) (Changed, error) {
	if in.RemoveRecoveryEnrollment {
		factor, err := factors.read(ctx, call, in.ids())
		if err != nil {
			return Changed{}, err
		}
		if kind := factor["factorType"]; kind != "sms" && kind != "call" {
			return Changed{}, badInput("leave it out", "`remove_recovery_enrollment` is only for factors of the types sms and call, and %s is of type %v", in.FactorID, kind)
		}
	}
	return sending(ctx, call, oktaapi.UnenrollFactor, oktaapi.Args{
		Path: in.ids(), Query: query("removeRecoveryEnrollment", strconv.FormatBool(in.RemoveRecoveryEnrollment)),
	})
}

// resetFactors reads the factors first: Okta answers alike whether or not there are any.
func resetFactors(ctx context.Context, call card.Call, in resetFactorsInput) (Changed, error) {
	types, err := factorTypes(ctx, call, in.UserID)
	if err != nil || len(types) == 0 {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.ResetFactors, oktaapi.Args{
		Path: []string{in.UserID}, Query: query("removeRecoveryEnrollment", strconv.FormatBool(in.RemoveRecoveryEnrollment)),
	})
}

// factorTypes returns the types of the factors of a user. Okta's list has no pages.
func factorTypes(ctx context.Context, call card.Call, userID string) ([]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	items, _, err := org.Page(ctx, oktaapi.ListFactors, oktaapi.Args{Path: []string{userID}}, "")
	types := []any{}
	for _, item := range items {
		factor, _ := item.(map[string]any)
		types = append(types, factor["factorType"])
	}
	return types, err
}

func beforeResetFactors(ctx context.Context, call card.Call, in resetFactorsInput) (card.State, error) {
	types, err := factorTypes(ctx, call, in.UserID)
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	}
	return card.State{Fields: map[string]card.Value{"factors": types}}, nil
}

func afterResetFactors(resetFactorsInput, card.State) card.Predicted {
	return predicts(map[string]any{"factors": []any{}})
}

func didResetFactors(ctx context.Context, call card.Call, in resetFactorsInput, before card.State) (Changed, bool, error) {
	types, err := factorTypes(ctx, call, in.UserID)
	had, _ := before.Fields["factors"].([]any)
	return Changed{len(had) > 0 || before.IsZero()}, err == nil && len(types) == 0, err
}
