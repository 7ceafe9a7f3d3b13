package expr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUncsvDoesNotTakeOtherSeparatorsForOneColumn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ source, says, hint string }{
		{`uncsv("login;name\nann;Ann\n")`, "the columns are separated by semicolons, not by commas", `write uncsv(text, ";")`},
		{`uncsv("login\tname\nann\tAnn\n")`, "the columns are separated by tabs, not by commas", `write uncsv(text, "\t")`},
		{`uncsv("login;pay\nann;1,5\n")`, "the columns are separated by semicolons, not by commas", `write uncsv(text, ";")`},
		{`uncsv("a", "")`, "the separator must be one character", ""},
		{`uncsv("a", ";;")`, "the separator must be one character", ""},
		{`uncsv("a", "\n")`, "the separator must be one character", ""},
	} {
		p, err := Compile(row.source, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Eval(t.Context(), testScope(testRoots()))
		if wrong, ok := err.(*Error); !ok || !strings.Contains(wrong.Message, row.says) || row.hint != "" && wrong.Hint != row.hint {
			t.Errorf("%s: %#v", row.source, err)
		}
	}
	for source, want := range map[string]any{
		`uncsv("login;pay\nann;1,5\n", ";")`:     []any{map[string]any{"login": "ann", "pay": "1,5"}},
		`uncsv("login\tname\nann\tAnn\n", "\t")`: []any{map[string]any{"login": "ann", "name": "Ann"}},
		`uncsv("login\na;b\n")`:                  []any{map[string]any{"login": "a;b"}},
		`uncsv("\"a;b\"\n1\n")`:                  []any{map[string]any{"a;b": "1"}},
		`uncsv("a,b;c\n1,2\n")`:                  []any{map[string]any{"a": "1", "b;c": "2"}},
	} {
		p, err := Compile(source, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(t.Context(), testScope(testRoots()))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", source, err, diff)
		}
	}
}
