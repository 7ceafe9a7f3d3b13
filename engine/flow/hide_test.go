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
