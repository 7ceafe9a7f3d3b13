package veil_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

var secrets = []string{
	"sw0rdfish", `sw0rdfish"`, `\sw0rdfish`, "it's: sw0rdfish", `sw0r"d\fish sw0rdfish`, "<sw0rdfish>", "sw0rd&amp;fish%41",
	"sw0rdfish line\nsw0rdfish two", "sw0rdfish\tü\u2028.", "Größe über alles", "日本語の秘密", "😀 sw0rd+fish / =", `sw\n0"rd\u0041fish`, "\\\tsw0rdfish", "+ sw0rd fish",
	"https://acme.okta.com/welcome/XE6wE17zmphl3KqAPFxO?a=b%20c&d=e",
}

func learned(texts ...string) *veil.Veil {
	v := veil.New()
	v.Learn(texts...)
	return v
}

func TestASecretIsHiddenInEveryForm(t *testing.T) {
	t.Parallel()
	for _, secret := range secrets {
		v := learned(secret)
		for _, form := range forms {
			for _, in := range []string{secret, "x" + secret + " seen", "ab " + secret, "abc\"'&" + secret + "é"} {
				text := form.write(in)
				if hidden := string(v.Text([]byte(text))); shows(hidden, secret) || !strings.Contains(hidden, card.Hidden) {
					t.Errorf("%q as %s: %s became %s", secret, form.name, text, hidden)
				}
			}
		}
	}
}

func TestASecretIsHiddenInNestedForms(t *testing.T) {
	t.Parallel()
	for _, secret := range secrets {
		v := learned(secret)
		for _, inner := range forms {
			for _, outer := range forms {
				if lost(secret, inner.name, outer.name) {
					continue
				}
				text := outer.write(inner.write("ab " + secret + " seen"))
				if hidden := string(v.Text([]byte(text))); shows(hidden, secret) || !strings.Contains(hidden, card.Hidden) {
					t.Errorf("%q as %s in %s: %s became %s", secret, inner.name, outer.name, text, hidden)
				}
			}
		}
	}
}

func TestASecretIsHiddenInFourNestedForms(t *testing.T) {
	t.Parallel()
	secret := `sw0r"d fish`
	text := secret
	for _, name := range []string{"base64", "URL query", "JSON", "Go"} {
		for _, form := range forms {
			if form.name == name {
				text = form.write("a " + text)
			}
		}
	}
	want := `"\"a a+[secret]%3D%3D\""`
	if got := string(learned(secret).Text([]byte(text))); got != want && !strings.Contains(got, card.Hidden) {
		t.Errorf("%s became %s", text, got)
	}
}

