package words

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestVisibleEscapesWhatATerminalActsOn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "",
		"Zoë 李 👩\u200d🚀\n\tmi\u200cxāham":  "Zoë 李 👩\u200d🚀\n\tmi\u200cxāham",
		"\x1b[31mred\x1b[0m":               `\x1b[31mred\x1b[0m`,
		"\x1b]52;c;ZXZpbA==\a":             `\x1b]52;c;ZXZpbA==\x07`, // OSC 52 writes to the clipboard
		"done\rfailed\b\x7f\x00":           `done\x0dfailed\x08\x7f\x00`,
		"\u009b31m\u0085":                  `\x9b31m\x85`, // C1: CSI in one character
		"\x9b31m\xff":                      `\x9b31m\xff`, // the same in 8-bit encodings
		"admin\u202egro.atko\u2066\u200e":  `admin\u202egro.atko\u2066\u200e`,
		"a\u2028b\u200bc\ufeff\U000e0041d": `a\u2028b\u200bc\ufeff\U000e0041d`,
		"two\r\nlines":                     "two\nlines",
		"\ufffd":                           "\ufffd",
	} {
		got := Visible(text)
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if again := Visible(got); again != got {
			t.Errorf("%q: twice is %q, once %q", text, again, got)
		}
	}
	if got, want := VisibleLine("a\r\nb\x1b"), `a\nb\x1b`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("\x1b]0;title\a\u202e\x9b")
	f.Fuzz(func(t *testing.T, text string) {
		got := Visible(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q: not UTF-8: %q", text, got)
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%q: %q has %q", text, got, r)
			}
		}
		if again := Visible(got); again != got {
			t.Errorf("%q: twice is %q, once %q", text, again, got)
		}
	})
}
