package terminal

import (
	"io"
	"strings"
	"testing"
)

func TestCtrlCBecomesKeysThatDropTheLine(t *testing.T) {
	t.Parallel()
	k := &keys{from: strings.NewReader("ab\x03cd")}
	if k.interrupted() {
		t.Error("interrupted before a key was read")
	}
	b := make([]byte, 3) // shorter than what replaces the keys
	var got strings.Builder
	for {
		n, err := k.Read(b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got.Write(b[:n])
	}
	if want := "ab" + dropAndNew + "cd"; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
	if !k.interrupted() || k.interrupted() {
		t.Error("interrupted must report a Ctrl-C once")
	}
}

func TestEnteredTextsAreKeptOnceTheLastOneFirst(t *testing.T) {
	t.Parallel()
	h := &entered{}
	for _, text := range []string{"a", " ", "b", "b", ""} {
		h.keep(text)
	}
	if h.Len() != 2 || h.At(0) != "b" || h.At(1) != "a" {
		t.Errorf("got %q", h.texts)
	}
	for range 2 * mostEntered {
		h.keep("a")
		h.keep("b")
	}
	if h.Len() != mostEntered || h.At(0) != "b" {
		t.Errorf("got %d texts, the last one %q", h.Len(), h.At(0))
	}
}

func TestWordsAreShownInLinesThatFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words string
		width int
		want  string
	}{
		{"a b", 0, "a  b"},
		{"aa bb cc", 6, "aa  bb\ncc"},
		{"aa bb cc", 5, "aa\nbb\ncc"},
		{"長い 名前", 10, "長い  名前"},
		{"長い 名前", 9, "長い\n名前"},
		{"longer b", 3, "longer\nb"},
	} {
		if got := inLines(strings.Fields(c.words), c.width); got != c.want {
			t.Errorf("%s in %d columns: got %q, want %q", c.words, c.width, got, c.want)
		}
	}
}