func TestTheTextAroundASecretIsKept(t *testing.T) {
	t.Parallel()
	v := learned("sw0rdfish", "fishbone", "it's")
	for in, want := range map[string]string{
		"":                                  "",
		"none":                              "none",
		"sw0rdfish":                         "[secret]",
		"a SW0RDFISH, b":                    "a [secret], b",
		"sw0rdfishsw0rdfish":                "[secret][secret]",
		"sw0rdfishbone":                     "[secret]",
		`say "\u0073w0rdfish"`:              `say "[secret]"`,
		"?p=sw0r%64fish&q=r":                "?p=[secret]&q=r",
		"Basic YW5uOnN3MHJkZmlzaA== done":   "Basic YW5uO[secret]== done",
		"hex 616e6e3a737730726466697368 ok": "hex 616e6e3a[secret] ok",
		"'it''s'":                           "'[secret]'",
		"it&#39;s here &amp; there":         "[secret] here &amp; there",
	} {
		if got := string(v.Text([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestHidingTwiceIsHidingOnce(t *testing.T) {
	t.Parallel()
	v := learned("secret", "[sec", "ret]")
	for in, want := range map[string]string{"the secret": "the [secret]", "[secret]": "[secret]", "secret]": "[secret]", "[secret][secret": "[secret][secret]"} {
		once := v.Text([]byte(in))
		if twice := v.Text(once); string(once) != want || string(twice) != want {
			t.Errorf("%s became %s, then %s, want %s", in, once, twice, want)
		}
	}
}

func TestATextWithoutSecretsIsNotChanged(t *testing.T) {
	t.Parallel()
	text := []byte(`{"n": 12345, "esc\"aped": "\\\\", "s": "1234", "b": "aGVsbG8gd29ybGQ="} it''s 100% &amp; more`)
	for _, v := range []*veil.Veil{nil, veil.New(), learned("", "abc", "äöü", " \n\t   "), learned("sw0rdfish")} {
		if got := v.Text(text); &got[0] != &text[0] || len(got) != len(text) {
			t.Errorf("%s became %s", text, got)
		}
		if got := v.Value(string(text)); got != string(text) {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestTheLinesOfASecretAreHidden(t *testing.T) {
	t.Parallel()
	v := learned("-----BEGIN KEY-----\r\n  bGluZSBvbmU\n\nab\nline two\n")
	if got, want := string(v.Text([]byte("key: |\n    line two\n    ab\n    bGluZSBvbmU"))), "key: |\n    [secret]\n    ab\n    [secret]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheTokenInAURLIsHidden(t *testing.T) {
	t.Parallel()
	for link, token := range map[string]string{
		"https://acme.okta.com/welcome/XE6wE17zmphl3KqAPFxO":         "XE6wE17zmphl3KqAPFxO",
		"https://acme.okta.com/welcome/XE6wE17zmphl3KqAPFxO/":        "XE6wE17zmphl3KqAPFxO",
		"https://acme.okta.com/reset?token=abc12345&locale=en":       "abc12345",
		"https://acme.okta.com/reset?token=abc%2B12345":              "abc+12345",
		"https://acme.okta.com/signin#abcdefghijklmnopqrstuvwxyz":    "abcdefghijklmnopqrstuvwxyz",
		"https://acme.okta.com/a%2Fb/abc%2F12345":                    "abc/12345",
		"https://hooks.acme.example/services/T00000000/B0/x7Yc0Qpa1": "x7Yc0Qpa1",
	} {
		if got := string(learned(link).Text([]byte("It is " + token + "."))); got != "It is [secret]." {
			t.Errorf("%s: %s", link, got)
		}
	}
	for link, word := range map[string]string{
		"https://acme.okta.com/signin/reset-password":     "reset-password",
		"https://acme.okta.com/welcome?locale=en_US&x=12": "en_US",
		"mailto:ada12345@acme.example":                    "ada12345",
		"https://acme12345.okta.com":                      "acme12345",
	} {
		if got := string(learned(link).Text([]byte(word))); got != word {
			t.Errorf("%s hides %s", link, word)
		}
	}
}

// A long text is searched in windows: a secret is found at any position, after any text.
func TestASecretIsFoundAnywhereInALongText(t *testing.T) {
	t.Parallel()
	secret := `sw0r"d\fish`
	v := learned(secret)
	quoted, _ := json.Marshal(secret)
	for _, form := range []string{secret, string(quoted[1 : len(quoted)-1]), `\u0073\u0077\u0030\u0072\u0022\u0064\u005c\u0066\u0069\u0073\u0068`} {
		for _, filler := range []string{" ", `\\`, `\u0041`, "%41%"} {
			const size = 20_000
			around := strings.Repeat(filler, size/len(filler))
			for at := 0; at < len(around); at += 97 * len(filler) {
				text := around[:at] + form + around[at:]
				if got, want := string(v.Text([]byte(text))), around[:at]+card.Hidden+around[at:]; got != want {
					t.Fatalf("%s after %d bytes of %q is shown", form, at, filler)
				}
			}
		}
	}
}

func TestATextIsHiddenAfterItWasLearned(t *testing.T) {
	t.Parallel()
	v := veil.New()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 200 {
				secret := fmt.Sprintf("token-%d-%d", n, i)
				v.Learn(secret)
				if got := string(v.Text([]byte("<" + secret + ">"))); got != "<[secret]>" {
					t.Errorf("%s: %s", secret, got)
				}
			}
		})
	}
	all.Wait()
}

func TestOverHidesEachMessage(t *testing.T) {
	t.Parallel()
	v := learned("sw0rd\"fish")
	var out bytes.Buffer
	for _, w := range []io.Writer{v.Over(&out), (*veil.Veil)(nil).Over(&out)} {
		message := `{"a": "sw0rd\"fish"}`
		if n, err := io.WriteString(w, message); n != len(message) || err != nil {
			t.Errorf("%d bytes were written: %v", n, err)
		}
	}
	if diff := cmp.Diff(`{"a": "[secret]"}{"a": "sw0rd\"fish"}`, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryLetterIsHiddenInUpperAndLowerCase(t *testing.T) {
	t.Parallel()
	v := veil.New()
	for r := rune('a'); r < 0x1f000; r++ {
		if !unicode.IsLetter(r) || unicode.ToUpper(r) == r && unicode.ToLower(r) == r {
			continue
		}
		secret := "key " + string(r)
		v.Learn(secret)
		for _, text := range []string{strings.ToUpper(secret), strings.ToLower(secret)} {
			if got := string(v.Text([]byte(text))); got != card.Hidden {
				t.Fatalf("after learning %q, %q is shown as %q", secret, text, got)
			}
		}
	}
}

// Each decoder of what is around a secret takes none of the steps that the secret needs.
func TestTextAroundASecretDoesNotMakeItDeeper(t *testing.T) {
	t.Parallel()
	secret := "00aBcDeF-gHiJk_LmNoP9qRsT"
	v := learned(secret)
	inner := secret
	for range 3 {
		inner = base64.StdEncoding.EncodeToString([]byte(inner))
		for _, around := range []string{"", `See C:\T &amp; `, `it''s "" \n %41 &lt; C:\T `, "\x1b[1mbold\x1b[0m  a\n  b \\t &amp; %20 '' "} {
			if got := v.String(around + inner); !strings.HasPrefix(got, around+card.Hidden) || len(got) > len(around+card.Hidden)+2 {
				t.Errorf("%s%s became %s", around, inner, got)
			}
		}
	}
}

func TestANumberIsHiddenWithEitherSign(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"-4711", "4711", "-4711.5", "4711.5", "-98765432109876543210"} {
		v := learned(secret)
		digits := strings.TrimPrefix(secret, "-")
		if got := v.String("it is " + digits + "."); got != "it is [secret]." {
			t.Errorf("%s: %s", secret, got)
		}
		if got := v.String("it is -" + digits + "."); strings.Contains(got, digits) {
			t.Errorf("%s: %s", secret, got)
		}
		for _, number := range []string{digits, "-" + digits} {
			if got := v.Value(json.Number(number)); got != card.Hidden {
				t.Errorf("%s: %s is shown as %v", secret, number, got)
			}
		}
	}
}

func TestASecretIsHiddenHoweverItIsWrapped(t *testing.T) {
	t.Parallel()
	body := "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDZ4sX0pQ3k7vWm"
	pem := "-----BEGIN PRIVATE KEY-----\n" + chunks(body, 16, "\n") + "\n-----END PRIVATE KEY-----\n"
	for _, secret := range []string{body, pem} {
		v := learned(secret)
		for _, width := range []int{5, 10, 24, 64} {
			for _, indentation := range []string{"\n", "\r\n", "\n    ", "\n│ ", "\x1b[0m\n\x1b[2m│\x1b[0m "} {
				wrapped := chunks(body, width, indentation)
				quoted, _ := json.Marshal(wrapped)
				for _, text := range []string{wrapped, string(quoted)} {
					if got := v.String(text); !strings.Contains(got, card.Hidden) || strings.Contains(got, body[:5]) || strings.Contains(got, body[30:35]) {
						t.Errorf("%q became %q", text, got)
					}
				}
			}
		}
	}
}
