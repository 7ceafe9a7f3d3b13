package veil_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// secretParts returns the texts of which none may be in an excerpt: each part of a secret of some length, in each form that
// a service may send.
func secretParts(secret string) (parts []string) {
	const length = 6
	for at := 0; at+length <= len(secret); at++ {
		part := secret[at : at+length]
		parts = append(parts, part, hex.EncodeToString([]byte(part)), url.QueryEscape(part))
		for before := range 3 { // base64 depends on the position
			text := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", before)+part)), "=")
			parts = append(parts, text[before*4/3+1:len(text)-1])
		}
	}
	return parts
}

func TestAnExcerptCutsAtEveryPlaceWithoutAPartOfASecret(t *testing.T) {
	t.Parallel()
	const secret = `s3cr t/of+the=cl"ient`
	v, parts := learned(secret), secretParts(secret)
	for name, form := range map[string]string{
		"plain": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"user and password": base64.StdEncoding.EncodeToString([]byte("ada:" + secret)), "SMTP": base64.StdEncoding.EncodeToString([]byte("\x00ada\x00" + secret)),
		"hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query": url.QueryEscape(secret), "path": url.PathEscape(secret), "JSON": func() string { text, _ := json.Marshal(secret); return string(text) }(),
		"base64 in a URL": url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
	} {
		text := "refused: ü " + form + " is wrong"
		for most := range len(text) + 2 {
			for by, got := range map[string]string{"learned": v.Excerpt(text, most), "given": (*veil.Veil)(nil).Excerpt(text, most, secret)} {
				for _, part := range parts {
					if strings.Contains(strings.ToLower(got), strings.ToLower(part)) {
						t.Fatalf("%s, %s, cut at %d: %q has the part %q", name, by, most, got, part)
					}
				}
				if !utf8.ValidString(got) || len(got) > most+len("…") {
					t.Fatalf("%s, %s, cut at %d: %q", name, by, most, got)
				}
			}
		}
		if got := v.Excerpt(text, len(text)); !strings.HasSuffix(got, " is wrong") || !strings.Contains(got, "[secret]") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnExcerptOfATextThatIsShortEnoughIsTheText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "no": "no", "äöü": "äö…", "a\xffb": "a\uFFFD…", "12345": "1234…"} {
		if got := veil.New().Excerpt(text, 4); got != want {
			t.Errorf("%s: %q, want %q", fmt.Sprintf("%q", text), got, want)
		}
	}
}
