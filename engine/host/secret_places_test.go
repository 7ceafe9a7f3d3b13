package host_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/host"
)

// misplaced are secrets in wrong places or in invalid YAML, as people write them.
var misplaced = []string{
	`SECRET12`, `"SECRET12`, `'SECRET12' SECRET12`, `"SECRET12" x`, `*SECRET12`, `*SECRET12 x`, `&SECRET12 x`, `&a *SECRET12`, `!SECRET12`,
	`!<SECRET12> x`, `!!str SECRET12`, `@SECRET12`, "`SECRET12", `%SECRET12`, `|SECRET12`, `>SECRET12`, `? SECRET12`, `- SECRET12`,
	`SECRET12: x`, `SECRET12:x`, `SECRET12:`, `{SECRET12: x}`, `{SECRET12}`, `{SECRET12:x}`, `{env: A, SECRET12: x, SECRET12: y}`,
	`{env: [SECRET12]}`, `{env:SECRET12}`, `{<<: *SECRET12}`, `{<<: SECRET12}`, `{"${SECRET12}": 1}`, `{a: "SECRET12`, `{a: b}, SECRET12`,
	`[SECRET12]`, `[SECRET12`, `{[SECRET12]: x}`, `${SECRET12}`, `${SECRET12`, `"\qSECRET12"`, `0x5EC12E712`, `0o777123456`,
	"\n       SECRET12", "\n      - SECRET12\n     SECRET12",
}

func TestNoProblemOfAConnectionShowsASecretThatIsWrittenThere(t *testing.T) {
	t.Parallel()
	for _, place := range []string{
		"connections: %s\n",
		"connections: {okta: %s}\n",
		"connections:\n  okta: %s\n",
		"connections:\n  okta:\n    type: okta\n    auth: %s\n",
		"connections:\n  okta:\n    type: okta\n    domain: acme.okta.com\n    token: %s\n",
		"connections:\n  okta:\n    type: okta\n    domain: acme.okta.com\n    auth: {api_token: %s}\n",
		"connections:\n  okta:\n    type: okta\n    domain: acme.okta.com\n    auth:\n     api_token: %s\n",
		"connections:\n  okta:\n    type: okta\n    domain: acme.okta.com\n    auth: {api_token: {env: A}}\n    read_only: %s\n",
	} {
		for _, value := range misplaced {
			unshown(t, map[string]string{"flowdeck.yaml": fmt.Sprintf(place, value)})
		}
	}
}

func TestNoProblemOfASecretInputShowsItsDefault(t *testing.T) {
	t.Parallel()
	for _, value := range misplaced {
		switch value {
		case "{<<: *SECRET12}", "? SECRET12", `"\qSECRET12"`, "\n      - SECRET12\n     SECRET12":
			continue // the file cannot be read, and so nobody knows that the input is secret
		}
		unshown(t, map[string]string{"f.yaml": "flow: f\ninputs:\n  pw:\n    type: integer\n    secret: true\n    default: " + value + "\nsteps:\n  - return: 1\n"})
	}
}

// unshown checks a workspace, and fails if a person or a program can see a secret in the problems.
func unshown(t *testing.T, files map[string]string) {
	t.Helper()
	w, err := host.Open(workspace(t, files), host.Config{Cards: cards.All(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	found := w.CheckAll(nil)
	var shown bytes.Buffer
	found.Problems.Print(&shown, found.Source)
	if err := json.NewEncoder(&shown).Encode(host.ProblemList(found.Problems)); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"SECRET12", "5EC12E712", "25434056466", "777123456", "134005550"} {
		if strings.Contains(shown.String(), secret) {
			t.Errorf("%s\n%s", files, shown.String())
		}
	}
}

func TestAProblemOfAConnectionNamesWhatMustBeSpelledRight(t *testing.T) {
	t.Parallel()
	w, err := host.Open(workspace(t, map[string]string{
		"flowdeck.yaml": "timezone: Europe/Berln\nconnections:\n  okta:\n    type: otka\n  local:\n    type: okta\n    domian: acme.okta.com\n    auth: {api_tokn: {env: A}}\n",
	}), host.Config{Cards: cards.All(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	problems := w.CheckAll(nil).Problems.Error()
	for _, want := range []string{`unknown time zone "Europe/Berln"`, `unknown type of connection "otka"`, `unknown key "domian" in connection local`, `unknown key "api_tokn" in auth of connection local`} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q is not in\n%s", want, problems)
		}
	}
}
