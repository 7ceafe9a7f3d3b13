package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Risk is the risk level of a user.
//
// Source: Okta, "User Risk", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserRisk/
type Risk struct {
	RiskLevel string         `json:"riskLevel" jsonschema:"HIGH, MEDIUM, LOW or NONE"`
	Reason    string         `json:"reason,omitempty" jsonschema:"why the user has this level"`
	Links     map[string]any `json:"_links,omitempty" jsonschema:"Okta's link to the risk"`
}

// WrittenRisk is a risk level, and whether it was changed.
type WrittenRisk struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Risk
}

// Classification is the classification of a user.
//
// Source: Okta, "User Classification", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserClassification/
type Classification struct {
	Changed     bool   `json:"changed" jsonschema:"false if nothing had to be changed"`
	Type        string `json:"type" jsonschema:"LITE or STANDARD"`
	LastUpdated string `json:"lastUpdated,omitempty" jsonschema:"when the classification last changed"`
}

type setRiskInput struct {
	userIDInput
	RiskLevel string `json:"risk_level" jsonschema:"the risk level" enum:"HIGH,MEDIUM,LOW"`
	Reason    string `json:"reason,omitempty" jsonschema:"why, for people: up to 500 letters, digits, spaces and the characters - , . ; by default override.by.admin for a new level"`
}

type setClassificationInput struct {
	userIDInput
	Type string `json:"type" jsonschema:"the classification: a LITE user has fewer features" enum:"LITE,STANDARD"`
}

var riskCards = []card.Card{
	card.NewRead(card.Spec{
		Name:    "okta.user.risk.get",
		Title:   "Get User Risk",
		Also:    []string{"Retrieve User Risk"},
		Summary: "read the risk level of a user",
		Scopes:  []string{"okta.userRisk.read"},
		Effect:  card.Reads,
		Example: "card: okta.user.risk.get\nwith: {user_id: 00u1}",
	}, getRisk),

	card.NewWrite(card.Spec{
		Name:    "okta.user.risk.set",
		Title:   "Set User Risk",
		Also:    []string{"Upsert User Risk"},
		Summary: "set the risk level of a user, which Okta's policies then act on",
		Scopes:  []string{"okta.userRisk.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.risk.set", NeedsBefore: true, Rest: "a user who had no level keeps the one that was set"},
		Example: "card: okta.user.risk.set\nwith: {user_id: 00u1, risk_level: HIGH, reason: Lost laptop}",
	}, card.Write[setRiskInput, card.Raw[WrittenRisk]]{Do: setRisk, Before: beforeRisk, After: afterRisk, Back: restoreRisk}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.classification.set",
		Title:   "Set User Classification",
		Summary: "make a user LITE or STANDARD",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.classification.set", NeedsBefore: true},
		Example: "card: okta.user.classification.set\nwith: {user_id: 00u1, type: LITE}",
	}, card.Write[setClassificationInput, card.Raw[Classification]]{Do: setClassification, Before: beforeClassification, After: afterClassification, Back: restoreClassification}),
}

// A userPart is a part of a user that has its own operations, and no id.
type userPart struct {
	get, put oktaapi.Operation
	fields   []string // the fields that cards can change
}

var (
	userRisk           = userPart{oktaapi.GetUserRisk, oktaapi.UpsertUserRisk, []string{"riskLevel", "reason"}}
	userClassification = userPart{oktaapi.GetUserClassification, oktaapi.ReplaceUserClassification, []string{"type"}}
)

func (p userPart) read(ctx context.Context, call card.Call, userID string) (map[string]any, error) {
	return p.do(ctx, call, p.get, oktaapi.Args{Path: []string{userID}})
}

// write sends the part, and returns the resulting one with the field changed: whether it differs in the wanted fields.
func (p userPart) write(ctx context.Context, call card.Call, userID string, before, wanted, body map[string]any) (map[string]any, error) {
	text, err := card.EncodeJSON(body)
	if err != nil {
		return nil, err
	}
	part, err := p.do(ctx, call, p.put, oktaapi.Args{Path: []string{userID}, Body: text})
	if err == nil {
		part["changed"] = took(before, wanted, part)
	}
	return part, err
}

