package machines

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// workspace returns a workspace with files, whose secrets are the names of their variables.
func workspace(t *testing.T, files map[string]string, change func(*host.Config)) *host.Workspace {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := host.Config{Secret: func(_ context.Context, _ string, reference card.Value) (card.Secret, error) {
		name, _ := reference.(map[string]any)["env"].(string)
		return card.NewSecret("the value of " + name), nil
	}}
	if change != nil {
		change(&c)
	}
	w, err := host.Open(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestTheServerOfAWorkspace(t *testing.T) {
	t.Parallel()
	const settings = `temporal:
  address: temporal.example.com:7233
  namespace: flows
  api_key: {env: THE_KEY}
  tls: {cert: client.pem, key: /etc/client.key, ca: ca.pem, server_name: temporal.internal}
`
	w := workspace(t, map[string]string{"flowdeck.yaml": settings}, nil)
	variables := func(name string) (string, bool) { return "other:7233", name == "TEMPORAL_ADDRESS" }
	got, err := ServerOf(t.Context(), w, variables)
	want := Server{
		Address: "temporal.example.com:7233", Namespace: "flows", APIKey: "the value of THE_KEY", TLS: true,
		Cert: filepath.Join(w.Dir, "client.pem"), Key: "/etc/client.key", CA: filepath.Join(w.Dir, "ca.pem"), ServerName: "temporal.internal",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (- want, + got):\n%s", err, diff)
	}
	stakes := w.Stakes()
	if len(stakes) != 1 || stakes[0].To != "temporal.example.com:7233" || stakes[0].Secrets[0].Name[0] != "THE_KEY" {
		t.Errorf("a person is not asked before the key is sent: %+v", stakes)
	}
}

func TestTheServerOfVariables(t *testing.T) {
	t.Parallel()
	w := workspace(t, map[string]string{"flowdeck.yaml": ""}, nil)
	env := map[string]string{
		"TEMPORAL_ADDRESS": " temporal:7233", "TEMPORAL_NAMESPACE": "flows", "TEMPORAL_API_KEY": "k", "TEMPORAL_TLS": "true",
		"TEMPORAL_TLS_CLIENT_CERT_PATH": "a", "TEMPORAL_TLS_CLIENT_KEY_PATH": "b", "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "c", "TEMPORAL_TLS_SERVER_NAME": "d",
	}
	lookup := func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
	got, err := ServerOf(t.Context(), w, lookup)
	want := Server{Address: "temporal:7233", Namespace: "flows", APIKey: "k", TLS: true, Cert: "a", Key: "b", CA: "c", ServerName: "d"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (- want, + got):\n%s", err, diff)
	}
	env["TEMPORAL_TLS"] = "perhaps"
	if _, err := ServerOf(t.Context(), w, lookup); err == nil || !strings.Contains(err.Error(), "TEMPORAL_TLS") {
		t.Errorf("got %v", err)
	}
	delete(env, "TEMPORAL_ADDRESS")
	if got, err := ServerOf(t.Context(), w, lookup); err != nil || got != (Server{}) {
		t.Errorf("without an address: %+v, %v", got, err)
	}
}

func TestNothingIsSentWithoutAKey(t *testing.T) {
	t.Parallel()
	w := workspace(t, map[string]string{"flowdeck.yaml": ""}, nil)
	for _, key := range []string{"", " ", "too short"} {
		_, err := Server{Address: "127.0.0.1:1"}.dial(t.Context(), w, key, nil)
		if err == nil || !strings.Contains(err.Error(), "FLOWDECK_KEY") {
			t.Errorf("with the key %q: %v", key, err)
		}
	}
}

func TestAKeyOfTheServerIsOnlySentEncrypted(t *testing.T) {
	t.Parallel()
	for _, s := range []Server{{APIKey: "k"}, {TLS: true}, {ServerName: "d"}} {
		if c, err := s.encryption(); err != nil || c == nil {
			t.Errorf("%+v: %v, %v", s, c, err)
		}
	}
	if c, err := (Server{Address: "a"}).encryption(); err != nil || c != nil {
		t.Errorf("got %v, %v", c, err)
	}
	if _, err := (Server{Cert: "client.pem"}).encryption(); err == nil {
		t.Error("a certificate without its key is accepted")
	}
}
