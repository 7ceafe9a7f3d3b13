package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spell writes a condition as an expression with all parentheses.
func spell(c condition) string {
	switch c := c.(type) {
	case both:
		return "(" + spell(c.left) + " and " + spell(c.right) + ")"
	case either:
		return "(" + spell(c.left) + " or " + spell(c.right) + ")"
	case negation:
		return "not (" + spell(c.of) + ")"
	case comparison:
		if c.operator == present {
			return c.attribute + " pr"
		}
		return c.attribute + " " + string(c.operator) + " " + jsonText(c.value)
	}
	panic("unknown condition")
}

func TestAndBindsTighterThanOr(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`id eq "1"`:                                 `id eq "1"`,
		`id eq "1" or id eq "2" and id eq "3"`:      `(id eq "1" or (id eq "2" and id eq "3"))`,
		`id eq "1" and id eq "2" or id eq "3"`:      `((id eq "1" and id eq "2") or id eq "3")`,
		`(id eq "1" or id eq "2") and id eq "3"`:    `((id eq "1" or id eq "2") and id eq "3")`,
		`id eq "1" and id eq "2" and id eq "3"`:     `((id eq "1" and id eq "2") and id eq "3")`,
		`profile.costCenter PR or id pr`:            `(profile.costCenter pr or id pr)`,
		`created GT "2026-03-01T13:00:00+01:00"`:    `created gt "2026-03-01t12:00:00.000z"`,
		` ( id EQ"A\"\\B" ) AND type Sw "é\u00C9" `: `(id eq "a\"\\b" and type sw "éé")`,
	} {
		c, err := parseFilter(text, groupSearch)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := spell(c); got != want {
			t.Errorf("%s is read as %s, want %s", text, got, want)
		}
	}
}

func TestFilterErrorHasThePlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                             `at character 1: expected one of id, type, source.id, profile.name, profile.description, created, lastUpdated, lastMembershipUpdated, profile.*, found the end`,
		`name eq "x"`:                  `at character 1: expected one of id, type, source.id, profile.name, profile.description, created, lastUpdated, lastMembershipUpdated, profile.*, found "name"`,
		`id ne "x"`:                    `at character 4: expected one of eq, sw, co, pr after id, found "ne"`,
		`id`:                           `at character 3: expected one of eq, sw, co, pr after id, found the end`,
		`id eq 5`:                      `at character 7: expected a string in "quotes", found "5"`,
		`id eq "x`:                     `at character 7: unterminated string`,
		`id eq "\q"`:                   `at character 7: "\q" is not a valid JSON string`,
		`id eq "x" id eq "y"`:          `at character 11: expected and, or or the end, found "id"`,
		`created gt "soon"`:            `at character 12: "soon" is not a time; write it as "2006-01-02T15:04:05.000Z"`,
		`created sw "2026"`:            `at character 9: expected one of eq, gt, ge, lt, le after created, found "sw"`,
		`(id eq "x"`:                   `at character 11: expected ), found the end`,
		`id eq "x")`:                   `at character 10: expected and, or or the end, found ")"`,
		`id eq "x" and`:                `at character 14: expected one of id, type, source.id, profile.name, profile.description, created, lastUpdated, lastMembershipUpdated, profile.*, found the end`,
		strings.Repeat("(", 1_000_000): `at character 101: parentheses nested more than 100 deep`,
	} {
		if _, err := parseFilter(text, groupSearch); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", text, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`id eq "1"`, `profile.name sw "a" and (type eq "OKTA_GROUP" or profile.description co "\"\\")`,
		`((id eq "1"))`, `id eq "`, `id eq "\u12`, `or`, `(`, `profile.cost pr and lastUpdated ge "2026-03-01T12:00:00+01:00"`, `created gt "x"`, `id eq "x" and`, `ID CO "É"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseFilter(text, groupSearch)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "at character ") {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		c.holds((&group{name: "Contractors"}).value)
		again, err := parseFilter(spell(c), groupSearch)
		if err != nil {
			t.Fatalf("%q is spelled %q, which does not parse: %v", text, spell(c), err)
		}
		if diff := cmp.Diff(spell(c), spell(again)); diff != "" {
			t.Fatalf("%q (-once +twice):\n%s", text, diff)
		}
	})
}
