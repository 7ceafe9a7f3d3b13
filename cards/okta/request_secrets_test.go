package okta

import (
	"encoding/base64"
	"slices"
	"testing"
)

func TestSecretsOfARawAnswerAreFoundWhateverItsForm(t *testing.T) {
	t.Parallel()
	const text = `{"activationUrl": "https://acme.okta.com/welcome/abc", "href": "https://acme.okta.com/", "_embedded": [{"activation": {"sharedSecret": "JBSWY3DP"}}]}`
	want := []string{"JBSWY3DP", "https://acme.okta.com/welcome/abc"}
	for name, body := range map[string]any{
		"json": map[string]any{
			"activationUrl": "https://acme.okta.com/welcome/abc", "href": "https://acme.okta.com/",
			"_embedded": []any{map[string]any{"activation": map[string]any{"sharedSecret": "JBSWY3DP"}}},
		},
		"text":   text,
		"binary": base64.StdEncoding.EncodeToString([]byte(text)),
	} {
		got := secretsInAnswer(map[string]any{"status": 200, "body": body})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("response: %s: got %q, want %q", name, got, want)
		}
	}
	for _, body := range []any{nil, "", "welcome", "{", "[1, 2]", 7, map[string]any{"password": map[string]any{"href": "x"}, "client_secret": nil}} {
		if got := secretsInAnswer(map[string]any{"body": body}); len(got) > 0 {
			t.Errorf("%v: got %q", body, got)
		}
	}
}