func (p userPart) do(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	answer, err := org.Do(ctx, op, args)
	if err != nil {
		return nil, err
	}
	part, _ := answer.(map[string]any)
	return part, nil
}

// state reads the state of the part before a call.
func (p userPart) state(ctx context.Context, call card.Call, userID string) (card.State, error) {
	part, err := p.read(ctx, call, userID)
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	}
	return card.State{Fields: fields(part, p.fields...)}, nil
}

func getRisk(ctx context.Context, call card.Call, in userIDInput) (card.Raw[Risk], error) {
	risk, err := userRisk.read(ctx, call, in.UserID)
	return card.Raw[Risk]{Value: risk}, err
}

func beforeRisk(ctx context.Context, call card.Call, in setRiskInput) (card.State, error) {
	return userRisk.state(ctx, call, in.UserID)
}

func beforeClassification(ctx context.Context, call card.Call, in setClassificationInput) (card.State, error) {
	return userClassification.state(ctx, call, in.UserID)
}

// setRisk reads the risk first, and writes nothing if level and reason are as wanted. Without a reason, only the level counts.
func setRisk(ctx context.Context, call card.Call, in setRiskInput) (card.Raw[WrittenRisk], error) {
	risk, err := userRisk.read(ctx, call, in.UserID)
	if err != nil {
		return card.Raw[WrittenRisk]{}, err
	}
	wanted := texts("riskLevel", in.RiskLevel, "reason", in.Reason)
	if len(differing(risk, wanted)) == 0 {
		risk["changed"] = false
		return card.Raw[WrittenRisk]{Value: risk}, nil
	}
	risk, err = userRisk.write(ctx, call, in.UserID, risk, wanted, texts("riskLevel", in.RiskLevel, "riskReason", in.Reason))
	return card.Raw[WrittenRisk]{Value: risk}, err
}

// restoreRisk returns the input that sets the level from before the call; nil if there was none, because Okta cannot remove a level.
func restoreRisk(in setRiskInput, _ card.Raw[WrittenRisk], before card.State) any {
	level, _ := before.Fields["riskLevel"].(string)
	if level == "" || level == "NONE" {
		return nil
	}
	reason, _ := before.Fields["reason"].(string)
	return setRiskInput{userIDInput: in.userIDInput, RiskLevel: level, Reason: reason}
}

// setClassification reads the classification first, and writes nothing if it is as wanted.
func setClassification(ctx context.Context, call card.Call, in setClassificationInput) (card.Raw[Classification], error) {
	now, err := userClassification.read(ctx, call, in.UserID)
	if err != nil {
		return card.Raw[Classification]{}, err
	}
	if now["type"] == in.Type {
		now["changed"] = false
		return card.Raw[Classification]{Value: now}, nil
	}
	wanted := texts("type", in.Type)
	now, err = userClassification.write(ctx, call, in.UserID, now, wanted, wanted)
	return card.Raw[Classification]{Value: now}, err
}

func restoreClassification(in setClassificationInput, _ card.Raw[Classification], before card.State) any {
	kind, _ := before.Fields["type"].(string)
	if kind == "" {
		return nil
	}
	return setClassificationInput{in.userIDInput, kind}
}

// afterRisk predicts no reason for a new level without one, because Okta makes it. Without a reason, a level that stays keeps its own.
func afterRisk(in setRiskInput, before card.State) card.Predicted {
	after := predicts(map[string]any{"riskLevel": in.RiskLevel})
	if in.Reason != "" {
		after.Fields["reason"] = in.Reason
	}
	return also(after, in.Reason == "" && before.Fields["riskLevel"] != in.RiskLevel, "reason")
}

func afterClassification(in setClassificationInput, _ card.State) card.Predicted {
	return predicts(map[string]any{"type": in.Type})
}
