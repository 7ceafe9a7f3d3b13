package expr

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The values of inputs.g come from outside, and may be malicious.
var filterEnv = ObjectOf(map[string]Type{
	"inputs": ObjectOf(map[string]Type{
		"g": String, "m": String.OrNil(), "n": Int, "b": Bool, "list": ListOf(String), "any": Any,
		"level": String.graded(word), "filter": String.graded(complete), "expression": String.graded(exact),
	}, false),
}, false)

func TestAFilterMayOnlyContainSafeGrades(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`status eq "ACTIVE"`,
		`profile.login eq ${ quote(inputs.g) }`,
		`profile.login eq ${ quote(inputs.g) } and profile.n gt ${ inputs.n } and x eq ${ inputs.b }`,
		`lastUpdated gt "${ now() - days(inputs.n) }"`,
		`lastUpdated gt "${ format_date(now(), "YYYY-MM-DD") }"`,
		`status eq "${ inputs.level }"`,
		`status eq ${ quote(inputs.level) }`,
		`status eq "${ inputs.b ? "ACTIVE" : "STAGED" }"`,
		`${ inputs.b ? 'status eq "ACTIVE"' : 'profile.login eq ' + quote(inputs.g) }`,
		`${ 'profile.login eq ' + quote(inputs.g) }`,
		`${ 'status eq "' + inputs.level + '" or n eq ' + string(inputs.n) }`,
		`${ let f = quote(inputs.m ?? ""); 'profile.login eq ' + f }`,
		`${ join(map(inputs.list, 'id eq ' + quote(#)), " or ") }`,
		`${ join([1, 2], " ") }`,
		`${ inputs.filter }`,
		`(${ inputs.filter }) and status eq "ACTIVE"`,
		`${ reduce(inputs.list, #acc + " or id eq " + quote(#), 'status eq "X"') }`,
		`x eq "a\\${ inputs.level }"`, // two backslashes are a single one
	} {
		if got := loose(t, text, JSONStrings); len(got) > 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestExpressionsThatMayChangeAFilterAreFound(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want []Loose
	}{
		{`profile.login eq ${ inputs.g }`, []Loose{{Offset: 19, Width: 10, Source: "inputs.g", Path: true}}},
		{`profile.login eq "${inputs.g}"`, []Loose{{Offset: 20, Width: 8, Source: "inputs.g", Path: true, Quoted: true}}},
		{`profile.login eq "${quote(inputs.g)}"`, []Loose{{Offset: 20, Width: 15, Source: "quote(inputs.g)", Quoted: true, Complete: true}}},
		{`${inputs.g}`, []Loose{{Offset: 2, Width: 8, Source: "inputs.g", Path: true, Whole: true}}},
		{`a eq "${inputs.filter}"`, []Loose{{Offset: 8, Width: 13, Source: "inputs.filter", Path: true, Quoted: true, Complete: true}}},
		{`a eq ${inputs.any}`, []Loose{{Offset: 7, Width: 10, Source: "inputs.any", Path: true}}},
		{`a eq "\${inputs.n}"`, []Loose{{Offset: 9, Width: 8, Source: "inputs.n", Path: true, Quoted: true, Complete: true}}},
		{`${'a eq ' + inputs.g}`, []Loose{{Offset: 2, Width: 18, Source: "'a eq ' + inputs.g", Whole: true}}},
		{`${'a eq "' + quote(inputs.g) + '"'}`, []Loose{{Offset: 2, Width: 32, Source: `'a eq "' + quote(inputs.g) + '"'`, Whole: true}}},
		{`${'a eq "'}x"`, []Loose{{Offset: 2, Width: 8, Source: `'a eq "'`}}},
		{`${inputs.b ? "x" : inputs.g}`, []Loose{{Offset: 2, Width: 25, Source: `inputs.b ? "x" : inputs.g`, Whole: true}}},
		{`${inputs.m ?? "x"}`, []Loose{{Offset: 2, Width: 15, Source: `inputs.m ?? "x"`, Whole: true}}},
		{`${let x = inputs.g; x}`, []Loose{{Offset: 2, Width: 19, Source: `let x = inputs.g; x`, Whole: true}}},
		{`${lower(inputs.g)}`, []Loose{{Offset: 2, Width: 15, Source: `lower(inputs.g)`, Whole: true}}},
		{`${upper(quote(inputs.g))}`, []Loose{{Offset: 2, Width: 22, Source: `upper(quote(inputs.g))`, Whole: true}}}, // \n is not \N
		{`${quote(inputs.g)[1:]}`, []Loose{{Offset: 2, Width: 19, Source: `quote(inputs.g)[1:]`, Whole: true}}},
		{`${replace(quote(inputs.g), "x", "y")}`, []Loose{{Offset: 2, Width: 34, Source: `replace(quote(inputs.g), "x", "y")`, Whole: true}}},
		{`${join(inputs.list, " ")}`, []Loose{{Offset: 2, Width: 22, Source: `join(inputs.list, " ")`, Whole: true}}},
		{`${join(["a"], inputs.g)}`, []Loose{{Offset: 2, Width: 21, Source: `join(["a"], inputs.g)`, Whole: true}}},
		{`${reduce(inputs.list, #acc + #, "")}`, []Loose{{Offset: 2, Width: 33, Source: `reduce(inputs.list, #acc + #, "")`, Whole: true}}},
		{`${quote(inputs.g)}${inputs.list[0]}`, []Loose{{Offset: 20, Width: 14, Source: `inputs.list[0]`}}},
	} {
		if diff := cmp.Diff(row.want, loose(t, row.text, JSONStrings)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", row.text, diff)
		}
	}
}

