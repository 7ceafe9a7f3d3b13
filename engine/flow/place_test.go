package flow

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// scalars are notations of text. Every letter occurs once.
var scalars = map[string]string{
	"plain":                         "key: abc def",
	"plain after other characters":  "key: 日本 abc é def",
	"plain on several lines":        "key: abc\n  def\n\n\n   ghi   \n  jkl\nnext: x",
	"plain with a comment after it": "key: abc def # xyz",
	"plain in a list":               "- abc\n- def",
	"plain in brackets":             "key: {a: abc def, b: [ghi,\n   jkl\n   mno]}",
	"plain with an anchor":          "key: &xyz abc",
	"plain below its key":           "key:\n\n   # xyz\n   abc\n   def",
	"single quotes":                 "key: 'abc '' def'",
	"single quotes on lines":        "key: 'abc ''\n\n  def   \n  ghi'",
	"double quotes":                 `key: "abc \"\t\x41\u00e9\U0001F600 \\ def"`,
	"double quotes on lines":        "key: \"abc\n  def \\\n   ghi\n\n  \\ jkl \\\n\n  mno\"",
	"double quotes with an anchor":  `key: &xyz "abc"`,
	"literal block":                 "key: |\n  abc\n    def\n\n  ghi\n\n\nnext: x",
	"literal block with a header":   "key: |2-  # xyz\n    abc\n   def\n",
	"literal block that keeps":      "key: |+\n  abc\n\n\n",
	"literal block in a list":       "-  |\n abc\n def\n",
	"literal block after lines":     "key: |\n\n\n  abc\n",
	"folded block":                  "key: >\n  abc\n  def\n\n  ghi\n    jkl\n    mno\n  pqr\n\n\n  stu\n",
	"folded block with a header":    "key: >-1\n   abc\n  def\n ghi\n",
	"folded block after lines":      "key: >\n\n  abc\n  def\n",
	"folded block at the end":       "key: >\n  abc",
	"a key in quotes":               "\"abc\": 'def'",
	"a document marker":             "--- abc\n...\n--- |\n def\n",
}

func TestAtFindsEveryCharacterOfAScalar(t *testing.T) {
	t.Parallel()
	for name, text := range scalars {
		for _, breaks := range []string{"\n", "\r\n"} {
			text := strings.ReplaceAll(text, "\n", breaks)
			for _, before := range []string{"", byteOrderMark, "# a comment" + breaks} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					checkPlaces(t, before+text)
				})
			}
		}
	}
}

// checkPlaces compares the position of each letter of each scalar with the source.
func checkPlaces(t *testing.T, text string) {
	t.Helper()
	src := newSource("x.yaml", []byte(text))
	var ps Problems
	letters := 0
	for _, root := range documents(src, &ps) {
		root.Walk(func(n *Node) bool {
			if n.Kind != Scalar {
				return true
			}
			if _, _, ok := n.layout(); !ok {
				t.Errorf("the source of %q cannot be followed", n.Text)
			}
			for i, r := range n.Text {
				if !strings.ContainsRune("abcdefghijklmnopqrstu日本", r) || r == 'é' {
					continue
				}
				letters++
				p := n.At(i)
				if got := runeAt(src, p); got != r {
					t.Errorf("the character %q of %q is reported at %v, which has %q", r, n.Text, p, got)
				}
			}
			if end := n.At(len(n.Text)); end.Line < n.Pos.Line {
				t.Errorf("the end of %q is reported at %v, before its start at %v", n.Text, end, n.Pos)
			}
			return true
		})
	}
	if len(ps) > 0 || letters == 0 {
		t.Errorf("%q has %d letters and these problems: %v", text, letters, ps)
	}
}

func runeAt(src *source, p Pos) rune {
	lines := strings.Split(string(src.text), "\n")
	runes := []rune(lines[p.Line-1])
	if p.Col > len(runes) {
		return utf8.RuneError
	}
	return runes[p.Col-1]
}

func TestAtNamesTheEscapeThatACharacterIsWrittenAs(t *testing.T) {
	t.Parallel()
	_, n := value(t, `key: "ab\u00e9\ncd"`)
	for offset, col := range map[int]int{0: 7, 1: 8, 2: 9, 3: 9, 4: 15, 5: 17, 6: 18, 7: 19} {
		if got := n.At(offset); got.Col != col {
			t.Errorf("byte %d of %q is reported in column %d, want %d", offset, n.Text, got.Col, col)
		}
	}
}

func TestAtOfAFoldedLineBreakIsTheEndOfTheLine(t *testing.T) {
	t.Parallel()
	_, n := value(t, "key: ab\n  cd")
	if got, want := n.At(2), (Pos{"x.yaml", 1, 8}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAtOfANodeWithoutSourceIsItsPlace(t *testing.T) {
	t.Parallel()
	n := &Node{Kind: Scalar, Text: "abc", Pos: Pos{"x.yaml", 3, 4}}
	for _, offset := range []int{-1, 0, 2, 3, 4} {
		if got := n.At(offset); got != n.Pos {
			t.Errorf("got %v at %d, want %v", got, offset, n.Pos)
		}
	}
	if got := (*Node)(nil).At(1); got != (Pos{}) {
		t.Errorf("a nil Node has the position %v", got)
	}
}

func TestPlacesCountCharactersAndLinesAsAnEditorDoes(t *testing.T) {
	t.Parallel()
	// These are line breaks for yaml.v3, but not for an editor.
	for _, odd := range []string{"\u0085", "\u2028", "\u2029", "\r"} {
		_, n := value(t, "a: x # é"+odd+"\nkey: ab")
		if got, want := n.Pos, (Pos{"x.yaml", 2, 6}); got != want {
			t.Errorf("after %q: got %v, want %v", odd, got, want)
		}
	}
}

func TestWidthsAreThoseOfTheSource(t *testing.T) {
	t.Parallel()
	for text, width := range map[string]int{
		`key: ab cd`:          5,
		`key: "ab\n"`:         6,
		`key: 'it''s'`:        7,
		"key: ab\n  cd":       2,
		"key: |\n  ab":        1,
		"key:":                0,
		"key: &a b":           1,
		"key: 日本":             2,
		"key: ab # a remark":  2,
		"key: [a, b]":         0,
		"key: ''":             2,
		"key: \"ab\n  cd\"":   3,
		"key: ab cd   # more": 5,
	} {
		if _, n := value(t, text); n.Width != width {
			t.Errorf("%q has the width %d, want %d", text, n.Width, width)
		}
	}
}

// value returns the last entry of a mapping.
func value(t *testing.T, text string) (key, value *Node) {
	t.Helper()
	var ps Problems
	roots := documents(newSource("x.yaml", []byte(text)), &ps)
	if len(ps) > 0 || len(roots) != 1 || roots[0].Kind != Mapping {
		t.Fatalf("%q is not a mapping: %v", text, ps)
	}
	last := roots[0].Fields[len(roots[0].Fields)-1]
	return last.Key, last.Value
}
