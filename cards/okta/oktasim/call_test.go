package oktasim

import "testing"

// The handlers do not check whether the request was refused; read and write do.
func TestRefusedRequestChangesNothing(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	before := c.get("/-/dump").body
	for _, request := range []struct{ method, path, body, code string }{
		{"DELETE", "/api/v1/users/00ucyd?sendEmail=maybe", "", "E0000001"},
		{"POST", "/api/v1/users/00udot/lifecycle/activate?sendEmail=1", "", "E0000001"},
		{"POST", "/api/v1/users/00uada/lifecycle/reset_password?provider=FEDERATION&sendEmail=maybe", "", "E0000031"}, // the first mistake is reported
		{"POST", "/api/v1/users/00uada", "{", "E0000003"},
		{"PUT", "/api/v1/groups/00gcon", "[]", "E0000003"},
	} {
		c.send(request.method, request.path, request.body).refused(400, request.code)
	}
	if got := c.get("/-/dump").body; got != before {
		t.Errorf("the org is\n%s\nbefore:\n%s", got, before)
	}
}