func TestInAnExpressionStringsHaveNoEscapes(t *testing.T) {
	t.Parallel()
	for text, wrong := range map[string]bool{
		`user.a == "x" and user.b == 'it"s'`:                                      false,
		`user.a == ${ quote_expression(inputs.g) }`:                               false,
		`user.n == ${ inputs.n } and ${ inputs.b }`:                               false,
		`user.a == "${ inputs.level }"`:                                           false,
		`user.a == '${ inputs.level }'`:                                           false,
		`${ inputs.expression }`:                                                  false,
		`(${ inputs.expression }) and user.a == "x"`:                              false,
		`${ "user.a == " + quote_expression(inputs.g) }`:                          false,
		`${ "user.a == 'x' or user.b == " + quote_expression(inputs.g) }`:         false,
		`${ join(map(inputs.list, "user.a == " + quote_expression(#)), " or ") }`: false,
		`${ 'user.a == "' + inputs.level + '"' }`:                                 false,
		`user.a == ${ inputs.g }`:                                                 true,
		`user.a == "${ inputs.g }"`:                                               true,
		`user.a == '${ inputs.g }'`:                                               true,
		`user.a == ${ quote(inputs.g) }`:                                          true,
		`user.a == "${ quote_expression(inputs.g) }"`:                             true,
		`user.a == '${ quote_expression(inputs.g) }'`:                             true,
		`${ "user.a == " + quote(inputs.g) }`:                                     true,
		`${ "user.a == '" + quote_expression(inputs.g) + "'" }`:                   true,
		`${ 'user.a == "\\"' + quote_expression(inputs.g) + '"' }`:                true, // no escape of the quote
		`${ inputs.filter }`:                                                      true,
		`${ inputs.g }`:                                                           true,
		`${ "user.a == \"x" }y"`:                                                  true,
	} {
		if got := loose(t, text, PlainStrings); (len(got) > 0) != wrong {
			t.Errorf("%s: %+v", text, got)
		}
	}
	escaped := loose(t, `user.a == ${ quote(inputs.g) }`, PlainStrings)
	if len(escaped) != 1 || !escaped[0].Escaped {
		t.Errorf("got %+v", escaped)
	}
	if got := loose(t, `profile.login eq ${ quote_expression(inputs.g) }`, JSONStrings); len(got) > 0 {
		t.Errorf("a string without escapes is a string of a filter, too: %+v", got)
	}
}

func loose(t *testing.T, text string, s Syntax) []Loose {
	t.Helper()
	compiled, err := CompileText(text, filterEnv)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return compiled.Loose(s)
}

func TestTheGradeOfASchemaIsTheGradeOfItsStrings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]grade{
		`{"type": "string"}`: foreign, `{}`: foreign, `{"type": "integer"}`: word, `{"type": ["integer", "string"]}`: foreign,
		`{"type": "string", "enum": ["a", "b"]}`: word, `{"enum": ["a", 1]}`: word, `{"type": "string", "const": "a"}`: word,
		`{"enum": ["id eq \"x\"", "a"]}`: exact, `{"enum": ["id eq \"x\\\"\"", "a"]}`: complete, `{"type": "string", "enum": ["a\""]}`: foreign,
		`{"type": "string", "format": "date"}`: word, `{"type": "string", "format": "email"}`: foreign,
		`{"type": "string", "filter": true}`: complete, `{"type": "string", "filter": "expression"}`: exact, `{"anyOf": [{"enum": ["a"]}, {"type": "string"}]}`: foreign,
		`{"type": "string", "enum": ["a"], "filter": true}`: word,
	} {
		if got := FromSchema(schema(t, text)).grade(); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}
