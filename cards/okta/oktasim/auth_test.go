package oktasim

import "testing"

func TestOnlyKnownTokensMayCall(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, auth := range []string{"SSWS demo-token", "ssws demo-token"} {
		c.auth = auth
		c.get("/api/v1/users/00uada").ok()
	}
	for _, auth := range []string{"SSWS other", "SSWS", "Bearer ", "SSWS demo-token2", "Bearer demo-token", "DPoP demo-token"} {
		c.auth = auth
		if e := c.get("/api/v1/users/00uada").refused(401, "E0000011"); e.ErrorSummary != "Invalid token provided" {
			t.Errorf("%q: %q", auth, e.ErrorSummary)
		}
		c.get("/api/v1/nowhere").refused(401, "E0000011")
	}
}

func TestCallWithoutATokenIs403(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, auth := range []string{"", "demo-token", "Basic demo-token"} {
		c.auth = auth
		if e := c.get("/api/v1/users/00uada").refused(403, "E0000005"); e.ErrorSummary != "Invalid session" {
			t.Errorf("%q: %q", auth, e.ErrorSummary)
		}
		c.get("/api/v1/nowhere").refused(403, "E0000005")
	}
}

func TestASeedsTokensReplaceTheDemoToken(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "tokens: {mine: {}}\n", Options{})
	c.get("/api/v1/users").refused(401, "E0000011")
	c.auth = "SSWS mine"
	c.get("/api/v1/users").ok()

	c = serveSeed(t, "tokens: {}\n", Options{})
	c.get("/api/v1/users").refused(401, "E0000011")
}

func TestCallWithoutItsScopeIs403(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"tokens: {reader: {scopes: [okta.users.read]}, none: {scopes: []}, manager: {scopes: [okta.users.manage, okta.groups.read]}}\n", Options{})
	c.auth = "SSWS reader"
	c.get("/api/v1/users").ok()
	c.get("/api/v1/users/00uada/groups").ok()
	if e := c.get("/api/v1/groups").refused(403, "E0000006"); e.ErrorSummary != "You do not have permission to perform the requested action" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").refused(403, "E0000006")
	c.auth = "SSWS none"
	c.get("/api/v1/users").refused(403, "E0000006")
	c.auth = "SSWS manager"
	c.get("/api/v1/groups/00gcon/users").ok()
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
}

func TestAManageScopeIncludesTheReadScope(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"tokens: {manager: {scopes: [okta.users.manage]}}\n", Options{})
	c.auth = "SSWS manager"
	c.get("/api/v1/users").ok()
	c.get("/api/v1/groups").refused(403, "E0000006")
}
