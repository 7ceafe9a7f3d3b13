package flow

import "testing"

func TestAKeyThatCannotIdentifyARowIsAProblem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"tables: {a: {key: lgin, columns: {login: string}}}":     CodeUnknownColumn,
		"tables: {a: {key: on, columns: {on: boolean}}}":         CodeWrongType,
		"tables: {a: {key: b, columns: {b: string, B: string}}}": CodeBadName,
	} {
		if _, ps := ParseWorkspace("flowdeck.yaml", []byte(text)); len(ps) != 1 || ps[0].Code != want {
			t.Errorf("%s: got %v, want %s", text, ps, want)
		}
	}
}
