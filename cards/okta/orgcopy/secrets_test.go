package orgcopy_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/engine/card"
)

// secrets are the secrets of the org of testdata/secrets.yaml, and those that the test itself sets.
var secrets = []string{
	"header-Sekret-1", "password-Sekret-2", "query-Sekret-3", "user-Sekret-4", "path-Sekret-5-of-a-hook", "client-Sekret-6", "demo-token-Sekret-7",
	"Passw0rd-Sekret-8", "answer-Sekret-9", "api-Sekret-10", "shared-Sekret-11", "deep-Sekret-12", "private-Sekret-13", "profile-Sekret-14", "+49301112223",
	"url-Sekret-15", "url-Sekret-16",
}

func TestNoSecretIsWritten(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/secrets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, source)
	org := session(t, server, "demo-token-Sekret-7")
	body := `{"profile": {"firstName": "Pat", "lastName": "Poe", "login": "pat@acme.example", "email": "pat@acme.example"},
		"credentials": {"password": {"value": "Passw0rd-Sekret-8"}, "recovery_question": {"question": "Which?", "answer": "answer-Sekret-9"}}}`
	request, err := http.NewRequest(http.MethodPost, server+"/api/v1/users", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "SSWS demo-token-Sekret-7")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	for _, anonymize := range []bool{false, true} {
		dir := t.TempDir()
		c, err := orgcopy.Open(dir, "copy", orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: anonymize})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Read(t.Context(), org, once, quiet); err != nil {
			t.Fatal(err)
		}
		var seed bytes.Buffer
		if _, err := c.Write(&seed, time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(seed.String(), "pat@acme.example") != anonymize || !strings.Contains(seed.String(), "hooks.acme.example") != anonymize {
			t.Fatalf("it was not copied:\n%s", &seed)
		}
		files, err := filepath.Glob(filepath.Join(dir, "copy", "*"))
		if err != nil || len(files) < 10 {
			t.Fatal(files, err)
		}
		written := map[string][]byte{"the seed": seed.Bytes()}
		for _, file := range files {
			if written[file], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		for _, secret := range secrets {
			for what, text := range written {
				for _, form := range formsOf(secret) {
					if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(form))) {
						t.Errorf("%s has %s, as %s", what, secret, form)
					}
				}
			}
		}
		start(t, seed.Bytes())
	}
}

// talkative is an org whose refusal of group rules has more than it should have.
type talkative struct{ orgcopy.Org }

func (o talkative) Raw(ctx context.Context, r oktaapi.Request) (oktaapi.Answer, error) {
	if r.Path == "/groups/rules" {
		return oktaapi.Answer{}, &card.Error{Kind: card.NotFound, Code: "E0000007", Message: "not found: ada@acme.example with token-Sekret-20"}
	}
	return o.Org.Raw(ctx, r)
}

func TestSecretsInAnswersAndErrorsAreHidden(t *testing.T) {
	t.Parallel()
	server := start(t, []byte(`
users: [{login: ada@acme.example}]
groups: [{name: Staff, description: tok token-Sekret-20}]
tokens: {token-Sekret-20: {owner: ada@acme.example}}
`))
	for _, anonymize := range []bool{false, true} {
		o := orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: anonymize, Hide: func(text string) string {
			return strings.ReplaceAll(text, "token-Sekret-20", "[secret]")
		}}
		c := open(t, o)
		if err := c.Read(t.Context(), talkative{session(t, server, "token-Sekret-20")}, once, quiet); err != nil {
			t.Fatal(err)
		}
		var seed bytes.Buffer
		if _, err := c.Write(&seed, time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(seed.String(), "Sekret") || !strings.Contains(seed.String(), "# Not read: rules: ") || len(c.Missing) != 1 {
			t.Errorf("the seed is %s", &seed)
		}
		if strings.Contains(seed.String(), "ada@") == anonymize || strings.Contains(seed.String(), "tok [secret]") == anonymize {
			t.Errorf("the seed is %s", &seed)
		}
	}
}

// formsOf returns the encodings in which a secret could be written.
func formsOf(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret))}
	for skip := range 3 { // of a base64 text, the part that does not depend on what is before and after it
		text := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", skip)+secret)), "=")
		forms = append(forms, text[4:len(text)-1])
	}
	return forms
}
