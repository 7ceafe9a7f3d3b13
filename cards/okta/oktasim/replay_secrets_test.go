package oktasim

import (
	"strings"
	"testing"
)

func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	changeMuch(remembering(t, dir, small, Options{}))
	kept := string(stateFile(t, dir))
	for _, secret := range []string{"Correct Horse 1", "Battery-Staple-22", "rwh1vH2p3s4t5u6v7w8x9y", "tGb3dMz4BUAR", "demo-token"} {
		if strings.Contains(kept, secret) {
			t.Errorf("%q is in the journal:\n%s", secret, kept)
		}
	}
	if !strings.Contains(kept, "9007199254740993") || !strings.Contains(kept, "eve@acme.example") {
		t.Errorf("the profile is not kept as it came:\n%s", kept)
	}
}

// If a body has a key twice, the org uses both values. The request must be replayed with both.
func TestRequestWithADuplicateKeyIsReplayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.send("POST", "/api/v1/users", `{"profile":{"login":"eve@acme.example","email":"eve@acme.example"},"profile":{"firstName":"Eve","lastName":"Stone"}}`).ok()
	if got, want := everything(remembering(t, killed(t, dir), small, Options{})), everything(c); got != want {
		t.Errorf("after the process was killed the org is\n%s\nwant\n%s", got, want)
	}
}
