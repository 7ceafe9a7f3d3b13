package flow

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func formatted(t *testing.T, text string) string {
	t.Helper()
	out, err := Format([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return string(out)
}

// samples returns files that are formatted already.
func samples(t *testing.T) map[string]string {
	t.Helper()
	files, _ := filepath.Glob("testdata/ok/*.yaml")
	shipped, _ := filepath.Glob("../../flows/*.yaml")
	texts := map[string]string{}
	for _, name := range append(files, shipped...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	if len(texts) < 4 {
		t.Fatalf("%d samples", len(texts))
	}
	return texts
}

func TestTheSamplesAreLaidOutAlready(t *testing.T) {
	t.Parallel()
	for name, text := range samples(t) {
		if diff := cmp.Diff(text, formatted(t, text)); diff != "" {
			t.Errorf("%s (-as it is +formatted)\n%s", name, diff)
		}
	}
}

// Each testdata/format/NAME.yaml is formatted, and the result is compared with NAME.txt.
func TestUntidyFilesAreFormattedAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/format/*.yaml")
	if len(files) == 0 {
		t.Fatal("no files in testdata/format")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out := formatted(t, string(text))
		golden(t, strings.TrimSuffix(name, ".yaml")+".txt", out)
		if diff := cmp.Diff(out, formatted(t, out)); diff != "" {
			t.Errorf("%s: formatted twice is not formatted once (-once +twice)\n%s", name, diff)
		}
	}
}

// withLine inserts text before line i, with the indentation of the next line that is not blank.
func withLine(lines []string, i int, text string) string {
	indent := ""
	for _, l := range lines[i:] {
		if blank := strings.TrimLeft(l, " "); blank != "" {
			indent = l[:len(l)-len(blank)]
			break
		}
	}
	return strings.Join(slices.Insert(slices.Clone(lines), i, indent+text), "\n")
}

// doubled indents a text by four spaces instead of two.
func doubled(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		text := strings.TrimLeft(l, " ")
		indent := strings.Repeat("  ", len(l)-len(text))
		if item, ok := strings.CutPrefix(text, "- "); ok {
			text = "-   " + item
		}
		lines[i] = indent + text
	}
	return strings.Join(lines, "\n")
}

// inBlock reports whether a line is part of a block scalar, where a # starts no comment.
func inBlock(lines []string, i int) bool {
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	for j := i - 1; j >= 0; j-- {
		if indent(lines[j]) < indent(lines[i]) {
			return strings.HasSuffix(lines[j], ">-") || strings.HasSuffix(lines[j], "|")
		}
	}
	return false
}

func TestACommentStaysWhereItIsOnEveryLineOfTheSamples(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it formats every sample with a comment on each line")
	}
	for name, text := range samples(t) {
		lines, wide := strings.Split(text, "\n"), strings.Split(doubled(text), "\n")
		for i := range lines {
			want := withLine(lines, i, "# a comment")
			if diff := cmp.Diff(want, formatted(t, withLine(wide, i, "# a comment"))); diff != "" {
				t.Errorf("%s: a comment above line %d (-want +got)\n%s", name, i+1, diff)
			}
			if strings.TrimSpace(lines[i]) == "" || strings.Contains(lines[i], "#") || inBlock(lines, i) {
				continue
			}
			marked, wideMarked := slices.Clone(lines), slices.Clone(wide)
			marked[i] += " # a comment"
			wideMarked[i] += "    # a comment  "
			want = strings.Join(marked, "\n")
			if diff := cmp.Diff(want, formatted(t, strings.Join(wideMarked, "\n"))); diff != "" {
				t.Errorf("%s: a comment on line %d (-want +got)\n%s", name, i+1, diff)
			}
		}
	}
}

// disordered is a flow whose keys are out of order; ordered is the same flow formatted. Each line occurs once.
const (
	disordered = `flow: a
steps:
  - with:
      user: x
    card: okta.user.get
    if: inputs.a
    id: get
  - do:
      - if: record.b
        stop: nobody
      - then:
          - wait: 1s
        if: record.c
    each: inputs.users
    concurrency: 5
  - finally:
      - set: {b: 1}
    catch:
      - do: []
        when: error.code == "x"
    try:
      - call: b
    if: inputs.d
inputs:
  users: array
  a: boolean
about: b
`
	inOrder = `flow: a
about: b
inputs:
  users: array
  a: boolean
steps:
  - id: get
    card: okta.user.get
    if: inputs.a
    with:
      user: x
  - each: inputs.users
    concurrency: 5
    do:
      - stop: nobody
        if: record.b
      - if: record.c
        then:
          - wait: 1s
  - if: inputs.d
    try:
      - call: b
    catch:
      - when: error.code == "x"
        do: []
    finally:
      - set: {b: 1}
`
)

func TestACommentGoesWithItsKey(t *testing.T) {
	t.Parallel()
	before, after := strings.Split(disordered, "\n"), strings.Split(inOrder, "\n")
	content := func(line string) string { return strings.TrimPrefix(strings.TrimLeft(line, " "), "- ") }
	for i, line := range before[:len(before)-1] {
		at := slices.IndexFunc(after, func(l string) bool { return content(l) == content(line) })
		if at < 0 {
			t.Fatalf("the line %q is lost", line)
		}
		marked := slices.Clone(before)
		marked[i] += " # a comment"
		want := slices.Clone(after)
		want[at] += " # a comment"
		if diff := cmp.Diff(strings.Join(want, "\n"), formatted(t, strings.Join(marked, "\n"))); diff != "" {
			t.Errorf("next to %q (-want +got)\n%s", line, diff)
		}
		if dash := strings.Index(line, "- "); dash >= 0 && content(line) == strings.TrimLeft(line, " ")[2:] {
			for strings.Index(after[at], "- ") != dash { // the comment is about the whole step
				at--
			}
		}
		if diff := cmp.Diff(withLine(after, at, "# a comment"), formatted(t, withLine(before, i, "# a comment"))); diff != "" {
			t.Errorf("above %q (-want +got)\n%s", line, diff)
		}
	}
}

func TestInvalidYAMLIsNotFormatted(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"a: [b":              CodeSyntax,
		"a: b: c":            CodeSyntax,
		"if: !a":             CodeTag,
		"a: ${ \"a #b\" }":   CodeTrap,
		"a: *b":              CodeAlias,
		"a: b\na: c":         CodeDuplicateKey,
		"[a]: b":             CodeWrongType,
		"a: \x00":            CodeFile,
		"a: b\n---\n- [\nc:": CodeSyntax,
	} {
		out, err := Format([]byte(text))
		var ps Problems
		if !errors.As(err, &ps) || ps[0].Code != code || out != nil {
			t.Errorf("%q: got %q and %v, want no text and the problem %s", text, out, err, code)
		}
	}
}

func TestPartsThatCannotBeFormattedStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"? 'a key\n  of two lines'\n: b\n": errChanged,
		"a: {b: c, ?, d: e}\n":             errUnfollowed,
		"a: \"b\u2028c\"\n":                errBreaks,
	} {
		if out, err := Format([]byte(text)); !errors.Is(err, want) || out != nil {
			t.Errorf("%q: got %q and %v, want %v", text, out, err, want)
		}
	}
}

func TestFormatIgnoresOtherProblemsOfAFlow(t *testing.T) {
	t.Parallel()
	const text = "flow: A B\nsteps:\n  - crad: 0123\n    wiht: x\n  - stop: x\n    fail: y\n\"${ x }\": y\n"
	if diff := cmp.Diff(text, formatted(t, text)); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func FuzzFormat(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, doc := range bytes.Split(text, []byte("---\n")) {
			f.Add(doc)
		}
	}
	for _, text := range scalars {
		f.Add([]byte(text))
	}
	f.Add([]byte(sample))
	for _, text := range layouts {
		f.Add([]byte(text.from))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := Format(text)
		if err != nil {
			return
		}
		again, err := Format(out)
		if err != nil || !bytes.Equal(out, again) {
			t.Errorf("formatted twice is not formatted once: %v\nonce:\n%q\ntwice:\n%q", err, out, again)
		}
		var ps Problems
		before, after := documents(newSource("x", text), &ps), documents(newSource("x", out), &ps)
		if !slices.EqualFunc(before, after, func(a, b *Node) bool { return cmp.Equal(a.Literal(), b.Literal()) }) {
			t.Errorf("another meaning:\n%q\n%q", text, out)
		}
	})
}

// layouts are small files before and after formatting.
var layouts = map[string]struct{ from, to string }{
	"four spaces":                     {"flow: a\nsteps:\n    -   stop:   x\n        if:   y\n", "flow: a\nsteps:\n  - stop: x\n    if: y\n"},
	"a list that is not indented":     {"flow: a\nsteps:\n- stop: x\n- stop: y\n# end\n", "flow: a\nsteps:\n  - stop: x\n  - stop: y\n# end\n"},
	"the dash on a line of its own":   {"a:\n  -\n    b: c\n  -\n    - d\n  -\n    e\n", "a:\n  - b: c\n  - - d\n  - e\n"},
	"blank lines":                     {"\n\na: b\n\n\n\nc: d\n\n\n", "a: b\n\nc: d\n"},
	"a blank line after a key":        {"a:\n\n  b: c\n", "a:\n  b: c\n"},
	"white space at the end":          {"a: b  \nc: \t\n  d: e \n", "a: b\nc:\n  d: e\n"},
	"no final line break":             {"a: b", "a: b\n"},
	"windows":                         {"\uFEFFa: b\r\nc: |\r\n    d\r\n", "a: b\nc: |\n  d\n"},
	"brackets":                        {"a: { b: [ 1,2 ,3 ], c : {} , d: [ ] }\n", "a: {b: [1, 2, 3], c: {}, d: []}\n"},
	"brackets over lines":             {"a: [\n  {b: c,\n   d: e},\n  f\n]\n", "a:\n  - b: c\n    d: e\n  - f\n"},
	"empty brackets over lines":       {"a: {\n}\nb: [ # c\n]\n", "a: {}\nb:\n  # c\n  []\n"},
	"nothing in brackets":             {"a: {b: , c, d: null}\n", "a: {b: null, c: null, d: null}\n"},
	"a pair in a list":                {"a: [b: c]\n", "a: [{b: c}]\n"},
	"JSON":                            {"{\n  \"flow\": \"a\",\n  \"steps\": [{\"stop\":\"x\"}]\n}\n", "\"flow\": \"a\"\n\"steps\": [{\"stop\": \"x\"}]\n"},
	"a value below its key":           {"a:\n  b\nc:\n    \"d\n\n    e\"\n", "a: b\nc: \"d\n\n  e\"\n"},
	"comments before a value":         {"a: # b\n  c\nd:\n  # e\n  f\ng: # h\n  i # j\n", "a: c # b\nd:\n  # e\n  f\ng: # h\n  i # j\n"},
	"a text in its own layout":        {"a:\n      b: |\n           c\n             d\n\n           e\n      f: g\n", "a:\n  b: |\n    c\n      d\n\n    e\n  f: g\n"},
	"a text that declares its layout": {"a:\n   b: |1-\n      c\n    d\n", "a:\n  b: |2-\n      c\n    d\n"},
	"a text that keeps its end":       {"a: |+\n    b\n\n\n\nc: >+ # d\n  e\n\n", "a: |+\n  b\n\n\n\nc: >+ # d\n  e\n\n"},
	"a text without a final break":    {"a: |\n b", "a: |-\n  b\n"},
	"a text that ends in spaces":      {"a: |\n b\n    \nc: d\n", "a: |\n  b\n     \nc: d\n"},
	"a backslash at the end":          {"a: \"b\\\n      c\\ \n      d\"\n", "a: \"b\\\n  c\\ \n  d\"\n"},
	"questions":                       {"? a # b\n: c\n? d\n", "a: c # b\nd:\n"},
	"anchors":                         {"a: &a\n    b: c\nd:   *a\ne: &e\nf: [&f g, *f]\n? *f\n: - &h\n    i: j\n", "a: &a\n  b: c\nd: *a\ne: &e\nf: [&f g, *f]\n*f :\n  - &h\n    i: j\n"},
	"an alias keeps the order":        {"steps: &a [{stop: x}]\nflow: a\nreturns: {default: *a}\n", "steps: &a [{stop: x}]\nflow: a\nreturns: {default: *a}\n"},
	"the order of a flow":             {"steps: []\ninputs: {b: string, a: string}\nflow: a\nx: y\nabout: b\n", "flow: a\nabout: b\ninputs: {b: string, a: string}\nsteps: []\nx: y\n"},
	"the order of a step":             {"flow: a\nsteps:\n  - with: {b: 1, a: 2}\n    name: b\n    if: c\n    card: d\n    id: e\n", "flow: a\nsteps:\n  - id: e\n    name: b\n    card: d\n    if: c\n    with: {b: 1, a: 2}\n"},
	"a guard above a list":            {"flow: a\nsteps:\n  - try: [{stop: x, id: y}]\n    finally: []\n    if: b\n    id: c\n", "flow: a\nsteps:\n  - id: c\n    if: b\n    try: [{id: y, stop: x}]\n    finally: []\n"},
	"the order inside of steps":       {"flow: a\nsteps:\n  - switch:\n      - do: [{wait: {until: a}, if: b}]\n        when: c\n    parallel: {a: [{if: x, stop: y}]}\n  - fail: {code: a, message: b}\n", "flow: a\nsteps:\n  - switch:\n      - when: c\n        do: [{if: b, wait: {until: a}}]\n    parallel: {a: [{stop: y, if: x}]}\n  - fail: {message: b, code: a}\n"},
	"the order of a trigger":          {"flow: a\ntriggers:\n  - inputs: {}\n    timezone: b\n    schedule: c\n", "flow: a\ntriggers:\n  - schedule: c\n    timezone: b\n    inputs: {}\n"},
	"a comment above the first key":   {"flow: a\nsteps:\n  # the step\n  - card: b\n    # its id\n    id: c\n", "flow: a\nsteps:\n  # the step\n  # its id\n  - id: c\n    card: b\n"},
	"a blank line before a key":       {"flow: a\nsteps:\n  - card: b\n\n    id: c\n", "flow: a\nsteps:\n  - id: c\n    card: b\n"},
	"what is not ours has no order":   {"users: []\nabout: x\nflows: [{steps: [], flow: a}]\n", "users: []\nabout: x\nflows: [{steps: [], flow: a}]\n"},
	"comments at the end":             {"a:\n  - b: c\n    # of the item\n  # of the list\n# of the file\n", "a:\n  - b: c\n    # of the item\n  # of the list\n# of the file\n"},
	"comments that are out of place":  {"a:\n    b: c\n   # above d\n      # and this\n    d: e\n", "a:\n  b: c\n  # above d\n  # and this\n  d: e\n"},
	"a comment after an anchor":       {"a: # b\n  &c # d\n  # e\n  - f\ng: &h # i\n  j\nk: &l # m\n? &n # o\n  p\n: q\n", "a: &c # b\n  # d\n  # e\n  - f\ng: &h j # i\nk: &l # m\n# o\n&n p: q\n"},
	"an anchor of nothing":            {"a:\n  # b\n  &c # d\ne: &f\ng: {h: &i }\n", "a:\n  # b\n  &c # d\ne: &f\ng: {h: &i null}\n"},
	"comments after brackets":         {"a: # b\n  [ # c\n  d, # e\n  # f\n  ] # g\nh: [i] # j\n", "a: # b\n  # c\n  - d # e\n  # f\n  # g\nh: [i] # j\n"},
	"a comment before a text":         {"a: # b\n  |\n  c\nd: # e\n  > # f\ng: # h\n  >\n", "a: # b\n  |\n  c\nd: # e\n  > # f\ng: # h\n  >\n"},
	"a text that starts with spaces":  {"a: |\n \n   \n    b\n   \nc: >\n   \nd: |+\n   \n\n", "a: |\n\n\n  b\n\nc: >\n\nd: |+\n\n\n"},
	"the end of a text":               {"a: |\n    b  ", "a: |-\n  b  \n"},
	"a text for a document":           {"--- |\n a\n--- >\n   b\n--- c\n  d\n--- 'e' # f\n", "---\n|\n  a\n---\n>\n  b\n---\nc\n  d\n---\n'e' # f\n"},
	"brackets for a document":         {"{ # a\n b: c } # d\n", "# a\nb: c\n# d\n"},
	"documents":                       {"# x\n---   # y\na: b\n...   \n# z\n---\n---\n\n{c: d} # e\n---  {f: g}\n", "# x\n--- # y\na: b\n...\n# z\n---\n---\n\n{c: d} # e\n---\n{f: g}\n"},
	"only comments":                   {"# a\n\n\n  # b\n", "# a\n\n# b\n"},
	"nothing":                         {"\n\n", ""},
}

func TestEveryNotationIsFormatted(t *testing.T) {
	t.Parallel()
	for name, c := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.to, formatted(t, c.from)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.to, formatted(t, c.to)); diff != "" {
				t.Errorf("formatted twice is not formatted once (-once +twice)\n%s", diff)
			}
		})
	}
}
