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
		{`uncsv("login|name\nann|Ann\n")`, "the columns are separated by vertical bars, not by commas", `write uncsv(text, "|")`},
		{`uncsv("login;pay\nann;1,5\n")`, "the columns are separated by semicolons, not by commas", `write uncsv(text, ";")`},
		{`uncsv("Login;Name, First\nann;Doe, Ann\n")`, "the columns are separated by semicolons, not by commas", `write uncsv(text, ";")`},
		{`uncsv("login,n\na,1", ";")`, `the columns are separated by commas, not by ";"`, ""},
		{`uncsv("login|n\na|1", ";")`, `the columns are separated by vertical bars, not by ";"`, ""},
		{`uncsv("login;n\na;1", ":")`, `the columns are separated by semicolons, not by ":"`, ""},
		{`uncsv("a,b\r1,2\r")`, `the lines end with \r alone`, `write uncsv(replace(text, "\r", "\n"))`},
		{`uncsv("a,,b,\n1,2,3,4\n")`, `duplicate column ""`, ""},
		{`uncsv("a", "\x00")`, "the separator must be one character", ""},
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
		`uncsv("login\na,b\n", ";")`:             []any{map[string]any{"login": "a,b"}},
		`uncsv("\"a,b\"\n1\n", ";")`:             []any{map[string]any{"a,b": "1"}},
		`uncsv("a:b,c\n1:2\n", ":")`:             []any{map[string]any{"a": "1", "b,c": "2"}},
		`uncsv("a,b;c\n1,2;3\n", ",")`:           []any{map[string]any{"a": "1", "b;c": "2;3"}},
		`uncsv("a;b\n1;2\n", ",")`:               []any{map[string]any{"a;b": "1;2"}},
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

func TestCSVKeepsEveryRowAndEveryCell(t *testing.T) {
	t.Parallel()
	for _, rows := range []string{
		`[{a: ""}]`, `[{a: ""}, {a: "x"}, {a: ""}]`, `[{a: "x\r\ny"}, {a: "\r\n"}]`, `[{a: "x\ny"}, {a: "\n"}, {a: "\r"}]`,
		`[{a: "say \"hi\"", b: "\"\r\n\""}]`, `[{a: "\"\"", b: ","}]`, `[{a: "", b: ""}]`, `[{a: " x "}, {a: "\t"}, {a: "\\."}]`,
		`[{"a;b": "1;2"}, {"a;b": "x"}]`, `[{"a|b": "1"}]`, `[{"x;y": "1;2", "z": "3"}]`, `[{"\ufeffa": "\ufeff"}]`, `[{a: "\u00a0x"}]`, `[{"a b": "1", "c\r\nd": "2", "\"": "3"}]`, `[{a: "\r\r\n"}]`, `[]`,
	} {
		if diff := cmp.Diff(eval(t, rows), eval(t, "uncsv(csv("+rows+"))")); diff != "" {
			t.Errorf("%s: %s", rows, diff)
		}
	}
	for source, want := range map[string]any{
		`csv([{a: nil}])`:                        "a\n\"\"\n",
		`csv([["a"], [""]])`:                     "a\n\"\"\n",
		`uncsv("a\n\"\"\n")`:                     []any{map[string]any{"a": ""}},
		`uncsv("a,b\r\n\"1\r\n2\",3\r\n")`:       []any{map[string]any{"a": "1\r\n2", "b": "3"}},
		`uncsv("\ufeffa\r\n1")`:                  []any{map[string]any{"a": "1"}},
		`uncsv("a,b\n")`:                         []any{},
		`uncsv("")`:                              []any{},
		`uncsv("\n\na\n\n1\n\n")`:                []any{map[string]any{"a": "1"}}, // empty lines are not rows
		`uncsv("a,b\n1,\n,2\n")`:                 []any{map[string]any{"a": "1", "b": ""}, map[string]any{"a": "", "b": "2"}},
		`uncsv("a;b\n\"1\r\n2\";3\n", ";")[0].a`: "1\r\n2",
	} {
		if diff := cmp.Diff(want, eval(t, source)); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
	}
}
