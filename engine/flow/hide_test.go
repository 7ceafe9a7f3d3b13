package flow

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestAnotherSpellingOfTrueInAConnectionIsNotHidden(t *testing.T) {
	t.Parallel()
	_, ps := Load(fstest.MapFS{WorkspaceFile: {Data: []byte("connections:\n  okta: {type: okta, read_only: True, domain: NULL, token: 00tok3n}\n")}}, "")
	text := ps.Error()
	if !strings.Contains(text, `"True" is not how true is written here`) || !strings.Contains(text, `"NULL" is not how null is written here`) || strings.Contains(text, "00tok3n") {
		t.Errorf("got %s", text)
	}
}

func TestTheKeysThatASchemaRequiresAreNotHidden(t *testing.T) {
	t.Parallel()
	const line = `{keyy: x, client_id: "00tok3n"}`
	for message, want := range map[string]string{
		`private_key must have "key"`:                            `private_key must have "key"`,
		`private_key must have "key", "client_id"`:               `private_key must have "key", "client_id"`,
		`client_id must be "a", not "00tok3n"`:                   `client_id must be "a", not "…"`,
		`"00tok3n" must have "key", and must not have "00tok3n"`: `"…" must have "key", and must not have "…"`,
	} {
		if got := (Problem{Message: message}).without(line).Message; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
