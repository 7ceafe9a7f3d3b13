package oktasim

import (
	"strings"
	"testing"
)

func TestProviderQuestionAndRealmAreShownWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users?provider=true", person("eve@acme.example",
		`,"realmId":"guo1","credentials":{"provider":{"type":"LDAP","name":"ldap.acme"},"recovery_question":{"question":"Who?","answer":"xyzzy"}}`)).ok()
	want := `,"realmId":"guo1","credentials":{"recovery_question":{"question":"Who?"},"provider":{"type":"LDAP","name":"ldap.acme"}},`
	if got := c.get("/api/v1/users/eve").body; !strings.Contains(got, want) || strings.Contains(got, "xyzzy") {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, provider := range []string{`{"type":"SOCIAL","name":"x"}`, `{"type":"LDAP","name":"x"}`, `{"type":"OKTA"}`} {
		e := c.send("POST", "/api/v1/users/eve", `{"realmId":"guo3","credentials":{"provider":`+provider+`}}`).refused(400, "E0000001")
		if e.causes() != "provider: is read-only" {
			t.Errorf("%s: %s", provider, e.causes())
		}
	}
	c.send("POST", "/api/v1/users/eve", `{"realmId":"guo2","credentials":{"provider":{"type":"LDAP","name":"ldap.acme"}}}`).ok()
	c.send("POST", "/api/v1/users/eve", `{"credentials":{"provider":{"type":"LDAP"}}}`).ok()
	c.send("POST", "/api/v1/users/00uada", `{"credentials":{"provider":{"type":"OKTA","name":"OKTA"}}}`).ok()
	want = `,"realmId":"guo2","credentials":{"recovery_question":{"question":"Who?"},"provider":{"type":"LDAP","name":"ldap.acme"}},`
	if got := c.get("/api/v1/users/eve").body; !strings.Contains(got, want) {
		t.Errorf("after an update of the realm: %s", got)
	}
	dump := string(c.org.state.dump())
	if again := string(mustNew(t, dump, Options{}).state.dump()); again != dump || !strings.Contains(dump, "realm: guo2") {
		t.Errorf("the dump is not a seed of the same org:\n%s", dump)
	}
}

func TestHashIsOnlyForStagedUsers(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const hash = `{"credentials":{"password":{"hash":{"algorithm":"MD5","value":"x"}}}}`
	c.send("POST", "/api/v1/users/00uada", hash).refused(400, "E0000001")
	if u := c.send("POST", "/api/v1/users/00udot", hash).object(); u["passwordChanged"] == nil {
		t.Errorf("got %v", u)
	}
}
