package oktasim

import (
	"net/http"
	"regexp"
	"slices"
	"unicode/utf8"
)

// risks are the risk levels that administrators set: {user: ada@acme.example, riskLevel: HIGH, reason: Lost laptop}. This org detects no
// risks itself.
//
// Source: Okta, "User Risk", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserRisk/
var risks = &resource{
	key: "risks", word: "UserRisk", prefix: "rsk", refs: []ref{{"user", "users"}}, check: checkRisk,
	fields: []string{"user", "riskLevel", "reason"}, needs: []string{"user"},
}

// classifications are the users who are not STANDARD: {user: ada@acme.example, type: LITE}.
//
// Source: Okta, "User Classification", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserClassification/
var classifications = &resource{
	key: "classifications", word: "UserClassification", prefix: "ucl", refs: []ref{{"user", "users"}}, check: checkClassification,
	fields: []string{"user", "type"}, needs: []string{"user"},
}

var userRiskRoutes = []route{
	{"GET", "/api/v1/users/{id}/risk", "okta.userRisk.read", getRisk},
	{"PUT", "/api/v1/users/{id}/risk", "okta.userRisk.manage", setRisk},
	{"GET", "/api/v1/users/{id}/classification", "okta.users.read", getClassification},
	{"PUT", "/api/v1/users/{id}/classification", "okta.users.manage", setClassification},
}

// riskReason is the form of reasons (schema UserRiskRequest).
var riskReason = regexp.MustCompile(`^[a-zA-Z0-9\s\-,.]*$`)

func checkRisk(_ *directory, _ *object, fields map[string]any) string {
	reason := textOf(fields["reason"])
	switch {
	case !slices.Contains([]string{"HIGH", "MEDIUM", "LOW"}, textOf(fields["riskLevel"])):
		return "riskLevel: must be HIGH, MEDIUM or LOW"
	case utf8.RuneCountInString(reason) > 500:
		return "riskReason: The field is too long"
	case !riskReason.MatchString(reason):
		return "riskReason: must have letters, digits, spaces, and the characters - , . only"
	case reason == "":
		fields["reason"] = "override.by.admin"
	}
	return ""
}

func checkClassification(_ *directory, _ *object, fields map[string]any) string {
	if !slices.Contains([]string{"LITE", "STANDARD"}, textOf(fields["type"])) {
		return "type: must be LITE or STANDARD"
	}
	return ""
}

// getRisk handles GET /api/v1/users/{id}/risk. The level of a user without one is NONE.
func getRisk(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer { return c.riskAnswer(u, d.find(risks, ofUser(u))) })
}

func (c *call) riskAnswer(u *user, o *object) answer {
	shown := map[string]any{
		"riskLevel": "NONE", "_links": map[string]any{"self": link(c.base+"/api/v1/users/"+u.id+"/risk", "GET", "PUT")},
	}
	if o != nil {
		shown["riskLevel"], shown["reason"] = o.fields["riskLevel"], o.fields["reason"]
	}
	return c.ok(encoded(shown))
}

// setRisk handles PUT /api/v1/users/{id}/risk. It answers 201 for the first level of a user, then 200. That it logs user.risk.change is
// our guess.
func setRisk(c *call) answer {
	body := c.body()
	return c.changeUser(func(d *directory, u *user) answer {
		o, status := d.find(risks, ofUser(u)), http.StatusOK
		if o == nil {
			o, status = &object{created: c.now}, http.StatusCreated
		}
		fields := map[string]any{"user": u.id, "riskLevel": body["riskLevel"], "reason": textOf(body["riskReason"])}
		if a := c.store(risks, d, o, fields, "change"); !a.done() {
			return a
		}
		c.log("user.risk.change", userTarget(u))
		a := c.riskAnswer(u, o)
		a.status = status
		return a
	})
}

func getClassification(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer { return c.ok(encoded(d.classification(u))) })
}

// classification returns the classification of a user. That a user is STANDARD since their creation is our guess.
func (d *directory) classification(u *user) map[string]any {
	if o := d.find(classifications, ofUser(u)); o != nil {
		return map[string]any{"type": o.fields["type"], "lastUpdated": o.lastUpdated.text()}
	}
	return map[string]any{"type": "STANDARD", "lastUpdated": u.created.text()}
}

// setClassification handles PUT /api/v1/users/{id}/classification. This org keeps only users who are not STANDARD.
func setClassification(c *call) answer {
	body := c.body()
	return c.changeUser(func(d *directory, u *user) answer {
		o := d.find(classifications, ofUser(u))
		if o == nil {
			o = &object{created: c.now}
		}
		if a := c.store(classifications, d, o, map[string]any{"user": u.id, "type": body["type"]}, "update"); !a.done() {
			return a
		}
		answer := c.ok(encoded(d.classification(u)))
		if body["type"] == "STANDARD" {
			d.removeOf(u, classifications)
		}
		c.log("account.user.classify", userTarget(u))
		return answer
	})
}
