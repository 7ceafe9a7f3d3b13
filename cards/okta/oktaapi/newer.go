package oktaapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// These operations are in Okta's description 2026.06.3, and not in the SDK. When the SDK has them, they belong in operations.txt.
var (
	// GetUserRisk is GET /api/v1/users/{userId}/risk: Retrieve the user's risk.
	GetUserRisk = newer("getUserRisk", http.MethodGet, "/api/v1/users/{id}/risk", "riskLevel")

	// UpsertUserRisk is PUT /api/v1/users/{userId}/risk: Upsert the user's risk.
	UpsertUserRisk = newer("upsertUserRisk", http.MethodPut, "/api/v1/users/{id}/risk", "riskLevel")

	// GetUserClassification is GET /api/v1/users/{userId}/classification: Retrieve a user's classification.
	GetUserClassification = newer("getUserClassification", http.MethodGet, "/api/v1/users/{id}/classification", "type")

	// ReplaceUserClassification is PUT /api/v1/users/{userId}/classification: Replace the user's classification.
	ReplaceUserClassification = newer("replaceUserClassification", http.MethodPut, "/api/v1/users/{id}/classification", "type")
)

// newer returns an operation on a user that the SDK does not know. A PUT has a body. The answer is an object with the field.
func newer(name, method, path, field string) Operation {
	return Operation{
		Name: name, Bucket: method + " " + path, Params: []string{"userId"}, Body: method == http.MethodPut, Answers: Answers{Fields: []string{field}},
		send: func(ctx context.Context, c *okta.APIClient, args []string) error {
			config := c.GetConfig()
			target := config.Servers[0].URL + strings.Replace(path, "{id}", url.PathEscape(args[0]), 1)
			req, err := http.NewRequestWithContext(ctx, method, target, nil)
			if err != nil {
				return err
			}
			req.Header.Set("User-Agent", config.UserAgent)
			req.Header.Set("Accept", "application/json")
			answer, err := config.HTTPClient.Do(req)
			if err != nil {
				return err
			}
			return answer.Body.Close()
		},
	}
}
