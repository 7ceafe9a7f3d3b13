package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spell writes a condition as an expression with every parenthesis.
func spell(c condition) string {
	switch c := c.(type) {
	case both:
		return "(" + spell(c.left) + " and " + spell(c.right) + ")"
	case either:
		return "(" + spell(c.left) + " or " + spell(c.right) + ")"
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
		` ( ID EQ"A\"\\B" ) AND type Sw "é\u00C9" `: `(id eq "a\"\\b" and type sw "éé")`,
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

func TestAFilterErrorSaysWhatAndWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                             `at character 1: expected one of id, type, profile.name, profile.description, found the end`,
		`name eq "x"`:                  `at character 1: expected one of id, type, profile.name, profile.description, found "name"`,
		`id ne "x"`:                    `at character 4: expected one of eq, sw, co after id, found "ne"`,
		`id`:                           `at character 3: expected one of eq, sw, co after id, found the end`,
		`id eq 5`:                      `at character 7: expected text in "quotes", found "5"`,
		`id eq "x`:                     `at character 7: the quote that begins here does not end`,
		`id eq "\q"`:                   `at character 7: "\q" is not text as JSON writes it`,
		`id eq "x" id eq "y"`:          `at character 11: expected and, or or the end, found "id"`,
		`(id eq "x"`:                   `at character 11: expected ), found the end`,
		`id eq "x")`:                   `at character 10: expected and, or or the end, found ")"`,
		`id eq "x" and`:                `at character 14: expected one of id, type, profile.name, profile.description, found the end`,
		strings.Repeat("(", 1_000_000): `at character 101: more than 100 parentheses within each other`,
	} {
		if _, err := parseFilter(text, groupSearch); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", text, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`id eq "1"`, `profile.name sw "a" and (type eq "OKTA_GROUP" or profile.description co "\"\\")`,
		`((id eq "1"))`, `id eq "`, `id eq "\u12`, `or`, `(`, `id eq "x" and`, `ID CO "É"`,
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
