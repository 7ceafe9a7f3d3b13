package card_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestNumbersStayExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"0":                      0,
		"-7":                     -7,
		"9007199254740993":       9007199254740993, // 2^53 + 1: a float64 would round it to an even number
		"9223372036854775807":    9223372036854775807,
		"9223372036854775808":    json.Number("9223372036854775808"),
		"1.5":                    1.5,
		"1e3":                    1000.0,
		"-0.25":                  -0.25,
		"0.1":                    0.1,
		"0.30000000000000004":    0.30000000000000004,                   // 17 digits that a float64 represents
		"3.14159265358979323846": json.Number("3.14159265358979323846"), // digits that a float64 does not represent
		"1e400":                  json.Number("1e400"),
		"1.2345678e-320":         json.Number("1.2345678e-320"), // so small that a float64 has fewer digits left
		"1e-400":                 json.Number("1e-400"),
		"0.0":                    0.0,
	} {
		got, err := card.DecodeJSON([]byte(text))
		if err != nil || got != want {
			t.Errorf("%s: got %T %v (%v), want %T %v", text, got, got, err, want, want)
		}
	}
}

func TestDecodingAndEncodingLosesNothing(t *testing.T) {
	t.Parallel()
	const text = `{"a":null,"b":[1,2.5,{"c":9223372036854775808}],"html":"<b>&","time":"2026-02-27T09:12:00.000Z"}`
	v, err := card.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := card.EncodeJSON(v)
	if err != nil || string(got) != text {
		t.Errorf("got  %s (%v)\nwant %s", got, err, text)
	}
}

func TestDecodeJSONReadsExactlyOneValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `{} {}`, `1,2`} {
		if v, err := card.DecodeJSON([]byte(text)); err == nil {
			t.Errorf("%q: got %v, want an error", text, v)
		}
	}
}

func TestNothingShowsASecret(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2"
	s := card.NewSecret(hidden)
	asJSON, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %d %x", s, s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", &s, &s, struct{ S card.Secret }{s}),
		string(asJSON), s.LogValue().String(), cmp.Diff(s.String(), ""),
	} {
		if cmp.Equal(shown, "") || strings.Contains(shown, hidden) || strings.Contains(shown, fmt.Sprintf("%x", hidden)) {
			t.Errorf("the secret is shown: %s", shown)
		}
	}
	if s.Reveal() != hidden || s.IsZero() || !(card.Secret{}).IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
}
