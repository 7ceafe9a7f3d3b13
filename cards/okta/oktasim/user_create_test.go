package oktasim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// person returns the body of a request that creates a user.
func person(login, credentials string) string {
	return fmt.Sprintf(`{"profile":{"login":%q,"email":%q,"firstName":"Eve","lastName":"New"}%s}`, login, login, credentials)
}

const (
	withPassword = `,"credentials":{"password":{"value":"Correct Horse 1"}}`
	withHash     = `,"credentials":{"password":{"hash":{"algorithm":"SHA-256","value":"abc="}}}`
)

func TestTheStatusOfANewUserDependsOnCredentialsAndActivate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ query, credentials, want string }{
		{"", "", "PROVISIONED"},
		{"?activate=true", "", "PROVISIONED"},
		{"?activate=false", "", "STAGED"},
		{"?activate=false", withPassword, "STAGED"},
		{"", withPassword, "ACTIVE"},
		{"", withHash, "ACTIVE"},
		{"?nextLogin=changePassword", withPassword, "PASSWORD_EXPIRED"},
		{"?provider=true", `,"credentials":{"provider":{"type":"FEDERATION","name":"FEDERATION"}}`, "ACTIVE"},
		{"?provider=true", `,"credentials":{"provider":{"type":"OKTA","name":"OKTA"}}`, "PROVISIONED"},
	} {
		c := serveSeed(t, small, Options{})
		u := c.send("POST", "/api/v1/users"+test.query, person("eve@acme.example", test.credentials)).object()
		if u["status"] != test.want {
			t.Errorf("%s%s: %v, want %s", test.query, test.credentials, u["status"], test.want)
		}
		if again := c.get("/api/v1/users/eve").object(); again["id"] != u["id"] || again["status"] != test.want {
			t.Errorf("read again: %v", again)
		}
		_, shown := u["credentials"].(map[string]any)["password"]
		if want := strings.Contains(test.credentials, "password"); shown != want || (u["passwordChanged"] != nil) != want {
			t.Errorf("%s: password shown %v, changed %v", test.credentials, shown, u["passwordChanged"])
		}
		if (u["activated"] == nil) != (test.want == "STAGED") {
			t.Errorf("%s: activated %v", test.want, u["activated"])
		}
	}
}

func TestALoginIsUniqueInTheOrg(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	e := c.send("POST", "/api/v1/users", person("ADA@acme.example", "")).refused(400, "E0000001")
	if e.ErrorSummary != "Api validation failed: login" || e.ErrorCauses[0].ErrorSummary != "login: An object with this field already exists in the current organization" {
		t.Errorf("got %+v", e)
	}
	c.send("POST", "/api/v1/users/00ubob", `{"profile":{"login":"ada@acme.example"}}`).refused(400, "E0000001")
}

func TestANewUserNeedsFourAttributes(t *testing.T) {
	t.Parallel()
	e := serveSeed(t, small, Options{}).send("POST", "/api/v1/users", `{"profile":{"crap":"bad"}}`).refused(400, "E0000001")
	var causes []string
	for _, cause := range e.ErrorCauses {
		causes = append(causes, cause.ErrorSummary)
	}
	want := []string{"login: The field cannot be left blank", "firstName: The field cannot be left blank", "lastName: The field cannot be left blank", "email: The field cannot be left blank"}
	if e.ErrorSummary != "Api validation failed: login" || !cmp.Equal(causes, want) {
		t.Errorf("%s: %q", e.ErrorSummary, causes)
	}
}

func TestALoginHasTheFormOfAnAddress(t *testing.T) {
	t.Parallel()
	e := serveSeed(t, small, Options{}).send("POST", "/api/v1/users", person("eve.new", "")).refused(400, "E0000001")
	if e.ErrorCauses[0].ErrorSummary != "login: Username must be in the form of an email address" {
		t.Errorf("got %+v", e)
	}
}

// Source: the management API's schema UserProfile.
func TestNamesAndAddressesAreNeitherTooShortNorTooLong(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	long := strings.Repeat("ü", 51)
	for name, value := range map[string]string{"login": "e@ac", "email": "e@ac", "firstName": long, "lastName": long} {
		body := fmt.Sprintf(`{"profile":{%q:%q}}`, name, value)
		if e := c.send("POST", "/api/v1/users/00uada", body).refused(400, "E0000001"); e.ErrorSummary != "Api validation failed: "+name {
			t.Errorf("%s %q: %s", name, value, e.ErrorSummary)
		}
	}
	c.send("POST", "/api/v1/users/00uada", fmt.Sprintf(`{"profile":{"login":"a@b.c","email":"a@b.c","firstName":"A","lastName":%q}}`, long[2:])).ok()
}

