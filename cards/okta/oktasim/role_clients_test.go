package oktasim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const clientRoles = `
apps:
  - {id: 0oa1, label: Automation, signOnMode: OPENID_CONNECT, settings: {oauthClient: {application_type: service}}}
  - {id: 0oa2, label: Other, signOnMode: OPENID_CONNECT, credentials: {oauthClient: {client_id: other}}, settings: {oauthClient: {application_type: service}}}
  - {id: 0oa3, label: Wiki, signOnMode: BOOKMARK}
roles:
  - {id: r1, client: Automation, type: ORG_ADMIN}
`

// Management API, operations listRolesForClient, assignRoleToClient (200), retrieveClientRole, deleteRoleFromClient (204).
func TestAClientHasAdminRoles(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, clientRoles, Options{})
	list := c.get("/oauth2/v1/clients/0oa1/roles")
	if diff := cmp.Diff([][]string{{"r1"}, {"ORG_ADMIN"}, {"CLIENT"}}, [][]string{list.column("id"), list.column("type"), list.column("assignmentType")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ids := c.get("/oauth2/v1/clients/other/roles").column("id"); len(ids) != 0 {
		t.Errorf("got %q", ids)
	}
	got := c.send("POST", "/oauth2/v1/clients/other/roles", `{"type":"USER_ADMIN"}`)
	if got.status != http.StatusOK || got.object()["label"] != "Group Administrator" || got.object()["client"] != nil {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	c.send("POST", "/oauth2/v1/clients/other/roles", `{"type":"USER_ADMIN"}`).refused(409, "E0000090")
	c.send("POST", "/oauth2/v1/clients/other/roles", `{"type":"KING"}`).refused(400, "E0000091")
	role := "/oauth2/v1/clients/other/roles/" + c.get("/oauth2/v1/clients/other/roles").column("id")[0]
	if got := c.do("DELETE", role); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.get(role).refused(404, "E0000007")
	c.do("DELETE", role).refused(404, "E0000007")
	for _, unknown := range []string{"0oa2", "0oa3", "nobody"} { // a client has its own id, which may differ from that of its application
		e := c.get("/oauth2/v1/clients/"+unknown+"/roles").refused(404, "E0000007")
		if e.ErrorSummary != "Not found: Resource not found: "+unknown+" (PublicClientApp)" {
			t.Errorf("%s: %s", unknown, e.ErrorSummary)
		}
	}
}

func TestTheRolesOfAClientNeedTheirScopes(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, clientRoles+"tokens: {users-only: {scopes: [okta.users.read]}}\nusers: [{id: 00u1, login: ada@acme.example}]\n", Options{})
	c.auth = "SSWS users-only"
	c.get("/oauth2/v1/clients/0oa1/roles").refused(403, "E0000006")
	c.send("POST", "/oauth2/v1/clients/0oa1/roles", `{"type":"USER_ADMIN"}`).refused(403, "E0000006")
	c.auth = ""
	c.get("/oauth2/v1/clients/0oa1/roles").refused(403, "E0000005")
}
