package orgcopy

import (
	"strings"
	"testing"
)

func testAnonymizer() *anonymizer {
	a := newAnonymizer([]byte("key"), nil)
	a.domains[a.domain("acme.example")] = true
	return a
}

func TestOnlyWholeDatesAndTruthsStay(t *testing.T) {
	a := testAnonymizer()
	for _, text := range []string{"", "2024-01-02", "2024-01-02T09:30:00.000Z", "2024-01-02 09:30", "true", "No"} {
		if got := a.text(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, text := range []string{
		"2024-01-02T00:00:00Z Ada", "2024-01-02T09:30:00.000Z: fired Ada", "2024-01-02T00:00:00Z\nAda", "2024-01-02T00:00Ada", "9999-99-99",
		"true Ada", "2024-01-02\n",
	} {
		if got := a.text(text); strings.Contains(got, "Ada") || got == text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestDifferentTextsStayDifferentAndCaseStays(t *testing.T) {
	a := testAnonymizer()
	seen := map[string]string{}
	for _, text := range []string{
		"devops engineer", "DevOps Engineer", "Devops Engineer", "Devops engineer", "DEVOPS ENGINEER", "devops Engineer", "scott", "Scott",
		"SCOTT", "sCott", "ScotT", "McDonald", "Mcdonald",
		"İ", "I", "i", "ı", "ſ", "s", "S", "k", "K", "ann@acme.example", "Ann@acme.example", "ann@Acme.example", "ann@ACME.EXAMPLE",
		"ann@acme", "0815", "815", "+49 30 1",
	} {
		got := a.text(text)
		if other, has := seen[got]; has {
			t.Errorf("%q and %q become %q", text, other, got)
		}
		seen[got] = text
	}
	if !strings.EqualFold(a.text("McDonald@Acme.Example"), a.text("mcdonald@acme.example")) || a.text("SCOTT") != strings.ToUpper(a.text("sCoTt")) {
		t.Error("texts that differ in case have replacements that differ in more")
	}
}

func TestAddressesInNamesAreReplacedWithoutWhatIsAroundThem(t *testing.T) {
	a := testAnonymizer()
	ann, domain := a.text("ann@acme.example"), a.domain("acme.example")
	for text, want := range map[string]string{
		"Team 'ann@acme.example' <ann@acme.example>, ann@acme.example's.": "Team '" + ann + "' <" + ann + ">, " + ann + "'s.",
		"ann@acme.example.":           ann + ".",
		"mailto:ann@acme.example;Ann": "mailto:" + ann + ";Ann",
		"ann%40acme.example":          strings.Replace(ann, "@", "%40", 1),
		"of dan@acme":                 "of " + a.text("dan@acme"),
		"o'hara@acme.example":         a.text("o'hara@acme.example"),
		"All of acme.example":         "All of " + domain,
		"Version 1.2, a@ b, @":        "Version 1.2, a@ b, @",
	} {
		if got := a.name(text, 255); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
	if got := a.name("Production rule ada@acme.example and others", 50); len(got) > 50 || strings.Contains(got, "ada@") {
		t.Errorf("a name becomes %q", got)
	}
	filter := func(zelda, ada string) string {
		return "event.target.?[alternateId eq '" + zelda + "'].size()>0 && event.actor.displayName == '" + ada + "' && event.target[0].type == 'User'"
	}
	want := filter(a.text("zelda@acme.example"), a.text("Ada"))
	if got := a.settings(record{"expression": filter("zelda@acme.example", "Ada")}).(record)["expression"]; got != want {
		t.Errorf("a filter becomes\n%s\nwant\n%s", got, want)
	}
}

func TestSettingsKeepWhatOktaDefinesOnly(t *testing.T) {
	a := testAnonymizer()
	for _, kept := range []record{
		{"type": "SPECIFIED"}, {"grant_types": []any{"authorization_code"}}, {"subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"},
		{"inactivityPeriod": "PT1H"}, {"factorMode": "2FA"}, {"include": []any{"00g1a2b3c4d5e6f7g8h9"}},
		{"values": []any{"user.firstName"}}, {"types": []any{"password"}},
	} {
		for field, v := range kept {
			if got := a.settings(kept).(record)[field]; inLine(got) != inLine(v) {
				t.Errorf("%v becomes %v", kept, got)
			}
		}
	}
	// A replacement has no two consonants side by side.
	const names = "ADDA LOVELACE_ADDA Adda adda adda@acme.example @acme.example acme.example urn:adda:x " +
		"https://adda.example/adda?adda#adda adda.app:/adda adda.app://adda 00uadda"
	for _, text := range strings.Fields(names) {
		free := record{"type": text, "state": text, "of " + text: "x"}
		statements := []any{record{"name": text, "values": []any{text + " x"}}}
		got := strings.ToLower(inLine(a.appSettings(record{"note": text, "emOptInStatus": "NONE", "app": free, "statements": statements})))
		if !strings.Contains(got, `"emoptinstatus": "none"`) {
			t.Errorf("a value of Okta becomes %s", got)
		}
		if strings.Contains(got, "adda") || strings.Contains(got, "acme.") {
			t.Errorf("%q becomes %s", text, got)
		}
	}
	if got := a.settings(record{"value": "@acme.example"}).(record)["value"]; got != "@"+a.domain("acme.example") {
		t.Errorf("the suffix of logins becomes %v", got)
	}
	for _, template := range []string{`String.replace(source.login, "@acme.example", "Adda")`, "Adda ${source.login}"} {
		if got := a.template(template); strings.Contains(got, "Adda") || strings.Contains(got, "acme.") {
			t.Errorf("a template becomes %s", got)
		}
	}
	if got := a.template("${source.login}"); got != "${source.login}" {
		t.Errorf("a template becomes %s", got)
	}
}
