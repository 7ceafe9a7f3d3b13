package veil_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func TestSecretsInAValueAreHidden(t *testing.T) {
	t.Parallel()
	for _, secret := range secrets {
		value := map[string]any{"a": secret, secret: []any{"x " + secret + " seen", fmt.Sprintf("user %q", secret), 12345, nil, true}}
		hidden := learned(secret).Value(value).(map[string]any)
		if shows(fmt.Sprint(hidden), secret) || hidden["a"] != card.Hidden || hidden[card.Hidden].([]any)[0] != "x [secret] seen" {
			t.Errorf("%q: %v", secret, hidden)
		}
		if value["a"] != secret {
			t.Errorf("%q: the value itself changed", secret)
		}
	}
}

func TestANumberInAValueIsHidden(t *testing.T) {
	t.Parallel()
	v := learned("12345", "123456", "12345678", "98765432109876543210", "1234567890.5")
	for in, want := range map[string]string{
		`{"a":123456,"b":[12345,1234567],"c":123456e7,"d":-123456}`: `{"a":"[secret]","b":["[secret]",1234567],"c":1234560000000,"d":"[secret]"}`,
		`98765432109876543210`:            `"[secret]"`,
		`1234567890.5`:                    `"[secret]"`,
		`["12345", "n 123456", 12345678]`: `["[secret]","n [secret]","[secret]"]`,
		`true`:                            `true`,
		`{"a":[],"b":{}}`:                 `{"a":[],"b":{}}`,
	} {
		value, err := card.DecodeJSON([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := card.EncodeJSON(v.Value(value))
		if err != nil || string(got) != want {
			t.Errorf("%s became %s, want %s: %v", in, got, want, err)
		}
	}
}

func TestKeysThatBecomeTheSameAreNumbered(t *testing.T) {
	t.Parallel()
	in := map[string]any{"sw0rdfish": 1, "SW0RDFISH": 2, "c3cwcmRmaXNo": 3, "[secret] 2": 4, "other": 5}
	want := map[string]any{"[secret]": 2, "[secret] 2": 4, "[secret] 3": 3, "[secret] 4": 1, "other": 5}
	if diff := cmp.Diff(any(want), learned("sw0rdfish").Value(in)); diff != "" {
		t.Error(diff)
	}
}

// placeholder is a stand-in for a value that is known only by its JSON.
type placeholder struct{ text string }

func (s placeholder) MarshalText() ([]byte, error) { return []byte(s.text), nil }

func TestAValueOfAnotherTypeIsHiddenByItsJSON(t *testing.T) {
	t.Parallel()
	v := learned("sw0rdfish")
	if got := v.Value([]any{placeholder{"of sw0rdfish"}, placeholder{"plain"}}); !cmp.Equal(got, any([]any{"of [secret]", placeholder{"plain"}}), cmp.AllowUnexported(placeholder{})) {
		t.Errorf("got %v", got)
	}
}

func TestAnErrorIsHiddenAndKeepsItsCause(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("cause")
	e := &card.Error{
		Kind: card.Invalid, Code: "sw0rdfish", Message: "bad sw0rdfish", Hint: "not c3cwcmRmaXNo", Err: cause,
		Details: map[string]any{"request_id": "7377307264666973680a", "n": json.Number("1e999")},
	}
	got := learned("sw0rdfish").Error(e)
	if got.Code != card.Hidden || got.Message != "bad [secret]" || got.Hint != "not [secret]" || got.Err != cause || got.Kind != card.Invalid ||
		shows(fmt.Sprint(got.Details), "7377307264666973680a") || e.Code != "sw0rdfish" {
		t.Errorf("got %#v", got)
	}
	if (*veil.Veil)(nil).Error(e) != e || veil.New().Error(nil) != nil {
		t.Error("a nil Veil or a nil error was changed")
	}
}

// Many texts that are parts of each other match at each position, with many lengths.
//
// Not parallel: it measures the allocations of the whole process.
func TestTextsThatOverlapMakeOnePart(t *testing.T) {
	v := veil.New()
	for n := 4; n < 128; n++ {
		v.Learn(strings.Repeat("a", n))
	}
	if got := v.String("x" + strings.Repeat("a", 1<<16) + "y"); got != "x[secret]y" {
		t.Errorf("got %.100s", got)
	}
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		text := []byte(strings.Repeat("a", 1<<16))
		for b.Loop() {
			v.Text(text)
		}
	}).AllocedBytesPerOp()
	if allocated > 64<<20 {
		t.Errorf("64 KB take %d MB", allocated>>20)
	}
}

func TestAShortLineOfASecretIsHiddenUnlessItMayBeAnyWord(t *testing.T) {
	t.Parallel()
	v := learned("-----BEGIN KEY-----\nuser\nname\nab12\nlonger line\n")
	for in, want := range map[string]string{"user name": "user name", "ab12": card.Hidden, "longer line": card.Hidden, "user\n  name": "user\n  name"} {
		if got := v.String(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	colored := "\x1b[2m-----BEGIN KEY-----\x1b[0m\n\x1b[2m│\x1b[0m user\n\x1b[2m│\x1b[0m name\n\x1b[2m│\x1b[0m ab12\n\x1b[2m│\x1b[0m longer line"
	if got := v.String(colored); strings.Contains(got, "user") || strings.Contains(got, "name") {
		t.Errorf("%q became %q", colored, got)
	}
}

func TestALongMessageIsCutAfterItsSecretsAreHidden(t *testing.T) {
	t.Parallel()
	v := veil.New()
	v.Learn("sw0rdfish-and-more")
	for _, before := range []int{0, 100, 1_985, 1_990, 1_999, 2_000, 2_050, 50_000} {
		text := strings.Repeat("ü", before/2) + "sw0rdfish-and-more" + strings.Repeat(" x", 30_000)
		e := v.Error(&card.Error{Message: text})
		if len(e.Message) > 2_100 || strings.Contains(e.Message, "sw0") || !utf8.ValidString(e.Message) || !strings.HasSuffix(e.Message, " more bytes)") {
			t.Errorf("%d bytes before: %d bytes, … %s", before, len(e.Message), e.Message[len(e.Message)-60:])
		}
		if again := v.Message(e.Message); again != e.Message {
			t.Errorf("cut again: %s", again[len(again)-60:])
		}
	}
	if short := strings.Repeat("x ", 1_000); v.Message(short) != short || (*veil.Veil)(nil).Message(short) != short {
		t.Error("a message of usual length is cut")
	}
	if text := (*veil.Veil)(nil).Message(strings.Repeat("x", 50_000)); len(text) > 2_100 {
		t.Errorf("without a veil: %d bytes", len(text))
	}
}
