package terminal

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/veil"
)

const hostile = "\x1b[31mred\x1b]52;c;ZXZpbA==\a\r\u009b2J\u202e"

const shown = `\x1b[31mred\x1b]52;c;ZXZpbA==\x07\x0d\x9b2J\u202e`

func TestDoorEscapesAllButTheColorsOfStyles(t *testing.T) {
	t.Parallel()
	s := NewStyles(environment("CLICOLOR_FORCE=1"), io.Discard)
	var out bytes.Buffer
	if n, err := io.WriteString(Door(&out), s.Failed.Render(hostile)+" "+hostile+"\n"); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	if got, want := out.String(), "\x1b[31m"+shown+"\x1b[0m "+shown+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A name must be measured in its escaped form, because otherwise the next columns are not aligned.
func TestTableMeasuresWhatIsShown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	Table{}.Write(Door(&out), [][]Cell{{{Text: "\x1b[31ma"}, {Text: "1"}}, {{Text: "b"}, {Text: "2"}}})
	if got, want := out.String(), `\x1b[31ma`+"  1\nb          2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A secret that was cut could not be found.
func TestSecretsAreHiddenBeforeLinesAreCutOrWrapped(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple"
	v := veil.New()
	v.Learn(secret)
	for _, table := range []Table{{Width: 40}, {Width: 40, OneLine: true}} {
		s, out := paper(40)
		s.hide = v.Text
		table.Write(s, [][]Cell{{{Text: "x"}, {Text: "the password is, as it was given, " + secret}}})
		for _, part := range strings.Fields(secret) {
			if strings.Contains(out.String(), part) {
				t.Errorf("%+v: %q", table, out)
			}
		}
	}
}

// A line break in a name must not start a new line, which could imitate our own output.
func TestNamesStayOnTheirLine(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	w := watched()
	for _, e := range record("sweep", "k\nsweep: succeeded", engine.Failed, &card.Error{Message: "no\nsweep: succeeded"}) {
		w.See(e)
		tree{screen: s, watch: w}.See(e)
	}
	summary{w.Report()}.lines(s)
	Failure(s, &host.Failure{Described: engine.Described{Message: "no\nsweep: succeeded", Kind: card.Invalid}})
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "sweep: succeeded") {
			t.Errorf("a forged line in\n%s", out)
		}
	}
}

func TestAConnectionIsOneLine(t *testing.T) {
	t.Parallel()
	id := card.Identity{Org: "org\nforged", As: "zoe\r\nforged\u2028x", Note: "a\nnote"}
	if got, want := Connection("okta", id), `okta: org\nforged (a\nnote) as zoe\nforged\u2028x`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOneLineKeepsStylesAndHidesSecretsOfSeveralLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := NewScreen(&out, func(string) (string, bool) { return "", false }, func(text []byte) []byte {
		return bytes.ReplaceAll(text, []byte("a\nsecret"), []byte("[secret]"))
	}, nil)
	if got, want := OneLine(s, marked("a\nsecret", "31")+"\nb"), marked("[secret]", "31")+`\nb`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
