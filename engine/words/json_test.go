package words_test

import (
	"encoding/json"
	"testing"

	"github.com/flowdeck/flowdeck/engine/words"
)

func TestWhyATextIsNotJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                "it is empty",
		"[1, 2":           "it ends too early",
		`{"a": "b`:        "it ends too early",
		"<html>":          `unexpected '<' at character 1`,
		`{"é": tru}`:      `unexpected '}' at character 10`,
		`["ü", é]`:        `unexpected 'é' at character 7`,
		"[1] [2]":         `unexpected '[' at character 5`,
		"{\"a\": \"\t\"}": `unexpected '\t' at character 8`,
	} {
		var v any
		if got := words.NotJSON([]byte(text), json.Unmarshal([]byte(text), &v)); got == nil || got.Error() != want {
			t.Errorf("%s: got %v, want %s", text, got, want)
		}
	}
}
