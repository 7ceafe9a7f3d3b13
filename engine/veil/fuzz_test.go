package veil_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

// FuzzASecretIsNeverShown writes a secret between two texts, in one form nested in another.
func FuzzASecretIsNeverShown(f *testing.F) {
	for i, secret := range secrets {
		f.Add(secret, "before ", " after", uint8(i), uint8(2*i+1))
	}
	f.Fuzz(func(t *testing.T, secret, before, after string, inner, outer uint8) {
		secret = strings.TrimSpace(secret)
		in, out := forms[int(inner)%len(forms)], forms[int(outer)%len(forms)]
		if !canBeHidden(secret, before, after) || lost(secret, in.name, out.name) {
			t.Skip("canBeHidden and lost list the reasons why it is not hidden")
		}
		v := learned(secret)
		for _, text := range []string{
			out.write(in.write(before + secret + after)),
			quiet(before) + out.write(in.write(secret)) + quiet(after),
			out.write(quiet(before) + in.write(secret) + quiet(after)),
		} {
			hidden := string(v.Text([]byte(text)))
			if !strings.Contains(hidden, card.Hidden) || shows(hidden, secret) {
				t.Errorf("%q as %s in %s: %q became %q", secret, in.name, out.name, text, hidden)
			}
			object := fmt.Sprint(v.Value(map[string]any{text: []any{text}}))
			if strings.Count(object, card.Hidden) < 2 || shows(object, secret) {
				t.Errorf("%q as %s in %s: %q in an object became %s", secret, in.name, out.name, text, object)
			}
		}
	})
}

// canBeHidden returns false for input that cannot be hidden or has no agreed form: texts that are not UTF-8, control
// characters, secrets that are part of card.Hidden, and secrets of so few different characters that the rest of an
// escape, such as the digits of \u0000, looks like one.
func canBeHidden(secret, before, after string) bool {
	for _, text := range []string{secret, before, after} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' || r == utf8.RuneError }) {
			return false
		}
	}
	different := map[rune]bool{}
	for _, r := range secret {
		different[r] = true
	}
	return len(different) >= 6 && !shows(before+card.Hidden+after+card.Hidden+before, secret)
}

// quiet returns a text without the characters that would form an escape with the text next to it.
func quiet(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`\%&'`, r) {
			return '.'
		}
		return r
	}, text)
}

// FuzzNothingElseChanges searches texts for a secret that they do not contain.
func FuzzNothingElseChanges(f *testing.F) {
	for _, secret := range secrets {
		for _, form := range forms {
			f.Add(form.write(secret))
		}
	}
	v := learned("c0rrect horse battery staple")
	f.Fuzz(func(t *testing.T, text string) {
		if got := string(v.Text([]byte(text))); got != text {
			t.Errorf("%q became %q", text, got)
		}
		if got := v.Value(text); got != text {
			t.Errorf("%q became %q as a value", text, got)
		}
	})
}

// FuzzAValueKeepsItsStructure hides any text in any value.
func FuzzAValueKeepsItsStructure(f *testing.F) {
	f.Add(`{"a": [1, "sw0rdfish", {"sw0rdfish": 1234567, "SW0RDFISH": 2}], "b\"": null}`, "sw0rdfish")
	f.Add(`[1234567, 1.5e1234567, -1234567, "1234567", true]`, "1234567")
	f.Add(`"\ud83d\ude00 \\n1234"`, "n1234")
	f.Fuzz(func(t *testing.T, data, secret string) {
		value, err := card.DecodeJSON([]byte(data))
		if err != nil {
			t.Skip("not JSON")
		}
		hidden := learned(secret).Value(value)
		if structure(hidden) != structure(value) {
			t.Errorf("%s became %v", data, hidden)
		}
	})
}

// structure returns a value with one letter for each leaf, and the number of fields of each object.
func structure(v card.Value) string {
	switch v := v.(type) {
	case nil, bool:
		return "c"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, structure(item))
		}
		return fmt.Sprint(items)
	case map[string]any:
		var fields []string
		for _, field := range v {
			fields = append(fields, structure(field))
		}
		slices.Sort(fields) // changed keys have a different order
		return fmt.Sprint(len(v), fields)
	}
	return "v"
}
