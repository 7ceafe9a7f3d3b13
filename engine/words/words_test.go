package words

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestMustBeNamesTheKindsWithTheirArticles(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		subject, want string
		got           any
		sentence      string
	}{
		{"the limit", "integer", "x", "the limit must be an integer, not a string"},
		{"the limit", "integer", 1.5, "the limit must be an integer, not a number"},
		{`input "name"`, "string", 3, `input "name" must be a string, not an integer`},
		{"", "list or object", nil, "must be a list or object, not nil"},
		{"", "object", []any{}, "must be an object, not a list"},
		{"", "list", map[string]any{}, "must be a list, not an object"},
		{"", "string", true, "must be a string, not a boolean"},
		{"", "string", json.Number("1e999"), "must be a string, not a number"},
	} {
		if got := MustBe(row.subject, row.want, Kind(row.got)); got != row.sentence {
			t.Errorf("got %q, want %q", got, row.sentence)
		}
	}
}

func TestOrListsAlternativesWithNilAtTheEnd(t *testing.T) {
	t.Parallel()
	for want, nouns := range map[string][]string{
		"": nil, "string": {"string"}, "nil": {"nil"}, "string or nil": {"nil", "string"}, "integer, string or time": {"integer", "string", "time"},
	} {
		if got := Or(nouns); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHintListsTheNamesIfTheyAreFew(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 20 {
		many = append(many, "okta.user.v"+strconv.Itoa(i))
	}
	many = append(many, "okta.group.create", "okta.group.delete")
	for _, row := range []struct {
		name  string
		names []string
		want  string
	}{
		{"prd", []string{"prod", "okta"}, `did you mean "prod"? names: prod, okta`},
		{"x", []string{"prod", "okta"}, `names: prod, okta`},
		{"x", nil, ``},
		{"okta.group.craete", many, `did you mean "okta.group.create"? names: okta.group.create, okta.group.delete`},
		{"okta.group.zzzzzzzz", many, `names: okta.group.create, okta.group.delete`},
		{"okta.usr.v7", many, `did you mean "okta.user.v7"?`},
		{"okta.user.zzzzzzzz", many, `names: ` + strings.Join(many[:20], ", ")},
		{"okta.user.zzzzzzzz", slices.Concat(many[:20], many[:20], many), ``},
		{"zzzzzzzzz", many, ``},
	} {
		if got := Hint("names", row.name, row.names); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestANumberIsWrittenInDecimalDigits(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]float64{
		"0": math.Copysign(0, -1), "3": 3, "-2.5": -2.5, "0.00001": 1e-5, "0.0000001": 1e-7, "1000000000000000000000000": 1e24,
		"-9223372036854775808": math.MinInt64,
	} {
		if got := Number(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
