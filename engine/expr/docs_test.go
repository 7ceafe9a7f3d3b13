package expr

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const docsFile = "../../docs/expressions.md"

// docsEnv is the types of the roots that the examples in docsFile use.
var docsEnv = ObjectOf(map[string]Type{
	"inputs": ObjectOf(map[string]Type{
		"group": String, "days": Int, "tags": ListOf(String), "since": String.OrNil(),
		"record": ObjectOf(map[string]Type{
			"id": String, "status": String, "created": String, "lastLogin": String.OrNil(),
			"profile": ObjectOf(map[string]Type{"login": String}, true),
		}, false),
	}, false),
	"steps": ObjectOf(map[string]Type{
		"group": ObjectOf(map[string]Type{"id": String, "profile": ObjectOf(map[string]Type{"name": String}, true)}, false).OrNil(),
		"users": ListOf(ObjectOf(map[string]Type{
			"id": String, "status": String, "profile": ObjectOf(map[string]Type{"login": String}, true),
		}, false)),
	}, false),
	"vars": ObjectOf(map[string]Type{"limit": Int}, false),
}, false)

// readDocs returns docsFile without its generated parts, and all of it.
func readDocs(t *testing.T) (written, all string) {
	t.Helper()
	text, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	written = string(text)
	for _, part := range generatedDocs {
		before, rest, found := strings.Cut(written, part.start)
		_, after, ended := strings.Cut(rest, part.end)
		if !found || !ended {
			t.Fatalf("%s has no part from %s to %s", docsFile, part.start, part.end)
		}
		written = before + part.start + part.end + after
	}
	return written, string(text)
}

// generatedDocs are the parts of docsFile that are generated from the tables of the language.
var generatedDocs = []struct {
	start, end string
	make       func() string
}{
	{"<!-- operators: generated -->\n", "<!-- operators: end -->\n", operatorsDoc},
	{"<!-- functions: generated -->\n", "<!-- functions: end -->\n", functionsDoc},
}

