package grant_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/engine/card"
)

const passphrase = "correct-horse-battery-staple"

func TestMain(m *testing.M) {
	keyring.MockInit()
	if state := os.Getenv(saver); state != "" {
		saveForever(state)
	}
	os.Exit(m.Run())
}

func identity(t *testing.T) card.Secret {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return card.NewSecret(key.String())
}

func example(n int) card.Grant {
	return card.Grant{
		Issuer: "https://acme.okta.com", ClientID: "0oa1", Scopes: []string{"okta.users.read", "offline_access"}, Granted: time.Unix(1_800_000_000, 0),
		Refresh: card.NewSecret(fmt.Sprintf("refresh-sw0rdfish-%d", n)), Previous: card.NewSecret(fmt.Sprintf("refresh-sw0rdfish-%d", n-1)),
		Access: card.NewSecret(fmt.Sprintf("access-sw0rdfish-%d", n)), Expires: time.Unix(1_800_003_600, 0), Renew: time.Unix(1_800_003_540, 0),
	}
}

func save(t *testing.T, s grant.Store, connection string, g card.Grant) {
	t.Helper()
	if err := s.Save(t.Context(), connection, g); err != nil {
		t.Fatal(err)
	}
}

var equal = cmp.Comparer(func(a, b card.Secret) bool { return a == b })

// T25: never plain text. The key of the keyring is the second store's.
func TestT25AGrantIsKeptEncryptedUnderAnIdentityAPassphraseOrAKeyOfTheKeyring(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]card.Secret{"identity": identity(t), "passphrase": card.NewSecret(passphrase), "keyring": {}} {
		var hidden []string
		s := grant.Store{State: filepath.Join(t.TempDir(), ".flowdeck"), Key: key, Hide: func(texts ...string) { hidden = append(hidden, texts...) }}
		if g, err := s.Load(t.Context(), "okta"); g != nil || err != nil {
			t.Errorf("%s: got %v, %v before a grant was saved", name, g, err)
		}
		if _, err := os.Stat(s.State); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a look at the grant made a folder, %v", name, err)
		}
		if err := s.Ready(t.Context(), "okta"); err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			save(t, s, "okta", example(n))
			got, err := s.Load(t.Context(), "okta")
			if want := example(n); err != nil {
				t.Error(err)
			} else if diff := cmp.Diff(&want, got, equal); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if len(hidden) == 0 || slices.Contains(hidden, "") {
			t.Errorf("%s: the veil learned %d texts", name, len(hidden))
		}
		dir := filepath.Join(s.State, "grants")
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || files[0].Name() != "okta.age" {
			t.Fatalf("%s: got %v, %v", name, files, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "okta.age"))
		if err != nil || !bytes.HasPrefix(text, []byte("age-encryption.org/v1\n")) || bytes.Contains(text, []byte("sw0rdfish")) || bytes.Contains(text, []byte("acme")) {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
		for path, want := range map[string]os.FileMode{s.State: 0o700, dir: 0o700, filepath.Join(dir, "okta.age"): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has the mode %v, %v; want %v", path, info.Mode(), err, want)
			}
		}
		if err := errors.Join(s.Delete(t.Context(), "okta"), s.Delete(t.Context(), "okta")); err != nil {
			t.Error(err)
		}
		if g, err := s.Load(t.Context(), "okta"); g != nil || err != nil {
			t.Errorf("%s: got %v, %v after it was deleted", name, g, err)
		}
	}
}

// It is not parallel: it replaces the keyring of all tests.
func TestT25WithoutAKeyringAndAKeyNothingIsKept(t *testing.T) {
	keyring.MockInitWithError(errors.New("no secret service\nat all"))
	defer keyring.MockInit()
	s := grant.Store{State: t.TempDir()}
	for name, err := range map[string]error{"ready": s.Ready(t.Context(), "okta"), "save": s.Save(t.Context(), "okta", example(1))} {
		e := card.AsError(err)
		if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "FLOWDECK_KEY is not set") || !strings.Contains(e.Hint, "openssl rand") || strings.Contains(e.Message, "at all") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(s.State, "grants", "*")); err != nil || len(files) > 0 {
		t.Errorf("it wrote %v, %v", files, err)
	}
}

