package words

import (
	"strings"
	"testing"
)

func TestNearestFindsTheMostSimilarName(t *testing.T) {
	t.Parallel()
	candidates := []string{"card", "stream", "stop", "fail", "return", "if", "id", "max_delay", "concurrency"}
	for name, want := range map[string]string{
		"crad": "card", "Card": "card", "steram": "stream", "retrun": "return", "maxDelay": "max_delay", "fi": "if", "IF": "if",
		"concurency": "concurrency", "conccurency": "concurrency", "stpo": "stop", "cards": "card",
		"": "", "x": "", "it": "", "colour": "", "card ": "card", "zzzzzz": "", strings.Repeat("a", 300): "",
	} {
		if got, ok := Nearest(name, candidates); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got, ok := Nearest("card", []string{"card"}); ok {
		t.Errorf("a name must not be its own suggestion: %q", got)
	}
}