// operatorsDoc returns a table of the operators. An operator without a summary shares the row of the previous one.
func operatorsDoc() string {
	var b strings.Builder
	b.WriteString("| operator | what it does | example |\n|---|---|---|\n")
	for i := 0; i < len(operators); {
		var names []string
		row := operators[i]
		for first := true; i < len(operators) && (first || operators[i].summary == ""); first = false {
			for _, name := range operators[i].names {
				names = append(names, "`"+cell(name)+"`")
			}
			i++
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` → `%s` |\n", strings.Join(names, " "), row.summary, cell(row.example), row.result)
	}
	return b.String()
}

// cell escapes a text for a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// functionsDoc describes all functions: a list of them, then one section for each theme.
func functionsDoc() string {
	titles := map[string]string{
		"time": "Times", "text": "Strings", "list": "Lists", "object": "Objects", "number": "Numbers", "format": "Formats", "random": "Random values",
	}
	var list, sections strings.Builder
	theme := ""
	for _, f := range Functions() {
		separator := " · "
		if f.Theme != theme {
			theme, separator = f.Theme, ""
			fmt.Fprintf(&list, "\n- %s: ", titles[theme])
			fmt.Fprintf(&sections, "\n## Functions: %s\n", strings.ToLower(titles[theme]))
		}
		fmt.Fprintf(&list, "%s[`%s`](#%s)", separator, f.Name, strings.ToLower(f.Name))
		fmt.Fprintf(&sections, "\n### %s\n\n`%s`\n\n%s\n\n```expr\n%s → %s\n```\n", f.Name, f.Signature, f.Summary, f.Example, f.Result)
	}
	return "<!-- UPDATE=1 go test ./engine/expr -run TestExpressionsDoc writes what follows. -->\n\n" +
		"## Functions\n\n" +
		"`name?` is optional, `name…` is any number of arguments. A closure is an expression that is evaluated for every element.\n" +
		list.String() + "\n" + sections.String()
}

// Not parallel: it may write the file that other tests read.
func TestExpressionsDocIsFresh(t *testing.T) {
	written, got := readDocs(t)
	want := written
	for _, part := range generatedDocs {
		want = strings.Replace(want, part.start+part.end, part.start+part.make()+part.end, 1)
	}
	diff := cmp.Diff(want, got)
	if diff == "" {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Errorf("(-want +got), UPDATE=1 go test ./engine/expr -run TestExpressionsDoc rewrites it:\n%s", diff)
		return
	}
	if err := os.WriteFile(docsFile, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExpressionsDocExamplesAreTrue(t *testing.T) {
	t.Parallel()
	written, _ := readDocs(t)
	var examples [][2]string
	for _, fence := range regexp.MustCompile("(?s)```expr\n(.*?)```").FindAllStringSubmatch(written, -1) {
		for line := range strings.Lines(fence[1]) {
			source, result, ok := strings.Cut(strings.TrimSpace(line), " → ")
			if !ok {
				t.Errorf("this is not an example: %s", line)
			}
			examples = append(examples, [2]string{source, result})
		}
	}
	if len(examples) < 50 {
		t.Errorf("only %d examples were found in the fences", len(examples))
	}
	inline := append(inlineExamples(written), inlineExamples(operatorsDoc())...)
	if len(inline) < 15 {
		t.Errorf("only %d examples were found in the tables", len(inline))
	}
	examples = append(examples, inline...)
	roots := docsRoots(t, written)
	for _, e := range examples {
		if got := docsResult(t, e[0], roots); got != e[1] {
			t.Errorf("%s\n gives %s\nand not %s", e[0], got, e[1])
		}
	}
}

// inlineExamples returns the examples in the tables of a document: `an expression` → `its value`.
func inlineExamples(text string) (examples [][2]string) {
	for _, e := range regexp.MustCompile("`([^`\n]+)` → `([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		examples = append(examples, [2]string{strings.ReplaceAll(e[1], `\|`, "|"), e[2]})
	}
	return examples
}

// The page for users of Okta Workflows has an example with literal values for most of its functions.
func TestOktaWorkflowsDocExamplesAreTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/from-okta-workflows.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := inlineExamples(string(text))
	if len(examples) < 60 {
		t.Errorf("only %d examples were found", len(examples))
	}
	for _, e := range examples {
		if got := docsResult(t, e[0], nil); got != e[1] {
			t.Errorf("%s\n gives %s\nand not %s", e[0], got, e[1])
		}
	}
}

// docsRoots returns the values of the roots that docsFile declares for its examples.
func docsRoots(t *testing.T, written string) map[string]any {
	t.Helper()
	_, rest, _ := strings.Cut(written, "```json\n")
	text, _, ok := strings.Cut(rest, "```")
	v, err := (&evaluation{ctx: context.Background()}).decode(text)
	if !ok || err != nil {
		t.Fatalf("the values of the examples: %v", err)
	}
	return v.(map[string]any)
}

// docsResult returns the value of an example as docsFile writes it: as JSON, or as an error's message. A text with ${ }
// in it is evaluated as a template.
func docsResult(t *testing.T, source string, roots map[string]any) string {
	t.Helper()
	scope := testScope(roots)
	v, err := func() (any, error) {
		if strings.Contains(source, "${") {
			text, err := CompileText(source, docsEnv)
			if err != nil {
				return nil, err
			}
			return text.Eval(context.Background(), scope)
		}
		p, err := Compile(source, docsEnv)
		if err != nil {
			return nil, err
		}
		return p.Eval(context.Background(), scope)
	}()
	if wrong := (*Error)(nil); errors.As(err, &wrong) {
		return "error: " + wrong.Message
	} else if err != nil {
		t.Fatal(err)
	}
	text, err := (&evaluation{ctx: context.Background()}).encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExpressionsDocNamesTheLimitsAndTheNamesOfExprLang(t *testing.T) {
	t.Parallel()
	written, _ := readDocs(t)
	for _, limit := range []string{
		thousands(maxRounds) + " rounds", thousands(maxMemory) + " elements", fmt.Sprintf("%d MiB", maxMade>>20), fmt.Sprintf("%d KiB", maxSource>>10),
	} {
		if !strings.Contains(strings.Join(strings.Fields(written), " "), limit) {
			t.Errorf("it does not have %q", limit)
		}
	}
	for _, name := range []string{"toJSON", "fromJSON", "groupBy", "get"} {
		if renamed[name] == "" {
			t.Errorf("it names %s, which has no other name here", name)
		}
	}
}

// thousands formats a number with a comma before every three digits.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