func TestT25AGrantUnderAnotherKeyIsAnErrorAndStays(t *testing.T) {
	t.Parallel()
	s := grant.Store{State: t.TempDir(), Key: identity(t)}
	save(t, s, "okta", example(1))
	file := filepath.Join(s.State, "grants", "okta.age")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.State, "grants", "prod.age"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.State, "grants", "torn.age"), before[:len(before)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		store      grant.Store
		connection string
		want       string
	}{
		"another identity":   {grant.Store{State: s.State, Key: identity(t)}, "okta", "another key than FLOWDECK_KEY"},
		"a passphrase":       {grant.Store{State: s.State, Key: card.NewSecret(passphrase)}, "okta", "another key than FLOWDECK_KEY"},
		"the keyring":        {grant.Store{State: s.State}, "okta", "the keyring does not have its key"},
		"another connection": {s, "prod", `the grant of connection "okta"`},
		"a torn file":        {s, "torn", "damaged"},
	} {
		g, err := test.store.Load(t.Context(), test.connection)
		e := card.AsError(err)
		if g != nil || e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Message, test.want) || !strings.Contains(e.Hint, "flowdeck disconnect "+test.connection) {
			t.Errorf("%s: got %v, %v", name, g, err)
		}
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the file changed, %v", err)
	}
}

func TestAKeyThatIsNotOneIsAnErrorThatDoesNotShowIt(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"sw0rdfish":                          "less than 16 characters",
		"AGE-SECRET-KEY-1SW0RDFISH":          "not an age identity",
		"age-secret-key-1sw0rdfish":          "not an age identity",
		"age1sw0rdfish":                      "less than 16 characters",
		"AGE-PLUGIN-YUBIKEY-SW0RDFISH-12345": "not an age identity",
	} {
		err := grant.Store{State: t.TempDir(), Key: card.NewSecret(key)}.Ready(t.Context(), "okta")
		e := card.AsError(err)
		if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, want) || e.Hint == "" || strings.Contains(strings.ToLower(e.Message+e.Hint), "sw0rdfish") {
			t.Errorf("%s: got %v", key, err)
		}
	}
	text := identity(t).Reveal()
	if err := (grant.Store{State: t.TempDir(), Key: card.NewSecret(" " + text + "\n")}).Ready(t.Context(), "okta"); err != nil {
		t.Errorf("with white space: %v", err)
	}
}

func TestLinksToGrantsAreRefused(t *testing.T) {
	t.Parallel()
	elsewhere, key := t.TempDir(), identity(t)
	for name, link := range map[string]string{"the folder": "grants", "a grant": "grants/okta.age", "a lock": "grants/okta.lock"} {
		s := grant.Store{State: t.TempDir(), Key: key}
		if err := os.MkdirAll(filepath.Join(s.State, filepath.Dir(link)), 0o700); err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(elsewhere, filepath.Base(link))
		if err := os.WriteFile(filepath.Join(elsewhere, "okta.lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(s.State, link)); err != nil {
			t.Fatal(err)
		}
		var err error
		switch _, loading := s.Load(t.Context(), "okta"); name {
		case "a lock":
			_, err = s.Lock(t.Context(), "okta")
		case "a grant":
			err = loading
		default:
			err = s.Save(t.Context(), "okta", example(1))
		}
		if e := card.AsError(err); e == nil || e.Kind != card.Storage {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if files, err := os.ReadDir(elsewhere); err != nil || len(files) != 1 {
		t.Errorf("it wrote %v, %v", files, err)
	}
}

// Systems differ in which names are different.
func TestEachConnectionHasAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	s := grant.Store{State: t.TempDir(), Key: identity(t)}
	names := []string{"okta", "Okta", "OKTA", "../okta", "a/b", "okta.age", "con:", "ö", strings.Repeat("x", 300), ""}
	for i, name := range names {
		save(t, s, name, example(i))
	}
	for i, name := range names {
		if g, err := s.Load(t.Context(), name); err != nil || g.Refresh != example(i).Refresh {
			t.Errorf("%q: got %v, %v", name, g, err)
		}
	}
	folded := map[string]bool{}
	files, err := os.ReadDir(filepath.Join(s.State, "grants"))
	for _, file := range files {
		folded[strings.ToLower(file.Name())] = true
	}
	if err != nil || len(folded) != len(names) {
		t.Errorf("%d files for %d connections, %v", len(folded), len(names), err)
	}
}

func TestT25OneProcessHasTheLock(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	unlock, err := grant.Store{State: state}.Lock(t.Context(), "okta")
	if err != nil {
		t.Fatal(err)
	}
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	if _, err := (grant.Store{State: state}).Lock(ctx, "okta"); !errors.Is(err, interrupted) || !errors.Is(err, card.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	other, err := grant.Store{State: state}.Lock(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	other()
	unlock()
	if unlock, err = (grant.Store{State: state}).Lock(t.Context(), "okta"); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestAWaitForTheLockIsReported(t *testing.T) {
	t.Parallel()
	s := grant.Store{State: t.TempDir()}
	unlock, err := s.Lock(t.Context(), "okta")
	if err != nil {
		t.Fatal(err)
	}
	s.Waiting = func(connection string, most time.Duration) {
		if connection != "okta" || most < time.Minute {
			t.Errorf("waits for %q, %s at most", connection, most)
		}
		unlock()
	}
	again, err := s.Lock(t.Context(), "okta") // ends because of Waiting
	if err != nil {
		t.Fatal(err)
	}
	again()
}
