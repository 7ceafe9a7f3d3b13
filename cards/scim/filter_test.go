package scim

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

const ada = `{"id": "U1", "userName": "Ada@acme.example", "active": true, "loginCount": 7, "score": 1.5, "name": {"familyName": "O'Malley"}, "title": "a\"b\\c",
	"emails": [{"value": "ada@acme.example", "type": "work"}, {"value": "a@home.example", "type": "home"}], "meta": {"lastModified": "2026-05-13T04:42:34Z"},
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D", "manager": {"value": "U9"}}, "urn:acme:1.0:X": {"badge": "7"}}`

// The examples are those of RFC 7644, section 3.4.2.2, figure 5, and the cases between them.
var filters = map[string]bool{
	`userName eq "ada@ACME.example"`: true, `USERNAME EQ "ada@acme.example"`: true, `userName ne "ada@acme.example"`: false, `userName eq "bob"`: false,
	`id eq "U1"`: true, `id eq "u1"`: false,
	`name.familyName co "o'm"`: true, `name.familyName sw "O'"`: true, `name.familyName ew "LEY"`: true, `name.familyName ew "O"`: false,
	`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A"`:                       true,
	`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d"`:   true,
	`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "U9"`: true,
	`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr`:                    true, `urn:acme:1.0:X:badge eq "7"`: true,
	`title pr`: true, `nickName pr`: false, `not (nickName pr)`: true, `nickName eq "x"`: false, `nickName ne "x"`: true,
	`title eq "a\"b\\c"`: true, `active eq true`: true, `active eq false`: false, `loginCount eq 7`: true, `loginCount gt 6`: true, `loginCount ge 7.5`: false, `score lt 2`: true, `score le 1.5`: true,
	`meta.lastModified gt "2011-05-13T04:42:34Z"`: true, `meta.lastModified lt "2011-05-13T04:42:34Z"`: false,
	`emails eq "ada@acme.example"`: true, `emails.type eq "home"`: true, `emails[type eq "work" and value co "@acme.example"]`: true, `emails[type eq "home" and value co "@acme.example"]`: false,
	`active eq true and (emails[type eq "other"] or title pr)`: true, `active eq false or active eq true and title pr`: true, `(active eq false or active eq true) and not (title pr)`: false,
	`emails co "@home" or emails co "@x"`: true,
}

func TestAFilterSelectsAsTheStandardDescribes(t *testing.T) {
	t.Parallel()
	for text, want := range filters {
		f, mistake := parseFilter(text)
		if mistake != nil {
			t.Errorf("%s: %s at %d", text, mistake.Message, mistake.Offset)
			continue
		}
		if got := f(value(t, ada)); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}

// The simulated target has a parser of its own, so that a mistake in one shows.
func TestTheSimulatedTargetSelectsTheSame(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, "users: ["+strings.ReplaceAll(ada, "\t", "")+"]")
	for text, want := range filters {
		if strings.Contains(text, "lastModified lt") || strings.Contains(text, `eq "u1"`) { // the target has its own times; it compares ids in any case
			continue
		}
		found := names(f.do("scim.user.list", map[string]any{"filter": text}), "id")
		if (len(found) == 1) != want {
			t.Errorf("%s: found %v", text, found)
		}
	}
}

func TestAWrongFilterIsReportedAtItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		offset  int
		message string
	}{
		``:                          {0, `unexpected end of the filter: expected an attribute, such as userName`},
		`userName`:                  {8, `unexpected end of the filter: expected an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr`},
		`userName is "x"`:           {9, `unexpected "is": expected an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr`},
		`userName eq ada`:           {12, `unexpected "ada": expected a string in double quotes, a number, true, false or null`},
		`userName eq "ada`:          {12, `unexpected "\"ada": expected a string in double quotes, a number, true, false or null`},
		`userName eq {"a": 1}`:      {12, `unexpected "{\"a\":": expected a string in double quotes, a number, true, false or null`},
		`userName eq "a" "b"`:       {16, `unexpected "\"b\"": expected and, or or the end of the filter`},
		`(userName pr`:              {12, `unexpected end of the filter: expected a closing parenthesis`},
		`emails[type eq "x"`:        {18, `unexpected end of the filter: expected a closing bracket`},
		`not userName pr`:           {4, `unexpected "userName": expected a parenthesis after not`},
		`1name pr`:                  {0, `unexpected "1name": expected an attribute, such as userName`},
		`userName pr and`:           {15, `unexpected end of the filter: expected an attribute, such as userName`},
		strings.Repeat("(", 99):     {51, `unexpected "(": expected fewer parentheses`},
		strings.Repeat("a", 10_000): {longestFilter, `the filter is longer than 8192 bytes`},
	} {
		_, got := parseFilter(text)
		if got == nil || got.Offset != want.offset || got.Message != want.message {
			t.Errorf("%.40s: got %+v, want %+v", text, got, want)
		}
	}
}

// What people write in a value of where cannot become a part of the filter.
func TestAStringInSingleQuotesGetsAHintToPaste(t *testing.T) {
	t.Parallel()
	for filter, hint := range map[string]string{
		"userName eq 'a'": `write "a"`, "userName eq a": "insert a string with quote(…)", `userName eq 'a"b'`: "insert a string with quote(…)",
	} {
		if _, got := parseFilter(filter); got == nil || got.Hint != hint {
			t.Errorf("%s: got %+v, want %s", filter, got, hint)
		}
	}
}

func TestT29ConditionsAreAFilterWithEscapedValues(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		where map[string]any
		want  string
	}{
		{map[string]any{"userName": `x" or userName pr or userName eq "`}, `userName eq "x\" or userName pr or userName eq \""`},
		{map[string]any{"name.familyName": map[string]any{"sw": `O'\`}, "active": true, "loginCount": map[string]any{"ge": 3, "lt": 9}}, `active eq true and loginCount ge 3 and loginCount lt 9 and name.familyName sw "O'\\"`},
		{map[string]any{"title": map[string]any{"pr": true}, "nickName": map[string]any{"pr": false}}, `not (nickName pr) and title pr`},
	} {
		got, err := conditions(row.where)
		if err != nil || got != row.want {
			t.Errorf("%v: got %s, %v", row.where, got, err)
		}
		if mistake := filterMistake(got); mistake != nil {
			t.Errorf("%s: %s", got, mistake.Message)
		}
	}
	for _, where := range []map[string]any{
		{`userName eq "x" or id`: "y"}, {"userName": map[string]any{"like": "x"}}, {"userName": map[string]any{"eq": nil}}, {"userName": []any{"x"}}, {"title": map[string]any{"pr": "yes"}},
	} {
		if got, err := conditions(where); err == nil || card.AsError(err).Kind != card.Invalid {
			t.Errorf("%v: got %s, %v", where, got, err)
		}
	}
}

func TestT29AFilterIsBounded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("(", 4000) + "userName pr" + strings.Repeat(")", 4000), strings.Repeat("a[", 3000) + "b pr" + strings.Repeat("]", 1000), strings.Repeat("not (", 1000),
		strings.Repeat("a pr and ", 1000),
	} {
		if _, mistake := parseFilter(text); mistake == nil {
			t.Errorf("%.20s… of %d bytes is accepted", text, len(text))
		}
	}
}

func FuzzFilter(f *testing.F) {
	for text := range filters {
		f.Add(text)
	}
	f.Add(`emails[type eq "work" and (value pr or not (display co "\u0000"))]`)
	f.Fuzz(func(t *testing.T, text string) {
		fits, mistake := parseFilter(text)
		if mistake != nil {
			if mistake.Offset < 0 || mistake.Offset > len(text) || mistake.Offset+mistake.Width > len(text) {
				t.Errorf("%q: the mistake is at %d, %d bytes long", text, mistake.Offset, mistake.Width)
			}
			return
		}
		is := fits(value(t, ada))
		if again, mistake := parseFilter("not (" + text + ")"); mistake == nil && again(value(t, ada)) == is {
			t.Errorf("%q and its negation are both %t", text, is)
		}
	})
}
