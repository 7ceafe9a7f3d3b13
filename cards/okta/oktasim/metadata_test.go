package oktasim

import (
	"strings"
	"testing"
)

// Management API, "Retrieve the well-known org metadata", which needs no token. terraform-provider-okta asks it for the pipeline.
func TestTheOrgIsOneOfTheIdentityEngine(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.auth = ""
	if got := c.get("/.well-known/okta-organization").object(); got["pipeline"] != "idx" || got["id"] == nil {
		t.Errorf("got %v", got)
	}
}

// terraform-provider-okta, test/fixtures/vcr, TestAccResourceOktaAppUser_crud (oie).
func TestAnOAuthClientHasSettingsOfItsIDToken(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{})
	path := "/api/v1/internal/apps/%s/settings/oauth/idToken"
	if got := c.get(strings.Replace(path, "%s", "0oaoid", 1)).object(); got["audience"] != "0oaoid" || got["issuerMode"] != "ORG_URL" {
		t.Errorf("got %v", got)
	}
	c.get(strings.Replace(path, "%s", "0oawik", 1)).refused(404, "E0000007")
	c.auth = ""
	c.get(strings.Replace(path, "%s", "0oaoid", 1)).refused(403, "E0000005")
}
