package expr

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTextSplitsAtHoles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Part{
		"":                        nil,
		"plain":                   {{Text: "plain"}},
		"a ${ b } c":              {{Text: "a "}, {Text: " b ", Hole: true, Offset: 4}, {Text: " c", Offset: 8}},
		"${a}${b}":                {{Text: "a", Hole: true, Offset: 2}, {Text: "b", Hole: true, Offset: 6}},
		"$${a}":                   {{Text: "${a}"}},
		"$$${a}":                  {{Text: "$${a}"}},
		"$ { } $a }":              {{Text: "$ { } $a }"}},
		"${ {a: {b: 1}} }":        {{Text: " {a: {b: 1}} ", Hole: true, Offset: 2}},
		`${ "}" + '}' + "\"}" }x`: {{Text: ` "}" + '}' + "\"}" `, Hole: true, Offset: 2}, {Text: "x", Offset: 22}},
		"${ `}\\` }":              {{Text: " `}\\` ", Hole: true, Offset: 2}},
		"${ 1 /* } */ }":          {{Text: " 1 /* } */ ", Hole: true, Offset: 2}},
		"${ a // }\n }":           {{Text: " a // }\n ", Hole: true, Offset: 2}},
		"ü${ x }":                 {{Text: "ü"}, {Text: " x ", Hole: true, Offset: 4}},
		`${ "$${" }`:              {{Text: ` "$${" `, Hole: true, Offset: 2}},
	} {
		got, err := ParseText(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestUnclosedHoleIsAnErrorWhereItOpens(t *testing.T) {
	t.Parallel()
	for _, row := range []string{"a «${» b", "${a} «${» {b}", `«${» "}`, "«${»", "ü «${» a // }"} {
		text, at := marked(t, row)
		_, err := ParseText(text)
		wantError(t, text, err, at, "unclosed ${", "close it with }")
	}
}

func TestTemplateKeepsTheTypeOfASingleHole(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want any
		typ  string
	}{
		{"plain $${x}", "plain ${x}", "string"},
		{"", "", "string"},
		{"${ inputs.days }", 90, "integer"},
		{" \n${ inputs.days }\t", 90, "integer"},
		{"${ inputs.tags }", []any{"a", "b"}, "list of string"},
		{"${ steps.group }", nil, "object or nil"},
		{"${ now() }", "2026-06-01T12:00:00Z", "string"},
		{"${ inputs.days } days", "90 days", "string"},
		{"${ inputs.days }${ inputs.days }", "9090", "string"},
		{"${ inputs.days / 4 }, ${ 2.0 }, ${ 1e21 }, ${ 1e-7 }", "22.5, 2, 1000000000000000000000, 0.0000001", "string"},
		{"${ true } ${ inputs.group }", "true Contractors", "string"},
		{"${ vars.big }!", "123456789012345678901234567890!", "string"},
		{"${ now() - days(1) } / ${ days(1.5) }", "2026-05-31T12:00:00Z / 36h0m0s", "string"},
		{`profile.name eq ${ quote(inputs.group) }`, `profile.name eq "Contractors"`, "string"},
		{`${ "${" + "}" } stays`, "${} stays", "string"},
		{`${ {a: {b: "}"}}.a.b }`, "}", "string"},
	} {
		tmpl, err := CompileText(row.text, testEnv)
		if err != nil {
			t.Errorf("%q: %v", row.text, err)
			continue
		}
		got, err := tmpl.Eval(context.Background(), testScope(testRoots()))
		if err != nil {
			t.Errorf("%q: %v", row.text, err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" || tmpl.Type().String() != row.typ {
			t.Errorf("%q: %s has type %s, want %s", row.text, diff, tmpl.Type(), row.typ)
		}
	}
}

func TestTemplateReportsLiterals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "a": "a", "$${a}": "${a}"} {
		tmpl, err := CompileText(text, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tmpl.Literal(); !ok || got != want {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"${ 1 }", "a ${ 1 }"} {
		tmpl, err := CompileText(text, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tmpl.Literal(); ok {
			t.Errorf("%q is reported as the literal %q", text, got)
		}
	}
}

func TestTemplateErrorsHavePlacesInTheText(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, message string }{
		{"für ${ inputs.«dayz» }", `unknown field "dayz" of inputs`},
		{"${ 1 } and ${ «qoute»(1) }", `unknown function "qoute"`},
		{"a ${ «» }", `the expression is empty`},
		{"tags: ${ «inputs.tags» }", `cannot convert a list to a string`},
		{"x ${ «inputs.record» }", `cannot convert an object to a string`},
		{"x ${ «nil» }", `cannot convert nil to a string`},
		{"x ${ inputs.«» }", `unexpected end of expression`},
	} {
		text, at := marked(t, row.text)
		_, err := CompileText(text, testEnv)
		wrong := (*Error)(nil)
		if !errors.As(err, &wrong) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		if row.message == "the expression is empty" || row.message == "unexpected end of expression" {
			at.to = at.from // includes white space
			wrong.Offset, wrong.Width = at.from, 0
		}
		wantError(t, text, err, at, row.message, wrong.Hint)
	}
	for _, row := range []struct{ text, message string }{
		{"id: ${ steps.group.«id» }", `cannot read "id" of steps.group, which is nil`},
		{"a ${ 1 } ${ «vars.none» }", `cannot convert nil to a string`},
		{"a ${ «vars» }", `cannot convert an object to a string`},
		{" ${ date(«inputs.since») }", `the argument of date must be an integer, string or time, not nil`},
	} {
		text, at := marked(t, row.text)
		tmpl, err := CompileText(text, testEnv)
		if err != nil {
			if row.text == "a ${ «vars» }" {
				continue
			}
			t.Fatal(err)
		}
		_, err = tmpl.Eval(context.Background(), testScope(testRoots()))
		wrong := (*Error)(nil)
		errors.As(err, &wrong)
		wantError(t, text, err, at, row.message, wrong.Hint)
	}
}

func TestTemplateHolesShareTheCountOfRandomCalls(t *testing.T) {
	t.Parallel()
	tmpl, err := CompileText("${ uuid() } ${ uuid() }", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tmpl.Eval(context.Background(), testScope(nil))
	if err != nil {
		t.Fatal(err)
	}
	if a, b, _ := strings.Cut(v.(string), " "); a == b {
		t.Errorf("both holes give %s", a)
	}
}

func TestReadsListPathsAndWhereTheyMayBeNil(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]Read{
		`steps.group.id`:                {{Path: []string{"steps", "group", "id"}, Width: 14, Nil: 2}},
		`'' + steps.group.profile.name`: {{Path: []string{"steps", "group", "profile", "name"}, Offset: 5, Width: 24, Nil: 2}},
		`steps.group?.profile.name`:     {{Path: []string{"steps", "group", "profile", "name"}, Width: 25}},
		`steps["group"]["id"]`:          {{Path: []string{"steps", "group", "id"}, Width: 20, Nil: 2}},
		`steps.group != nil and steps.group.id == "x"`: {
			{Path: []string{"steps", "group"}, Width: 11}, {Path: []string{"steps", "group", "id"}, Offset: 23, Width: 14},
		},
		`steps.group == nil ? 1 : steps.group.id`: {
			{Path: []string{"steps", "group"}, Width: 11}, {Path: []string{"steps", "group", "id"}, Offset: 25, Width: 14},
		},
		`steps.group?.id == "x" and steps.group.id == "y"`: {
			{Path: []string{"steps", "group", "id"}, Width: 15}, {Path: []string{"steps", "group", "id"}, Offset: 27, Width: 14},
		},
		`steps.found[0].id`:                      {{Path: []string{"steps", "found"}, Width: 11}},
		`map(inputs.users, .id)`:                 {{Path: []string{"inputs", "users"}, Offset: 4, Width: 12}},
		`json(vars)`:                             {{Path: []string{"vars"}, Offset: 5, Width: 4}},
		`vars.x`:                                 {{Path: []string{"vars", "x"}, Width: 6}},
		`let g = steps.group; g.id`:              {{Path: []string{"steps", "group"}, Offset: 8, Width: 11}},
		`reduce(inputs.tags, #acc + vars.x, "")`: {{Path: []string{"inputs", "tags"}, Offset: 7, Width: 11}, {Path: []string{"vars", "x"}, Offset: 27, Width: 6}},
	} {
		p, err := Compile(source, testEnv)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, p.Reads()); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
	}
	tmpl, err := CompileText("id ${ steps.group.id }", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Read{{Path: []string{"steps", "group", "id"}, Offset: 6, Width: 14, Nil: 2}}, tmpl.Reads()); diff != "" {
		t.Error(diff)
	}
}

func TestNilChecksGuardPaths(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		source    string
		whenTrue  string
		whenFalse string
	}{
		{`steps.group == nil`, `null`, `[["steps"],["steps","group"]]`},
		{`steps.group != nil`, `[["steps"],["steps","group"]]`, `null`},
		{`not (nil == steps.group)`, `[["steps"],["steps","group"]]`, `null`},
		{`steps.group?.id == "x" and inputs.active`, `[["steps"],["steps","group"],["steps","group","id"]]`, `null`},
		{`steps.group == nil or inputs.since == nil`, `null`, `[["steps"],["steps","group"],["inputs"],["inputs","since"]]`},
		{`inputs.active`, `null`, `null`},
	} {
		p, err := CompileBool(row.source, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		yes, _ := json.Marshal(p.NonNil(true))
		no, _ := json.Marshal(p.NonNil(false))
		if string(yes) != row.whenTrue || string(no) != row.whenFalse {
			t.Errorf("%s: got %s and %s", row.source, yes, no)
		}
	}
}
