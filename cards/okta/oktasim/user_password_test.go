package oktasim

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newPassword returns the body of a request to change_password.
func newPassword(old, to string) string {
	return `{"oldPassword":{"value":"` + old + `"},"newPassword":{"value":"` + to + `"}}`
}

// Users API, "Reset password": "will transition the user to the status of RECOVERY"; "Suspend user":
// suspended users "can only be unsuspended or deactivated". The other refusals are our guess.
func TestResetPasswordPutsIntoRecovery(t *testing.T) {
	t.Parallel()
	const no = "E0000038"
	want := map[string]string{
		"ACTIVE": "RECOVERY", "PROVISIONED": "RECOVERY", "RECOVERY": "RECOVERY", "LOCKED_OUT": "RECOVERY", "PASSWORD_EXPIRED": "RECOVERY",
		"STAGED": no, "SUSPENDED": no, "DEPROVISIONED": no, "READY": no,
	}
	if diff := cmp.Diff(want, outcomes(t, "reset_password?sendEmail=false")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	everyStatus(t).do("POST", "/api/v1/users/suspended/lifecycle/reset_password?sendEmail=true").refused(403, no)
}

// Users API, "Reset password", response parameters: an empty object, and the link if sendEmail is false.
func TestResetPasswordWithoutEmailReturnsTheLink(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	url, _ := c.do("POST", "/api/v1/users/active/lifecycle/reset_password?sendEmail=false").object()["resetPasswordUrl"].(string)
	if token, ok := strings.CutPrefix(url, c.url+"/reset_password/"); !ok || len(token) != 20 {
		t.Errorf("resetPasswordUrl %q", url)
	}
	for _, query := range []string{"?sendEmail=true", "?sendEmail=true&revokeSessions=true"} {
		if r := c.do("POST", "/api/v1/users/locked_out/lifecycle/reset_password"+query); r.status != 200 || r.body != "{}" {
			t.Errorf("%q: %d %s", query, r.status, r.body)
		}
	}
	c.do("POST", "/api/v1/users/active/lifecycle/reset_password?revokeSessions=maybe").refused(400, "E0000001")
	c.do("POST", "/api/v1/users/active/lifecycle/reset_password?provider=FEDERATION&sendEmail=false").refused(400, "E0000031")
}

// Users API, "Expire password". That it is refused for these users is our guess.
func TestExpirePasswordPutsIntoPasswordExpired(t *testing.T) {
	t.Parallel()
	const no = "E0000038"
	want := map[string]string{
		"ACTIVE": "PASSWORD_EXPIRED", "RECOVERY": "PASSWORD_EXPIRED", "LOCKED_OUT": "PASSWORD_EXPIRED", "PASSWORD_EXPIRED": "PASSWORD_EXPIRED",
		"PROVISIONED": no, "STAGED": no, "SUSPENDED": no, "DEPROVISIONED": no, "READY": no,
	}
	for _, call := range []string{"expire_password", "expire_password_with_temp_password"} {
		if diff := cmp.Diff(want, outcomes(t, call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", call, diff)
		}
	}
	c := serveSeed(t, `users: [{login: fed@acme.example, password: false}]`, Options{})
	c.do("POST", "/api/v1/users/fed/lifecycle/expire_password").refused(403, no)
}

// Users API, "Expire password", response parameters: "Returns the complete user object by default".
func TestExpirePasswordAnswersTheUser(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	answer := c.do("POST", "/api/v1/users/active/lifecycle/expire_password").body
	if got := c.get("/api/v1/users/active").body; got != answer || !strings.Contains(got, `"status":"PASSWORD_EXPIRED"`) {
		t.Errorf("answered %s\nwant     %s", answer, got)
	}
}

// Management API, "Expire the password with a temporary password".
func TestATemporaryPasswordIsTheOldOneOfTheNextChange(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	clock.at = start.Add(time.Hour)
	temporary, _ := c.do("POST", "/api/v1/users/00uada/lifecycle/expire_password_with_temp_password?revokeSessions=true").object()["tempPassword"].(string)
	if u := c.get("/api/v1/users/00uada").object(); len(temporary) < 8 || u["passwordChanged"] != "2026-03-01T13:00:00.000Z" {
		t.Errorf("the password %q, of %v", temporary, u["passwordChanged"])
	}
	const change = "/api/v1/users/00uada/credentials/change_password"
	c.send("POST", change, newPassword("something else", "Correct Horse 1")).refused(403, "E0000014")
	c.send("POST", change, newPassword(temporary, "Correct Horse 1")).ok()
}

// Okta's error codes, E0000014: "Update of credentials failed"; the text of the cause is ours.
func TestAWrongOldPasswordIsRefused(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users", person("eve@acme.example", withPassword)).ok()
	const change = "/api/v1/users/eve@acme.example/credentials/change_password"
	e := c.send("POST", change, newPassword("wrong horse", "Battery-Staple-22")).refused(403, "E0000014")
	if e.ErrorSummary != "Update of credentials failed" || e.ErrorCauses[0].ErrorSummary != "Old Password is not correct" {
		t.Errorf("got %+v", e)
	}
	c.send("POST", change, newPassword("Correct Horse 1", "short")).refused(403, "E0000014")
	c.send("POST", change, newPassword("Correct Horse 1", "Battery-Staple-22")).ok()
	c.send("POST", change, newPassword("Correct Horse 1", "Battery-Staple-22")).refused(403, "E0000014")
	c.send("POST", "/api/v1/users/eve@acme.example", `{"credentials":{"password":{"value":"Third password 3"}}}`).ok()
	c.send("POST", change, newPassword("Third password 3", "Fourth password 4")).ok()
	c.send("POST", change, `{"oldPassword":`).refused(400, "E0000003")
}

func TestAnyOldPasswordIsRightForAHashOrASeed(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users", person("eve@acme.example", withHash)).ok()
	for _, login := range []string{"eve", "ada"} {
		c.send("POST", "/api/v1/users/"+login+"/credentials/change_password", newPassword("whatever", "Correct Horse 1")).ok()
		c.send("POST", "/api/v1/users/"+login+"/credentials/change_password", newPassword("whatever", "Correct Horse 1")).refused(403, "E0000014")
	}
}

// Users API, "Change password": "can only be performed on users in STAGED, ACTIVE, PASSWORD_EXPIRED, or RECOVERY
// status that have a valid password credential". It mentions only that RECOVERY ends.
func TestChangePasswordIsForFourStatusesAndEndsRecovery(t *testing.T) {
	t.Parallel()
	const no = "E0000035"
	got := map[string]string{}
	for _, name := range append(statusNames[:], "READY") {
		c := everyStatus(t)
		r := c.send("POST", "/api/v1/users/"+fold(name)+"/credentials/change_password", newPassword("old password", "Correct Horse 1"))
		if r.status != 200 {
			got[name] = r.refused(403, codeOf(r)).ErrorCode
			continue
		}
		if want := `{"password":{},"provider":{"type":"OKTA","name":"OKTA"}}`; r.body != want {
			t.Errorf("%s: got %s, want %s", name, r.body, want)
		}
		got[name] = c.get("/api/v1/users/" + fold(name)).object()["status"].(string)
	}
	want := map[string]string{
		"ACTIVE": "ACTIVE", "PASSWORD_EXPIRED": "ACTIVE", "RECOVERY": "ACTIVE", "READY": "STAGED",
		"STAGED": no, "PROVISIONED": no, "LOCKED_OUT": no, "SUSPENDED": no, "DEPROVISIONED": no,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPasswordChangedMovesWithThePassword(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	clock.at = start.Add(time.Hour)
	c.do("POST", "/api/v1/users/00uada/lifecycle/reset_password?sendEmail=true").ok()
	if got := c.get("/api/v1/users/00uada").object()["passwordChanged"]; got != "2024-05-01T08:00:00.000Z" {
		t.Errorf("after a reset, %v", got)
	}
	c.send("POST", "/api/v1/users/00uada/credentials/change_password", newPassword("x", "Correct Horse 1")).ok()
	clock.at = start.Add(2 * time.Hour)
	c.send("POST", "/api/v1/users/00uada/credentials/change_password", newPassword("Correct Horse 1", "Battery-Staple-22")).ok()
	if u := c.get("/api/v1/users/00uada").object(); u["passwordChanged"] != "2026-03-01T14:00:00.000Z" || u["lastUpdated"] != "2026-03-01T14:00:00.000Z" {
		t.Errorf("after a change, %v, lastUpdated %v", u["passwordChanged"], u["lastUpdated"])
	}
}

func TestDumpShowsThatAPasswordWasChangedButNotThePassword(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	before := c.get("/-/dump").body
	c.send("POST", "/api/v1/users/00uada/credentials/change_password", newPassword("x", "Correct Horse 1")).ok()
	after := c.get("/-/dump").body
	if got := regexp.MustCompile(`(?m)^    passwordChanged: 20.*\n`).ReplaceAllString(after, ""); got != before || after == before {
		t.Errorf("(-before +after):\n%s", cmp.Diff(before, after))
	}
	if again := serveSeed(t, after, Options{}).get("/-/dump").body; again != after {
		t.Errorf("(-dump +its dump):\n%s", cmp.Diff(after, again))
	}
}

// The event types are those of Okta's catalogue. Management API, "Reactivate a user": it "records the same
// set of events as when a user is activated".
func TestPasswordCallsAndReactivationAreInTheLog(t *testing.T) {
	t.Parallel()
	c := everyStatus(t)
	c.do("POST", "/api/v1/users/provisioned/lifecycle/reactivate").ok()
	c.do("POST", "/api/v1/users/active/lifecycle/reset_password?sendEmail=true").ok()
	c.do("POST", "/api/v1/users/active/lifecycle/expire_password").ok()
	c.do("POST", "/api/v1/users/active/lifecycle/expire_password_with_temp_password").ok()
	c.send("POST", "/api/v1/users/locked_out/credentials/change_password", newPassword("x", "Correct Horse 1")).refused(403, "E0000035")
	c.send("POST", "/api/v1/users/recovery/credentials/change_password", newPassword("x", "Correct Horse 1")).ok()
	want := []string{
		"user.lifecycle.activate", "user.account.reset_password", "user.account.expire_password", "user.account.expire_password", "user.account.update_password",
	}
	if diff := cmp.Diff(want, c.get("/api/v1/logs").column("eventType")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Management API, "Change recovery question": the password is needed, and the status is STAGED, ACTIVE or RECOVERY. The codes are our
// guess.
func TestTheRecoveryQuestionIsChangedWithThePassword(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	path := "/api/v1/users/00uada"
	question := func(password, answer string) string {
		return `{"password":{"value":"` + password + `"},"recovery_question":{"question":"How?","answer":"` + answer + `"}}`
	}
	c.send("POST", path, `{"credentials":{"password":{"value":"Correct-Horse-1"}}}`).ok()
	change := path + "/credentials/change_recovery_question"
	if got := c.send("POST", change, question("Correct-Horse-1", "forty two")).object(); objectIn(got["recovery_question"])["question"] != "How?" || got["provider"] == nil {
		t.Errorf("got %v", got)
	}
	if got := objectIn(c.get(path).object()["credentials"]); objectIn(got["recovery_question"])["question"] != "How?" {
		t.Errorf("got %v", got)
	}
	c.send("POST", change, question("wrong", "forty two")).refused(403, "E0000014")
	c.send("POST", change, `{"recovery_question":{"question":"How?","answer":"forty two"}}`).refused(403, "E0000014")
	c.send("POST", change, question("Correct-Horse-1", "")).refused(400, "E0000001")
	c.send("POST", change, `{"password":{"value":"Correct-Horse-1"}}`).refused(400, "E0000001")
	c.do("POST", path+"/lifecycle/suspend").ok()
	c.send("POST", change, question("Correct-Horse-1", "forty two")).refused(403, "E0000035")
}

// Management API, schema AuthenticationProviderType: FEDERATION and SOCIAL do not support a password.
func TestAUserWithoutAPasswordOfOktaHasNoPasswordOperations(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: L, provider: FEDERATION}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: M, provider: SOCIAL}
  - {id: 00u3, login: joan@acme.example, firstName: Joan, lastName: C, provider: LDAP}
`, Options{})
	for _, id := range []string{"00u1", "00u2"} {
		for _, operation := range []string{"reset_password?sendEmail=false", "expire_password", "expire_password_with_temp_password"} {
			c.send("POST", "/api/v1/users/"+id+"/lifecycle/"+operation, "").refused(403, "E0000038")
		}
	}
	c.send("POST", "/api/v1/users/00u3/lifecycle/reset_password?sendEmail=false", "").ok()
}
