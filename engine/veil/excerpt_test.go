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

func TestAnExcerptHasNoSecretThatSpaceSplits(t *testing.T) {
	t.Parallel()
	const secret = "Sup3rSecr3tPw-xyz"
	v := learned(secret)
	for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("\x00it\x00" + secret))} {
		for _, space := range []string{" ", "\t", "\r", "\n", "\r\n   ", "\v", "\u00a0", "\u200b", "\x00"} {
			for at := 1; at < len(form); at++ {
				got := v.Excerpt("bad "+form[:at]+space+form[at:]+" again", 500)
				if joined := strings.Join(strings.Fields(got), ""); !strings.Contains(joined, "[secret]") || strings.Contains(joined, form[:8]) && form == secret {
					t.Fatalf("%q split by %q at %d: got %q", form, space, at, got)
				}
			}
			half := len(form) / 2
			third := v.Excerpt("bad "+form[:4]+space+form[4:half]+space+form[half:], 500)
			if !strings.Contains(third, "[secret]") {
				t.Errorf("%q in three parts: got %q", form, third)
			}
		}
	}
	if got := v.Excerpt("a text\n with  space", 500); got != "a text\n with  space" {
		t.Errorf("got %q", got)
	}
}
