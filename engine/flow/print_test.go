package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAProblemIsPrintedWithItsLineACaretAndItsHint(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("#\n", 13) + "        notfy: true\n"
	ps := Problems{{
		Pos: Pos{"flows/offboard.yaml", 14, 9}, Width: 5, Code: "unknown-input",
		Message: `unknown input "notfy" for okta.user.suspend`,
		Hint:    `did you mean "notify"? inputs: notify, user_id`,
	}}
	want := `flows/offboard.yaml:14:9: unknown input "notfy" for okta.user.suspend [unknown-input]
   14 |         notfy: true
      |         ^~~~~
   hint: did you mean "notify"? inputs: notify, user_id
`
	if diff := cmp.Diff(want, printed(ps, []byte(text))); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func TestWithoutASourceThereIsNoSnippet(t *testing.T) {
	t.Parallel()
	ps := Problems{
		{Pos: Pos{"a.yaml", 1, 1}, Code: "x", Message: "one"},
		{Pos: Pos{"a.yaml", 0, 0}, Code: "x", Message: "two", Hint: "first line\nsecond line"},
		{Code: "x", Message: "three"},
	}
	want := "a.yaml:1:1: one [x]\na.yaml: two [x]\n   hint: first line\n         second line\nthree [x]\n"
	if got := printed(ps, nil); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var b strings.Builder
	ps.Print(&b, nil)
	if b.String() != want {
		t.Errorf("without a function: got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestCaretsAreUnderThePlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line       string
		col, width int
		want       string
	}{
		"no width":               {"ab: cd", 5, 0, "ab: cd\n      |     ^"},
		"a width":                {"ab: cd", 5, 2, "ab: cd\n      |     ^~"},
		"beyond the line":        {"ab: cd", 5, 9, "ab: cd\n      |     ^~"},
		"after the line":         {"ab:", 4, 1, "ab:\n      |    ^"},
		"far after the line":     {"ab:", 40, 1, "ab:\n      |    ^"},
		"tabs":                   {"\ta:\tb", 5, 1, "\ta:\tb\n      | \t  \t^"},
		"wide characters":        {"日本: 日本語", 5, 3, "日本: 日本語\n      |       ^~~~~~"},
		"combining characters":   {"e\u0301: b", 5, 1, "e\u0301: b\n      |    ^"},
		"control characters":     {"a: \x1b[31mb", 4, 1, `a: \x1b[31mb` + "\n      |    ^~~~"},
		"bidirectional controls": {"a: \u202Eb", 5, 1, `a: \u202eb` + "\n      |          ^"},
		"windows line ends":      {"a: b\r", 4, 1, "a: b\n      |    ^"},
		"an empty line":          {"", 1, 1, "\n      | ^"},
	} {
		ps := Problems{{Pos: Pos{"x", 1, c.col}, Width: c.width, Code: "c", Message: "m"}}
		want := "x:1:" + itoa(c.col) + ": m [c]\n    1 | " + c.want + "\n"
		if diff := cmp.Diff(want, printed(ps, []byte(c.line+"\n"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func itoa(n int) string { return strings.TrimPrefix(Pos{Line: 1, Col: n}.String(), "1:") }

func TestALongLineIsCutAroundThePlace(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("a", 500) + "HERE" + strings.Repeat("b", 500)
	for _, col := range []int{1, 100, 501, 1003} {
		ps := Problems{{Pos: Pos{"x", 1, col}, Width: 4, Code: "c", Message: "m"}}
		lines := strings.Split(printed(ps, []byte(line)), "\n")
		shown, carets := []rune(lines[1]), []rune(lines[2])
		if len(shown) > snippetColumns+len("    1 | ……") {
			t.Errorf("column %d: %d characters are shown", col, len(shown))
		}
		at := strings.IndexRune(lines[2], '^')
		if want := rune(line[col-1]); at >= len(shown) || shown[at] != want {
			t.Errorf("column %d: the caret is not under %q:\n%s\n%s", col, want, lines[1], string(carets))
		}
	}
	wide := Problems{{Pos: Pos{"x", 1, 2}, Width: 900, Code: "c", Message: "m"}}
	if lines := strings.Split(printed(wide, []byte(line)), "\n"); len([]rune(lines[2])) > len([]rune(lines[1])) {
		t.Errorf("the underline is longer than the line:\n%s", strings.Join(lines, "\n"))
	}
}

func TestPrintedProblemsHaveNoControlCharacters(t *testing.T) {
	t.Parallel()
	ps := Problems{{Pos: Pos{"a\x1b]0;x\x07.yaml", 1, 1}, Code: "c", Message: "an \x1b[2J escape\nand a line", Hint: "\x9b\u2066x"}}
	got := printed(ps, []byte("\x1b[2J\u0085x"))
	if strings.ContainsAny(got, "\x1b\x07\u0085\u2066\u009b") || strings.Count(got, "\n") != 4 {
		t.Errorf("got %q", got)
	}
}

func TestProblemsAreSortedByPlaceAndReportedOnce(t *testing.T) {
	t.Parallel()
	a := Problem{Pos: Pos{"a", 2, 1}, Code: "x", Message: "m"}
	b := Problem{Pos: Pos{"a", 2, 3}, Code: "x", Message: "m"}
	c := Problem{Pos: Pos{"b", 1, 1}, Code: "x", Message: "m"}
	ps := Problems{c, b, a, b, a}
	ps.Sort()
	if diff := cmp.Diff(Problems{a, b, c}, ps); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if got, want := ps.Error(), "a:2:1: m [x]\na:2:3: m [x]\nb:1:1: m [x]"; got != want {
		t.Errorf("as an error: got %q, want %q", got, want)
	}
	if (Problems{}).Err() != nil || ps.Err() == nil {
		t.Error("Err must be nil if and only if there are no errors")
	}
}
