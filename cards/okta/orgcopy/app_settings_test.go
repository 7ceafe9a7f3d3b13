package orgcopy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
)

// TestOnlyKnownSettingsAreCopied has secrets under names that say nothing, in objects, lists, URLs and texts.
func TestOnlyKnownSettingsAreCopied(t *testing.T) {
	t.Parallel()
	seed := `users: [{login: ada@acme.example, profile: {}}]
apps:
  - label: Wiki
    signOnMode: BOOKMARK
    profile: {owner: SEK}
    accessibility: {loginRedirectUrl: "https://SEK:SEK@in.example/x#SEK"}
    settings:
      notes: {admin: "see https://x.example/p?token=SEK and //SEK@x.example/q"}
      app:
        url: "https://wiki.example/home?token=SEK#SEK"
        password: {value: SEK}
        adminUserPw: SEK
        auth: SEK
        certificate: SEK
        json: '{"private_key": "SEK"}'
        list: [{name: token, value: SEK}, SEK]
        buttonField: {deep: SEK}
        baseUrl: "https://u:SEK%zz@x"
        siteURL: "x.example/p?token=SEK"
        targetUrl: "//user:SEK@x.example/p?t=SEK"
  - label: Payroll
    signOnMode: SAML_2_0
    settings:
      signOn:
        ssoAcsUrl: https://pay.example/acs?key=SEK
        idpIssuer: http://www.okta.com/${org.externalKey}
        attributeStatements:
          - {type: EXPRESSION, name: who, values: [user.email, SEK]}
app_users: [{app: Wiki, user: ada@acme.example, profile: {pw: SEK, apiToken: SEK, tokens: [SEK], page: "https://x.example/?SEK"}}]
policies: [{name: P, type: PASSWORD, settings: {webhook: "https://x.example/?t=SEK", password: {complexity: {minLength: 12, vault: [SEK]}, value: "https://x.example/?t=SEK"}}}]
policy_rules: [{policy: P, name: R, actions: {passwordChange: {access: ALLOW, seed: {of: {it: SEK}}}}}]
event_hooks:
  - name: Joiners
    events: {type: EVENT_TYPE, items: [user.lifecycle.create]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://SEK@h.example/in;SEK/?SEK#SEK"}}
`
	text, sum := copied(t, start(t, []byte(seed)), orgcopy.Options{})
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "SEK") {
			t.Errorf("a secret is in %s", line)
		}
	}
	for _, kept := range []string{
		`https://wiki.example/home"`, `https://pay.example/acs"`, `http://www.okta.com/${org.externalKey}"`, "user.email", `https://h.example/removed/"`, "x.example/p and",
		`"complexity": {"minLength": 12}`, `"access": "ALLOW"`,
	} {
		if !strings.Contains(text, kept) {
			t.Errorf("%s is not in\n%s", kept, text)
		}
	}
	fields := map[string][]string{}
	for _, l := range sum.Lacking {
		fields[l.Name] = append(fields[l.Name], l.Fields...)
	}
	for name, field := range map[string]string{
		"Wiki": "settings.app.adminUserPw", "Payroll": "parts of settings.signOn.ssoAcsUrl", "Joiners": "parts of channel.config.uri",
		"P": "settings.password.complexity.vault", "R": "actions.passwordChange.seed",
	} {
		if !slices.Contains(fields[name], field) || !strings.Contains(text, field) {
			t.Errorf("%s lacks %v", name, fields[name])
		}
	}
	if other, _ := copied(t, start(t, wholeOrg(t)), orgcopy.Options{}); strings.Contains(other, "may be private: apps") {
		t.Error("settings that Okta documents are left out")
	}
}