func TestAPasswordThatExpiresNeedsAPasswordAndActivation(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users?nextLogin=changePassword", person("eve@acme.example", "")).refused(400, "E0000124")
	c.send("POST", "/api/v1/users?nextLogin=changePassword&activate=false", person("eve@acme.example", withPassword)).refused(400, "E0000125")
	c.get("/api/v1/users/eve").refused(404, "E0000007")
}

func TestRefusalNeverShowsAPassword(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, body := range []string{
		person("eve@acme.example", `,"credentials":{"password":{"value":"xyzzy"}}`),
		person("eve@acme.example", `,"credentials":{"password":"xyzzy"}`),
		`{"credentials":{"password":{"value":"xyzzy"}`,
		`{"credentials":{"password":{"value":xyzzy}}}`,
	} {
		r := c.send("POST", "/api/v1/users", body)
		if r.status != 400 || strings.Contains(r.body, "xyzzy") {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
}

func TestANewUserIsInEveryoneAndInTheGroupsAskedFor(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	clock.at = start.Add(time.Hour)
	u := c.send("POST", "/api/v1/users", person("eve@acme.example", `,"groupIds":["00gcon","00gcon"]`)).object()
	if got := c.get("/api/v1/users/eve/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone", "Contractors"}) {
		t.Errorf("groups %v", got)
	}
	members := c.get("/api/v1/groups/00gcon/users").column("id")
	if members[len(members)-1] != u["id"] {
		t.Errorf("members %v", members)
	}
	if g := c.get("/api/v1/groups/00gcon").object(); g["lastMembershipUpdated"] != "2026-03-01T13:00:00.000Z" {
		t.Errorf("lastMembershipUpdated stayed: %v", g)
	}
	c.send("POST", "/api/v1/users", person("fay@acme.example", `,"groupIds":["00gnone"]`)).refused(404, "E0000007")
	c.send("POST", "/api/v1/users", person("fay@acme.example", `,"groupIds":["00gad"]`)).refused(400, "E0000001")
	many := strings.TrimSuffix(strings.Repeat(`"00gcon",`, 21), ",")
	c.send("POST", "/api/v1/users", person("fay@acme.example", `,"groupIds":[`+many+`]`)).refused(400, "E0000093")
	c.get("/api/v1/users/fay").refused(404, "E0000007")
}

func TestProfileKeepsItsValues(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users", `{"profile":{"login":"eve@acme.example","email":"eve@x","firstName":"\u0045ve","lastName":"<&>",
		"badge": 9007199254740993, "huge": 18446744073709551617, "rate": 1.50, "tags": ["a", "\u00fc"], "none": null, "mobilePhone": "+49"}}`).ok()
	want := `"profile":{"firstName":"Eve","lastName":"<&>","mobilePhone":"+49","secondEmail":null,"login":"eve@acme.example","email":"eve@x",` +
		`"badge":9007199254740993,"huge":18446744073709551617,"rate":1.50,"tags":["a","ü"]}`
	if got := c.get("/api/v1/users/eve").body; !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestAnAttributeThatTheSchemaLacksIsRefusedWhereTheSeedHasASchema(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"badge":7,"department":"IT"}}`).ok()
	e := c.send("POST", "/api/v1/users/00uada", `{"profile":{"badge":8,"shoeSize":7}}`).refused(400, "E0000001")
	if e.ErrorCauses[0].ErrorSummary != "Property name 'shoeSize' is not defined in profile" {
		t.Errorf("got %+v", e)
	}
	if got := c.get("/api/v1/users/00uada").body; !strings.Contains(got, `"badge":7,`) {
		t.Errorf("a refused update changed something: %s", got)
	}
}

func TestABodyThatIsNotJSONIs400(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, body := range []string{"", "{", "[]", "login=eve"} {
		c.send("POST", "/api/v1/users", body).refused(400, "E0000003")
		c.send("PUT", "/api/v1/users/00uada", body).refused(400, "E0000003")
	}
}
