package oktasim

import (
	"strings"
	"testing"
)

// Management API, "Assign an application to a policy"; terraform-provider-okta, test/fixtures/vcr, TestAccAppBookmarkApplication_crud
// (oie): it looks for the system policy, assigns it, and reads the link.
func TestAnApplicationHasAnAuthenticationPolicy(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed+"policies:\n  - {id: 00pone, name: One factor, type: ACCESS_POLICY}\n  - {id: 00ppwd, name: Staff, type: PASSWORD}\n", Options{})
	var usual string
	for _, policy := range c.get("/api/v1/policies?type=ACCESS_POLICY").ok().([]any) {
		if policy := objectIn(policy); policy["system"] == true {
			usual = policy["id"].(string)
		}
	}
	before := c.get("/-/dump").body
	policyOf := func() string {
		href := objectIn(objectIn(c.get("/api/v1/apps/0oawik").object()["_links"])["accessPolicy"])["href"].(string)
		return href[strings.LastIndex(href, "/")+1:]
	}
	if got := policyOf(); usual == "" || got != usual {
		t.Errorf("a new application has %q, want %q", got, usual)
	}
	for _, id := range []string{"00pone", usual} {
		if got := c.do("PUT", "/api/v1/apps/0oawik/policies/"+id); got.status != 204 {
			t.Errorf("%s: got %d %s", id, got.status, got.body)
		}
		if got := policyOf(); got != id {
			t.Errorf("got %q, want %q", got, id)
		}
		if dump := c.get("/-/dump").body; string(mustNew(t, dump, Options{}).state.dump()) != dump {
			t.Errorf("the dump is\n%s", dump)
		}
	}
	if after := c.get("/-/dump").body; after != before {
		t.Errorf("the org is\n%s\nbefore:\n%s", after, before)
	}
	c.do("PUT", "/api/v1/apps/0oawik/policies/00ppwd").refused(404, "E0000007")
	c.do("PUT", "/api/v1/apps/0oanone/policies/00pone").refused(404, "E0000007")
}
