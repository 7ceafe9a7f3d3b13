package secret_test

import (
	"os"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestMain(m *testing.M) {
	keyring.MockInit() // no test uses the keyring of the machine
	os.Exit(m.Run())
}

func TestASecretOfTheKeyringIsThatOfTheServiceFlowdeck(t *testing.T) {
	t.Parallel()
	for account, text := range map[string]string{"okta-prod": "s3cret", "with a line end": "s3cret\n", "empty": "", "long": strings.Repeat("x", 64<<10+1)} {
		if err := keyring.Set("flowdeck", account, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := keyring.Set("another service", "foreign", "sw0rdfish"); err != nil {
		t.Fatal(err)
	}
	var r secret.Resolver
	for _, account := range []string{"okta-prod", "with a line end"} {
		if got, err := r.Resolve(t.Context(), map[string]any{"keyring": account}); err != nil || got.Reveal() != "s3cret" {
			t.Errorf("%s: got %v, %v", account, got, err)
		}
	}
	for account, want := range map[string]string{
		"foreign": "the keyring has no secret", "it's": "the keyring has no secret", "empty": "is empty", "long": "longer than 64 KiB", "": "the name of a secret", "a\nb": "the name of a secret",
	} {
		got, err := r.Resolve(t.Context(), map[string]any{"keyring": account})
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !got.IsZero() || !strings.Contains(e.Message, want) || strings.Contains(e.Message, "xxx") {
			t.Errorf("%q: got %v, %v", account, got, err)
		}
	}
	_, err := r.Resolve(t.Context(), map[string]any{"keyring": "it's"})
	if hint := card.AsError(err).Hint; !strings.Contains(hint, `'it'\''s'`) && !strings.Contains(hint, "generic credential") {
		t.Errorf("the hint is %q", hint)
	}
}
