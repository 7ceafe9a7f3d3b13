package oktasim

import (
	"strings"
	"testing"
)

func TestPostChangesOnlyItsAttributesAndNullClears(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace, created: 2024-05-01T08:00:00Z, profile: {department: IT, title: Engineer, mobilePhone: "+49"}}]`, Options{})
	u := c.send("POST", "/api/v1/users/00uada", `{"profile":{"department":null,"mobilePhone":null,"title":"Countess"}}`).object()
	want := `"profile":{"firstName":"Ada","lastName":"Lovelace","mobilePhone":null,"secondEmail":null,"login":"ada@acme.example","email":"ada@acme.example","title":"Countess"}`
	if got := c.get("/api/v1/users/00uada").body; !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if u["lastUpdated"] == "2024-05-01T08:00:00.000Z" || u["statusChanged"] != "2024-05-01T08:00:00.000Z" {
		t.Errorf("lastUpdated %v, statusChanged %v: the first moves with the profile, the second does not", u["lastUpdated"], u["statusChanged"])
	}
	e := c.send("POST", "/api/v1/users/00uada", `{"profile":{"firstName":null}}`).refused(400, "E0000001")
	if e.ErrorCauses[0].ErrorSummary != "firstName: The field cannot be left blank" {
		t.Errorf("got %+v", e)
	}
}

func TestPutReplacesTheProfile(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {department: IT}}]`, Options{})
	c.send("PUT", "/api/v1/users/00uada", `{"profile":{"title":"Countess"}}`).refused(400, "E0000001")
	c.send("PUT", "/api/v1/users/00uada", `{"profile":{"login":"ada@acme.example","email":"a@b.c","firstName":"A","lastName":"L","title":"Countess"}}`).ok()
	want := `"profile":{"firstName":"A","lastName":"L","mobilePhone":null,"secondEmail":null,"login":"ada@acme.example","email":"a@b.c","title":"Countess"}`
	if got := c.get("/api/v1/users/00uada").body; !strings.Contains(got, want) || !strings.Contains(got, `"password":{}`) {
		t.Errorf("got %s\nwant %s, and the password as it was", got, want)
	}
}

func TestRenamedUserIsFoundOnlyByTheNewLogin(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users/twin@acme.example", `{"profile":{"login":"single@acme.example"}}`).ok()
	c.get("/api/v1/users/twin@acme.example").refused(404, "E0000007")
	for name, want := range map[string]string{"single": "00utw1", "single@acme.example": "00utw1", "twin": "00utw2"} {
		if got := c.get("/api/v1/users/" + name).object()["id"]; got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"login":"ADA@acme.example"}}`).ok()
	if got := c.get("/api/v1/users/ada").object()["id"]; got != "00uada" {
		t.Errorf("after a change of case, ada is %v", got)
	}
}

func TestADeprovisionedUserIsNotFoundByAnUpdate(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users/00ucyd", `{"profile":{"title":"x"}}`).refused(404, "E0000007")
	c.send("PUT", "/api/v1/users/00ucyd", person("cyd@acme.example", "")).refused(404, "E0000007")
}

func TestAPasswordEndsPasswordExpired(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{login: ada@acme.example, status: PASSWORD_EXPIRED}, {login: bob@acme.example, status: STAGED}]`, Options{})
	if u := c.send("POST", "/api/v1/users/ada", `{"credentials":{"password":{"value":"Correct Horse 1"}}}`).object(); u["status"] != "ACTIVE" {
		t.Errorf("status %v", u["status"])
	}
	c.send("POST", "/api/v1/users/ada", `{"credentials":{"password":{"value":"short"}}}`).refused(400, "E0000001")
	if u := c.send("POST", "/api/v1/users/bob", `{"credentials":{"password":{"value":"Correct Horse 1"}}}`).object(); u["status"] != "STAGED" || u["passwordChanged"] == nil {
		t.Errorf("of somebody STAGED: %v", u)
	}
}

func TestAnUpdateLeavesTheAttributesThatOrgsOfOneSeedShare(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{login: ada@acme.example, profile: {department: IT, title: x}}]`, Options{})
	before := c.org.state.users[0]
	c.send("POST", "/api/v1/users/ada", `{"profile":{"department":"Sales","title":null}}`).ok()
	if got := string(appendProfile(nil, &before)); !strings.Contains(got, `"department":"IT","title":"x"`) {
		t.Errorf("the attributes that all orgs of the seed share are now %s", got)
	}
}
