package expr

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompileReportsMistakesAtTheirPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ source, message, hint string }{
		{`«inptus».days`, `unknown name "inptus"`, `did you mean "inputs"? names: inputs, steps, vars`},
		{`inputs.record.«lastLogn»`, `unknown field "lastLogn" of inputs.record`, `did you mean "lastLogin"? fields: created, id, lastLogin, profile, status`},
		{`pick(inputs.record, "«costCenter»")`, `unknown field "costCenter"`, `fields: created, id`},
		{`inputs["record"]["«lastLogn»"]`, `unknown field "lastLogn" of inputs.record`, `did you mean "lastLogin"?`},
		{`"ü" + inputs.record.«statsu»`, `unknown field "statsu" of inputs.record`, `did you mean "status"?`},
		{`inputs.record.«mobile»`, `unknown field "mobile" of inputs.record`, `did you mean inputs.record.profile.mobile?`},
		{`inputs.«record2».x`, `unknown field "record2" of inputs`, `did you mean "record"?`},
		{`steps.group.«result».id`, `unknown field "result" of steps.group`, `steps.group is the result of the step itself`},
		{`filter(inputs.users, .«mobile» == "1")`, `unknown field "mobile" of an element of inputs.users`, `did you mean .profile.mobile?`},
		{`steps.group?.«nam»`, `unknown field "nam" of steps.group`, `did you mean steps.group?.profile.name?`},
		{`steps.group.profile?.x ?? inputs.«dayz»`, `unknown field "dayz" of inputs`, `did you mean "days"?`},
		{`filter(inputs.users, .«stauts» == "ACTIVE")`, `unknown field "stauts" of an element of inputs.users`, `did you mean "status"?`},
		{`map(inputs.users, .lastLogin.«x»)`, `.lastLogin, a string or nil, has no field "x"`, ``},
		{`first([nil]).«x»`, `nil has no field "x"`, ``},
		{`map(inputs.users, {id«:» .id})`, `unexpected ":"`, `in parentheses`},
		{`{«in»: 1}`, `"in" cannot be the name of a field`, `a string in "quotes"`},
		{`map(inputs.users, #.«stauts»)`, `unknown field "stauts" of an element of inputs.users`, `did you mean`},
		{`filter(inputs.users, «status» == "x")`, `unknown name "status"`, `a field of the element is written .status`},
		{`let u = first(inputs.users); u?.«idd»`, `unknown field "idd" of u`, `did you mean "id"?`},
		{`{a: 1}.«b»`, `unknown field "b" of this object`, `fields: a`},
		{`steps.«grp».id`, `unknown field "grp" of steps`, `did you mean "group"?`},
		{`«lenght»(inputs.tags)`, `unknown function "lenght"`, `did you mean "len"?`},
		{`«inputs.tags + ["x"]»`, `cannot add a list of string and a list of string`, `concat(list, list)`},
		{`«inputs["record"]["id"] + len(inputs.tags)»`, `cannot add a string and an integer`, `string(x)`},
		{`pluck(inputs.users, "profile.login") | map(#.«x»)`, ``, ``},
		{`pluck(inputs.users, "«stauts».x")`, `unknown field "stauts" in the path "stauts.x"`, `did you mean "status"?`},
		{`pick(inputs.record, "id", "«stat»")`, `unknown field "stat"`, `fields: created`},
		{`pick(inputs.record, "«profile.login»")`, `unknown field "profile.login"`, `a path is not a field; the field is "profile"`},
		{`omit(inputs.record, "«profile.login»")`, `unknown field "profile.login"`, `a path is not a field; the field is "profile"`},
		{`omit(inputs.record, "id", «"sta\u0075z"»)`, `unknown field "stauz"`, `did you mean "status"?`},
		{`pick(inputs.record, "id").«status»`, `unknown field "status" of this object`, `fields: id`},
		{`omit(inputs.record, "id").«id»`, `unknown field "id" of this object`, `fields: created`},
		{`index_by(inputs.users, "id").x?.«logn»`, `unknown field "logn" of this object`, `did you mean "lastLogin"?`},
		{`inputs.tags.«length»`, `inputs.tags, a list of string, has no field "length"`, `write len(inputs.tags)`},
		{`inputs.days.«x»`, `inputs.days, an integer, has no field "x"`, ``},
		{`format_date(now(), «"yyyy"»)`, `unknown "yyyy" in the layout`, `YYYY`},
		{`now().«Year»`, `a time has no field "Year"`, `format_date`},
		{`inputs.group.«upper»()`, `values have no methods, so there is no upper() here`, `write upper(inputs.group)`},
		{`inputs.group.«toLowerCase»()`, `values have no methods, so there is no toLowerCase() here`, `write lower(inputs.group)`},
		{`inputs.group.«split»("@")`, `values have no methods, so there is no split() here`, `write split(inputs.group, …)`},
		{`inputs.tags.«join»(",")`, `values have no methods, so there is no join() here`, `write join(inputs.tags, …)`},
		{`inputs.group.«includes»("x")`, `values have no methods, so there is no includes() here`, `write inputs.group contains "text"`},
		{`inputs.tags.«includes»("x")`, `values have no methods, so there is no includes() here`, `write element in inputs.tags`},
		{`inputs.group.«trimm»()`, `values have no methods, so there is no trimm() here`, `write trim(inputs.group)`},
		{`inputs.group.«frobnicate»()`, `values have no methods, so there is no frobnicate() here`, `as in upper(inputs.group)`},
		{`inputs.group.«isEmpty»()`, `values have no methods, so there is no isEmpty() here`, `write empty(value)`},
		{`inputs.days == «null»`, `unknown name "null"`, `a missing value is nil`},
		{`inputs.group == «ACTIVE»`, `unknown name "ACTIVE"`, `a string has quotes: "ACTIVE"`},
		{`inputs.group == «contractors»`, `unknown name "contractors"`, `names: inputs, steps, vars; a string has quotes`},
		{`«True» == inputs.active`, `unknown name "True"`, `write true`},
		{`«group».id`, `unknown name "group"`, `did you mean steps.group?`},
		{`«days» > 3`, `unknown name "days"`, `did you mean inputs.days?`},
		{`«since» == nil`, `unknown name "since"`, `did you mean inputs.since?`},
		{`«record».id`, `unknown name "record"`, `did you mean inputs.record?`},
		{`inputs.«found»`, `unknown field "found" of inputs`, `did you mean steps.found?`},
		{`inputs.«steps».found`, `unknown field "steps" of inputs`, `did you mean steps?`},
		{`«NOT»(true)`, `unknown function "NOT"`, `write not`},
		{`inputs.group «eq» "x"`, `unexpected "eq"`, `write inputs.group == "x"`},
		{`inputs.group «sw» "x"`, `unexpected "sw"`, `write inputs.group startsWith "x"`},
		{`inputs.active «AND» true`, `unexpected "AND"`, `write and`},
		{`inputs.group «is» empty`, `unexpected "is"`, "empty(value)"},
		{`inputs.group <«>» "x"`, `unexpected ">"`, `!= compares`},
		{`inputs.group ==«=» "x"`, `unexpected "="`, `== compares`},
		{`inputs.group == «“»a”`, `unexpected "“"`, `straight: "text"`},
		{`now() - «90d»`, `"90d" is not a number`, `write duration("90d")`},
		{`«{{» inputs.group }} == "a"`, `unexpected "{{"`, `{{ }} is Jinja's syntax; this is an expression already: write inputs.group == "a"`},
		{`«${»{ inputs.group == "a" }}`, `${ inside an expression`, `${{ }} is GitHub Actions' syntax; this is an expression already: write inputs.group == "a"`},
		{`{ inputs«.»group }`, `unexpected "."`, ``},
		{`{inputs«}»`, `unexpected "}"`, `a field has a name and a value: {inputs: value}`},
		{`{ inputs«.»group: 1 }`, `unexpected "."`, ``},
		{`{a: 1, list: inputs.tags}[«0»]`, `the name of a field must be a string, not an integer`, ``},
		{`«qoute»(inputs.group)`, `unknown function "qoute"`, `did you mean "quote"?`},
		{`«toJSON»(1)`, `unknown function "toJSON"`, `use json(value)`},
		{`«groupBy»(inputs.users, .id)`, `unknown function "groupBy"`, `use group_by(list, "path")`},
		{`«env»("HOME")`, `unknown function "env"`, ``},
		{`«$env».inputs`, `unknown name "$env"`, `names: inputs`},
		{`«$env»["inputs"]`, `unknown name "$env"`, `names: inputs`},
		{`«now» - days(3)`, `unknown name "now"`, `now is a function: write now(…)`},
		{`«inputs»(1)`, `unknown function "inputs"`, `inputs is a value, not a function`},
		{`«quote»()`, `quote takes 1 argument, not 0`, `quote(text: string, time or duration) string`},
		{`«days»(1, 2)`, `days takes 1 argument, not 2`, `days(n: number) duration`},
		{`«uuid»(1)`, `uuid takes no arguments, not 1`, `uuid() string`},
		{`days(«"3"»)`, `the argument of days must be a number, not a string`, ``},
		{`date(«nil»)`, `the argument of date must be an integer, string or time, not nil`, `x ?? y`},
		{`lower(«inputs.days»)`, `the argument of lower must be a string, not an integer`, ``},
		{`quote(«inputs.days»)`, `the argument of quote must be a string, time or duration, not an integer`, `without quotes`},
		{`«inputs.group + 1»`, `cannot add a string and an integer`, `string(x)`},
		{`«now() > "2026-01-01"»`, `cannot compare a time and a string`, `date(string)`},
		{`«inputs.record.lastLogin < now»()`, `cannot compare a string or nil and a time`, `write date(inputs.record.lastLogin)`},
		{`«now() - "90d"»`, `cannot subtract a time and a string`, `write duration("90d")`},
		{`«now() - 3»`, `cannot subtract a time and an integer`, `days(n)`},
		{`«inputs.group == 3»`, `cannot compare a string and an integer`, `string(x)`},
		{`«inputs.days in inputs.tags»`, `cannot compare an integer and a string`, `string(x)`},
		{`"a" in «inputs.group»`, `the right side of in must be a list or object, not a string`, `contains`},
		{`«inputs.tags» contains "a"`, `the operand of contains must be a string, not a list of string`, `element in list`},
		{`inputs.group matches «"("»`, "not a regular expression: missing closing ): `(`", `RE2`},
		{`regex_replace("a", «"["», "")`, "not a regular expression: missing closing ]: `[`", `RE2`},
		{`«inputs.group» and true`, `the operand of and must be a boolean, not a string`, `x == "text"`},
		{`true && «inputs.maybe»`, `the operand of && may be nil`, `x ?? false`},
		{`not «inputs.days»`, `the operand of not must be a boolean, not an integer`, `x > 0`},
		{`«inputs.days» ? 1 : 2`, `the condition must be a boolean, not an integer`, `x > 0`},
		{`filter(inputs.users, «.id»)`, `the closure of filter must be a boolean, not a string`, `x == "text"`},
		{`filter(«inputs.record», true)`, `argument 1 of filter must be a list, not an object`, `values(object)`},
		{`sum(«inputs.tags»)`, `an element of sum must be a number, not a string`, ``},
		{`sortBy(inputs.users, .id, «"down"»)`, `unknown order "down"`, `"asc" or "desc"`},
		{`let «inputs» = 1; 2`, `the name "inputs" is taken`, ``},
		{`let «len» = 1; 2`, `the name "len" is taken`, ``},
		{`{a: 1, «a»: 2}`, `duplicate field "a"`, ``},
		{`«b"x"»`, `byte strings are not supported: remove the b`, ``},
		{`inputs.tags["«a»"]`, ``, ``},
		{`«-inputs.group»`, `the operand of - must be a number, not a string`, ``},
		{`1 +«»`, `unexpected end of expression`, ``},
		{`inputs.days «=» 3`, `unexpected "="`, `== compares`},
		{`x «=»> x == "vpn"`, `unexpected "="`, `filter(list, u => u == "x")`},
		{`filter(inputs.tags, (x) «=»> x == "vpn")`, `unexpected "="`, `filter(list, u => u == "x")`},
		{`filter(inputs.tags, t => t == "a«»`, `unterminated string`, ``},
		{`filter(inputs.tags, t => t == «null»)`, `unknown name "null"`, `a missing value is nil`},
		{`"ü" in map(inputs.users, ü => ü.«loginn»)`, `unknown field "loginn" of ü`, `did you mean ü.profile.login?`},
		{`filter(inputs.users, «u => u.id»)`, `the closure of filter must be a boolean, not a string`, `x == "text"`},
		{`map(inputs.users, u => map(inputs.users, «u» => u))`, `the name "u" is taken`, ``},
		{`map(inputs.users, «len» => 1)`, `the name "len" is taken`, ``},
		{`map(inputs.tags, true «=»> true)`, `unexpected "="`, `true is a value, which cannot be the name of an element`},
		{`count_by(inputs.tags, t «=>» t)`, `unexpected "=>"`, `without one it counts the elements: count_by(list)`},
		{`group_by(inputs.users, u «=>» u.profile.login)`, `unexpected "=>"`, `group_by takes a path in place of a closure: group_by(list, "profile.login")`},
		{`pluck(inputs.users, u «=>» u.id + "")`, `unexpected "=>"`, `as in pluck(list, "a.b")`},
		{`upper(t «=»> t)`, `unexpected "="`, `upper takes no closure: upper(text: string) string`},
		{`"a" | upper«»`, `unexpected end of expression`, `a function after | has parentheses: upper()`},
		{`[1, x «=>» 2]`, `unexpected "=>"`, `a closure may name its element`},
		{`map(inputs.users, u => u.id «)» )`, ``, ``},
		{`inputs.days «)»`, `unexpected ")"`, ``},
		{`inputs.n ?? 1 «>» 2`, `?? needs parentheses next to another operator`, `(a ?? b) == c`},
		{`«99999999999999999999» + 1`, `the number 99999999999999999999 is too large or malformed`, ``},
		{`-«9223372036854775808»`, `the number 9223372036854775808 is too large or malformed`, `write -9223372036854775807 - 1`},
		{`inputs.days > «${» inputs.n }`, `${ inside an expression`, `without ${ }`},
		{`«»`, `the expression is empty`, ``},
	} {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			source, at := marked(t, row.source)
			_, err := Compile(source, testEnv)
			if row.message == "" { // only the position is checked
				wrong := (*Error)(nil)
				if !errors.As(err, &wrong) || cut(source, span{wrong.Offset, wrong.Offset + wrong.Width}) != cut(source, at) {
					t.Errorf("got %#v, want an error at %q", err, cut(source, at))
				}
				return
			}
			wantError(t, source, err, at, row.message, row.hint)
		})
	}
}

