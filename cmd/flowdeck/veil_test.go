package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestASecretIsHiddenHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	p := &engine.Plan{Inputs: []engine.Input{{Name: "s", Secret: true}, {Name: "open"}}}
	for _, secret := range []string{"sw0rdfish", `sw0rdfish"`, `\sw0rdfish`, "it's: sw0rdfish", `sw0r"d\fish sw0rdfish`, "<sw0rdfish>", "sw0rdfish line\nsw0rdfish two\n", "sw0rdfish\tü\u2028"} {
		v := newVeil(p, map[string]engine.Value{"s": map[string]any{"in": []any{secret}}, "open": "seen"})
		data, err := card.EncodeJSON(map[string]any{"a": secret, secret: []any{"x " + secret + " seen", fmt.Sprintf("user %q", secret), 12345}})
		if err != nil {
			t.Fatal(err)
		}
		hidden := v.json(data)
		if !json.Valid(hidden) || strings.Contains(string(hidden), "sw0rdfish") || !strings.Contains(string(hidden), "seen") {
			t.Errorf("%q in JSON: %s", secret, hidden)
		}
		asYAML, err := yaml.Marshal(map[string]any{"result": map[string]any{"a": secret, "b": "x " + secret}})
		if err != nil {
			t.Fatal(err)
		}
		var logs bytes.Buffer
		l := log.New(&logs)
		l.Error("failed", "a", secret, "b", fmt.Sprintf("user %q", secret), "c", fmt.Errorf("because of %s\n and more", secret))
		for _, text := range []string{logs.String(), string(asYAML), secret, fmt.Sprintf("%q", secret), fmt.Sprintf("user %q seen", secret)} {
			if hidden := string(v.text([]byte(text))); strings.Contains(hidden, "sw0rdfish") || !strings.Contains(hidden, card.Hidden) {
				t.Errorf("%q in %q: %s", secret, text, hidden)
			}
		}
	}
}

func TestWhatIsNoSecretStaysAsItIs(t *testing.T) {
	t.Parallel()
	p := &engine.Plan{Inputs: []engine.Input{{Name: "s", Secret: true}}}
	for _, none := range []engine.Value{nil, "", "abc", 17, true} {
		if v := newVeil(p, map[string]engine.Value{"s": none}); v != nil {
			t.Errorf("%v is hidden", none)
		}
	}
	v := newVeil(p, map[string]engine.Value{"s": "12345"})
	for _, text := range []string{`{"n": 12345, "esc\"aped": "\\\\", "s": "1234"}`, `"never ended 1234`, ``, `"`, `"\\`} {
		if got := string(v.json([]byte(text))); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}
