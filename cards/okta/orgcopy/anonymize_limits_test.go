package orgcopy

import (
	"encoding/json"
	"regexp"
	"testing"
)

func TestReplacementsHaveTheFormOfTheSchema(t *testing.T) {
	a := testAnonymizer()
	for name, attribute := range map[string]record{
		"code": {"type": "string", "maxLength": json.Number("5")}, "pat": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"},
		"long": {"type": "string", "minLength": json.Number("30")},
		"url":  {"type": "string", "format": "uri"}, "land": {"type": "string", "format": "country-code"}, "wide": {"type": "string", "maxLength": json.Number("50")},
		"number": {"type": "integer"}, "badge": {"type": "string", "pattern": "^EMP-[0-9]{6}$"}, "odd": {"type": "string", "pattern": "(?=x)"},
		"listed": {"type": "array", "items": record{"type": "string", "maxLength": json.Number("4")}},
	} {
		a.learn("of", "user", name, attribute)
		a.learn("of", "user", name, objectIn(attribute, "items"))
	}
	for _, c := range []struct{ name, value, form string }{
		{"code", "AB12", "^[A-Z]{2}[0-9]{2}$"}, {"pat", "AB12", "^[A-Z]{2}[0-9]{2}$"}, {"long", "this is a text of more than thirty characters", `^[a-z ]{45}$`},
		{"url", "https://ada.example/x", `^https://[a-z]{16}\.example/[a-z]{16}$`}, {"land", "DE", "^DE$"},
		{"wide", "Ada", "^[A-Z][a-z]{15}$"}, {"listed", "x1", "^[a-z][0-9]$"},
		{"badge", "EMP-123456", "^EMP-[0-9]{6}$"},
	} {
		got, ok := a.valueOf("user", c.name, c.value)
		if !ok || !regexp.MustCompile(c.form).MatchString(got) || got == c.value && c.name != "land" {
			t.Errorf("%s: %q becomes %q (%v)", c.name, c.value, got, ok)
		}
	}
	for _, c := range []struct{ name, value string }{{"odd", "x"}, {"code", "李"}, {"pat", "not it"}} {
		if got := a.attribute("user", c.name, c.value); objectIn(record{"v": got}, "v")[leftOut] != true {
			t.Errorf("%s: %q becomes %v, which cannot be", c.name, c.value, got)
		}
	}
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		b := newAnonymizer([]byte(key), nil)
		b.limits = a.limits
		for _, one := range []string{"A", "z", "7"} {
			if got, ok := b.valueOf("user", "code", one); !ok || got == one || len(got) != 1 {
				t.Errorf("%s becomes %s", one, got)
			}
		}
	}
	a.learn("of", "user", "tier", record{"type": "string", "enum": []any{"gold", "tin"}})
	if got, ok := a.valueOf("user", "tier", "tin"); !ok || got != "tin" {
		t.Errorf("a listed value becomes %q", got)
	}
	if got, ok := a.valueOf("user", "tier", "Ada's"); ok {
		t.Errorf("a value that was listed once becomes %q", got)
	}
	seen := map[string]bool{}
	for _, first := range "0123456789" {
		for _, second := range "0123456789" {
			got, _ := a.valueOf("user", "code", string(first)+string(second))
			seen[got] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("100 codes have %d replacements", len(seen))
	}
	code, _ := a.valueOf("user", "code", "AB12")
	if got, decides := a.decides(`user.code == "AB12" and user.number > 3`); !decides || got != `user.code == "`+code+`" and user.number > 3` {
		t.Errorf("a rule becomes %s (%v)", got, decides)
	}
	if _, decides := a.decides(`user.code == user.title`); decides {
		t.Error("a limited attribute is said to compare with another one")
	}
}
