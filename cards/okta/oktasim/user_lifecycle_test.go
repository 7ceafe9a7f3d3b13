package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyStatus returns an org with one user of each status, whose login starts with the status.
func everyStatus(t *testing.T) *client {
	var seed strings.Builder
	seed.WriteString("users:\n")
	for _, status := range statusNames {
		seed.WriteString("  - {login: " + fold(status) + "@acme.example, status: " + status + "}\n")
	}
	seed.WriteString("  - {login: ready@acme.example, status: STAGED, password: true}\n")
	return serveSeed(t, seed.String(), Options{})
}

// outcomes returns the result of a lifecycle operation by the status of the user: the new status, or the refusal.
func outcomes(t *testing.T, call string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range append(statusNames[:], "READY") {
		c := everyStatus(t)
		r := c.do("POST", "/api/v1/users/"+fold(name)+"/lifecycle/"+call)
		if r.status == 200 {
			got[name] = c.get("/api/v1/users/" + fold(name)).object()["status"].(string)
			continue
		}
		got[name] = r.refused(r.status, codeOf(r)).ErrorCode
	}
	return got
}

func codeOf(r reply) string {
	_, rest, _ := strings.Cut(r.body, `"errorCode":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// Management API, schema UserStatus.
func TestAUserHasOneOfEightStatuses(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	for _, status := range strings.Fields("ACTIVE DEPROVISIONED LOCKED_OUT PASSWORD_EXPIRED PROVISIONED RECOVERY STAGED SUSPENDED") {
		logins := c.get("/api/v1/users?filter=" + find(`status eq "`+status+`"`)).column("profile.login")
		if len(logins) == 0 || logins[0] != fold(status)+"@acme.example" || c.way(fold(status)) != status {
			t.Errorf("%s: %v", status, logins)
		}
	}
	if len(statusNames) != 8 {
		t.Errorf("%d statuses", len(statusNames))
	}
}

func TestActivateTakesOnlyStagedAndDeprovisioned(t *testing.T) {
	t.Parallel()
	const no = "E0000016"
	want := map[string]string{
		"STAGED": "PROVISIONED", "DEPROVISIONED": "PROVISIONED", "READY": "ACTIVE",
		"ACTIVE": no, "PROVISIONED": no, "RECOVERY": no, "LOCKED_OUT": no, "PASSWORD_EXPIRED": no, "SUSPENDED": no,
	}
	if diff := cmp.Diff(want, outcomes(t, "activate?sendEmail=false")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	everyStatus(t).do("POST", "/api/v1/users/active/lifecycle/activate").refused(403, no)
}

func TestActivateWithoutEmailReturnsTheLink(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	answer := c.do("POST", "/api/v1/users/staged/lifecycle/activate?sendEmail=false").object()
	token, _ := answer["activationToken"].(string)
	if len(token) != 20 || answer["activationUrl"] != c.url+"/welcome/"+token {
		t.Errorf("got %v", answer)
	}
	for _, path := range []string{"/api/v1/users/ready/lifecycle/activate?sendEmail=true", "/api/v1/users/deprovisioned/lifecycle/activate"} {
		if r := c.do("POST", path); r.status != 200 || r.body != "{}" {
			t.Errorf("%s: %d %s; mail is the default", path, r.status, r.body)
		}
	}
	c.do("POST", "/api/v1/users/staged/lifecycle/activate?sendEmail=maybe").refused(400, "E0000001")
}

// Users API, "Reactivate user": "can only be performed on users with a PROVISIONED or RECOVERY status", with 403
// E0000038 as an example of a refusal. That the status does not change is our guess.
func TestReactivateTakesOnlyProvisionedAndRecovery(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, name := range append(statusNames[:], "READY") {
		want[name] = "E0000038"
	}
	want["PROVISIONED"], want["RECOVERY"] = "PROVISIONED", "RECOVERY"
	if diff := cmp.Diff(want, outcomes(t, "reactivate")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := everyStatus(t).do("POST", "/api/v1/users/active/lifecycle/reactivate").refused(403, "E0000038")
	if e.ErrorSummary != "This operation is not allowed in the user's current status." {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

// Users API, "Reactivate user", sendEmail: the default is false.
func TestReactivateReturnsTheLinkUnlessItSendsAnEmail(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	answer := c.do("POST", "/api/v1/users/provisioned/lifecycle/reactivate").object()
	if token, _ := answer["activationToken"].(string); len(token) != 20 || answer["activationUrl"] != c.url+"/welcome/"+token {
		t.Errorf("got %v", answer)
	}
	if r := c.do("POST", "/api/v1/users/provisioned/lifecycle/reactivate?sendEmail=true"); r.status != 200 || r.body != "{}" {
		t.Errorf("with mail: %d %s", r.status, r.body)
	}
}

func TestDeactivateTakesAllButDeprovisioned(t *testing.T) {
	t.Parallel()
	want := map[string]string{"DEPROVISIONED": "E0000007"}
	for _, name := range append(statusNames[:], "READY") {
		if name != "DEPROVISIONED" {
			want[name] = "DEPROVISIONED"
		}
	}
	if diff := cmp.Diff(want, outcomes(t, "deactivate")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAfterDeactivationThePasswordIsGoneAndTheGroupsStay(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.do("POST", "/api/v1/users/00uada/lifecycle/deactivate").ok()
	u := c.get("/api/v1/users/00uada").object()
	if _, shown := u["credentials"].(map[string]any)["password"]; shown || u["passwordChanged"] != nil {
		t.Errorf("the password is there: %v", u)
	}
	if got := c.get("/api/v1/users/00uada/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone", "Contractors"}) {
		t.Errorf("groups %v", got)
	}
	c.do("POST", "/api/v1/users/00uada/lifecycle/activate?sendEmail=false").ok()
	if got := c.get("/api/v1/users/00uada").object()["status"]; got != "PROVISIONED" {
		t.Errorf("activated again, %v", got)
	}
}

func TestUnlockTakesOnlyLockedOut(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, name := range append(statusNames[:], "READY") {
		want[name] = "E0000032"
	}
	want["LOCKED_OUT"] = "ACTIVE"
	if diff := cmp.Diff(want, outcomes(t, "unlock")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	everyStatus(t).do("POST", "/api/v1/users/active/lifecycle/unlock").refused(403, "E0000032")
}

func TestDeleteDeactivatesFirstAndDeletesThen(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for range 2 {
		if r := c.do("DELETE", "/api/v1/users/00uada"); r.status != 204 || r.body != "" {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		if c.get("/api/v1/users/00uada").status == 200 {
			if got := c.get("/api/v1/users/00uada").object()["status"]; got != "DEPROVISIONED" {
				t.Errorf("after the first, %v", got)
			}
		}
	}
	for _, name := range []string{"00uada", "ada@acme.example", "ada"} {
		c.get("/api/v1/users/"+name).refused(404, "E0000007")
	}
	c.do("DELETE", "/api/v1/users/00uada").refused(404, "E0000007")
	c.get("/api/v1/users/me").refused(404, "E0000007") // she owned the token
	if got := c.get("/api/v1/groups/00gcon/users").column("id"); !cmp.Equal(got, []string{"00ubob", "00ucyd"}) {
		t.Errorf("members %v", got)
	}
	if got := c.get("/api/v1/users?filter=" + find(`profile.login eq "ada@acme.example"`)).column("id"); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	if dump := string(c.org.state.dump()); strings.Contains(dump, "ada@") {
		t.Errorf("the dump has her:\n%s", dump)
	}
	c.send("POST", "/api/v1/users", person("ada@acme.example", "")).ok() // the login is free again
}

func TestAShortLoginIsUnambiguousAfterADeletion(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.do("DELETE", "/api/v1/users/00utw1")
	c.do("DELETE", "/api/v1/users/00utw1")
	if got := c.get("/api/v1/users/twin").object()["id"]; got != "00utw2" {
		t.Errorf("twin is %v", got)
	}
}

func TestTheDumpOfAChangedOrgIsASeedOfTheSameOrg(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	c.send("POST", "/api/v1/users", person("eve@acme.example", withPassword)).ok()
	c.send("POST", "/api/v1/users?activate=false", person("fay@acme.example", withPassword)).ok()
	c.do("DELETE", "/api/v1/users/deprovisioned")
	c.do("POST", "/api/v1/users/active/lifecycle/deactivate").ok()
	dump := string(c.org.state.dump())
	if again := string(mustNew(t, dump, Options{}).state.dump()); again != dump {
		t.Errorf("(-once +twice):\n%s", cmp.Diff(dump, again))
	}
}
