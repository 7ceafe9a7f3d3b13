package oktasim

// metadataRoutes need no scope. The second is not in Okta's description.
var metadataRoutes = []route{
	{"GET", "/.well-known/okta-organization", noToken, orgMetadata},
	{"GET", "/api/v1/internal/apps/{id}/settings/oauth/idToken", "", idTokenSettings},
}

// orgMetadata handles GET /.well-known/okta-organization, which needs no token. This org is one of the Identity Engine: its pipeline is
// idx (management API, "Retrieve the well-known org metadata").
func orgMetadata(c *call) answer {
	return c.ok(encoded(map[string]any{
		"id": mintID("00o", 0, 0), "pipeline": "idx",
		"settings": map[string]any{"analyticsCollectionEnabled": false, "bugReportingEnabled": false, "omEnabled": false},
		"_links":   map[string]any{"organization": map[string]any{"href": c.base}},
	}))
}

// idTokenSettings handles GET /api/v1/internal/apps/{id}/settings/oauth/idToken, without which terraform-provider-okta cannot read an OAuth
// client. The form is that of an answer of Okta to it (test/fixtures/vcr, TestAccResourceOktaAppUser_crud, oie).
func idTokenSettings(c *call) answer {
	return c.readObject(apps, func(_ *directory, o *object) answer {
		return c.oauthClient(o, func() answer {
			return c.ok(encoded(map[string]any{"issuer": c.base, "orgUrl": nil, "customUrl": nil, "audience": clientID(o), "issuerMode": "ORG_URL"}))
		})
	})
}
