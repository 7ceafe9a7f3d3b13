package oktasim

var metadataRoutes = []route{
	{"GET", "/.well-known/okta-organization", noToken, orgMetadata},
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