func TestUnknownNamesListTheAlternativesSorted(t *testing.T) {
	t.Parallel()
	_, err := Compile(`inputs.record.lastLogn`, testEnv)
	wrong := err.(*Error)
	if wrong.Name != "lastLogn" {
		t.Errorf("the name is %q", wrong.Name)
	}
	if diff := cmp.Diff([]string{"created", "id", "lastLogin", "profile", "status"}, wrong.Alternatives); diff != "" {
		t.Error(diff)
	}
	_, err = Compile(`qoute("x")`, testEnv)
	if wrong = err.(*Error); wrong.Name != "qoute" || !slices.Equal(wrong.Alternatives, []string{"quote"}) {
		t.Errorf("got %q, %q", wrong.Name, wrong.Alternatives)
	}
}

func TestConditionsAreBooleans(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ source, message string }{
		{`«inputs.group»`, "the condition must be a boolean, not a string"},
		{` «inputs.maybe» `, "the condition may be nil"},
		{`«steps.group?.id»`, "the condition must be a boolean, not a string or nil"},
		{`«nil»`, "the condition must be a boolean, not nil"},
		{`«inputs.active ? true : nil»`, "the condition may be nil"},
	} {
		source, at := marked(t, row.source)
		_, err := CompileBool(source, testEnv)
		wantError(t, source, err, at, row.message, (err.(*Error)).Hint)
	}
	for source, message := range map[string]string{
		`«vars.none»`:  "the condition must be a boolean, not nil",
		` «vars.text»`: "the condition must be a boolean, not a string",
	} {
		source, at := marked(t, source)
		p, err := CompileBool(source, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.EvalBool(context.Background(), testScope(testRoots()))
		wantError(t, source, err, at, message, (err.(*Error)).Hint)
	}
	p, err := CompileBool(`inputs.days > 3 and inputs.active`, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.EvalBool(context.Background(), testScope(testRoots())); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestValuesThatMayBeNilAreFoundWhereNilIsAnError(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		`date(inputs.record.lastLogin) > now()`:                                    {"inputs.record.lastLogin may be nil, which date does not accept"},
		`inputs.record.lastLogin + "x"`:                                            {"inputs.record.lastLogin may be nil, which + does not accept"},
		`"a" < inputs.record.lastLogin < "b"`:                                      {"inputs.record.lastLogin may be nil, which < does not accept"},
		`lower(steps.group?.id)`:                                                   {"steps.group.id may be nil, which lower does not accept"},
		`lower(first(inputs.tags))`:                                                {"this may be nil, which lower does not accept"},
		`inputs.record.lastLogin == "x"`:                                           nil,
		`inputs.record.lastLogin != nil and date(inputs.record.lastLogin) > now()`: nil,
		`lower(inputs.record.lastLogin ?? "")`:                                     nil,
		`json(inputs.record.lastLogin)`:                                            nil,
		`lower(path(inputs.record, "any.thing"))`:                                  nil,
	} {
		p, err := Compile(source, testEnv)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var got []string
		for _, m := range p.Maybes() {
			got = append(got, m.Message)
			if at := source[m.Offset : m.Offset+m.Width]; m.Hint == "" || at == "" {
				t.Errorf("%s: %+v", source, m)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
	for text, want := range map[string]int{"last ${ inputs.record.lastLogin }": 1, "${ inputs.record.lastLogin }": 0, "${ lower(inputs.record.lastLogin) }": 1} {
		tmpl, err := CompileText(text, testEnv)
		if err != nil || len(tmpl.Maybes()) != want {
			t.Errorf("%s: %v, %v", text, tmpl, err)
		}
	}
}

func TestATextThatAValueNeverHasIsFound(t *testing.T) {
	t.Parallel()
	env := ObjectOf(map[string]Type{
		"kind": OneOf("not_found", "failed"), "maybe": OneOf("on", "off").OrNil(), "mixed": OneOf("on").Or(OneOf("off")), "any": String,
		"one": OneOf("on"), "number": OneOf("on").Or(Int),
	}, false)
	for source, want := range map[string]string{
		`kind == "notFound"`:                      `kind is never "notFound"`,
		`"notFound" != kind`:                      `kind is never "notFound"`,
		`kind in ["failed", "notFound"]`:          `kind is never "notFound"`,
		`maybe == "On"`:                           `maybe is never "On"`,
		`kind == "failed" or kind == "not_found"`: "",
		`kind in ["failed", "not_found"]`:         "",
		`maybe == nil or maybe == "on"`:           "",
		`mixed == "x" or any == "x"`:              "",
		`lower(kind) == "x"`:                      "",
		`kind[0:1] == "n"`:                        "",
		`kind + "s" == "faileds"`:                 "",
		`(maybe ?? "none") == "none"`:             "",
		`(any == "" ? kind : "x") == "x"`:         "",
		`kind startsWith "not"`:                   "",
		`number == 1 or number == "x"`:            "",
	} {
		_, err := Compile(source, env)
		if got := ""; err != nil && err.Error() != want || err == nil && want != got {
			t.Errorf("%s: got %v, want %q", source, err, want)
		}
		if wrong := (*Error)(nil); errors.As(err, &wrong) && wrong.Hint == "" {
			t.Errorf("%s has no hint", source)
		}
	}
}
