package words_test

import (
	"encoding/json"
	"testing"

	"github.com/flowdeck/flowdeck/engine/words"
)

func TestHarmfulCharactersOfAJSONTextAreEscapedWithoutAChangeOfItsValue(t *testing.T) {
	t.Parallel()
	text := "{\"a\u202eb\":\"\u009b\u007f\u2066\u200f\U000e0001é\"}"
	shown := string(words.VisibleJSON([]byte(text)))
	if want := `{"a\u202eb":"\u009b\u007f\u2066\u200f\udb40\udc01é"}`; shown != want {
		t.Errorf("got %s, want %s", shown, want)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(shown), &got); err != nil || got["a\u202eb"] != "\u009b\u007f\u2066\u200f\U000e0001é" {
		t.Errorf("got %q, %v", got, err)
	}
}
