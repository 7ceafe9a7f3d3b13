package secret_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestReferencesAreResolved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("from-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "marked"), []byte("\ufefffrom-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("token", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 64<<10)
	if err := os.WriteFile(filepath.Join(dir, "longest"), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"TOKEN": "from-env"}
	r := secret.Resolver{Dir: dir, Environ: os.Environ(), Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	for _, test := range []struct {
		reference card.Value
		want      string
	}{
		{map[string]any{"env": "TOKEN"}, "from-env"},
		{map[string]any{"file": "token"}, "from-file"},
		{map[string]any{"file": filepath.Join(dir, "token")}, "from-file"},
		{map[string]any{"file": "link"}, "from-file"}, // containers mount secrets as links
		{map[string]any{"file": "marked"}, "from-file"},
		{map[string]any{"file": "longest"}, long},
		{map[string]any{"command": []any{"cat", "token"}}, "from-file"},
		{map[string]any{"command": []any{"cat", "longest"}}, long},
		{map[string]any{"command": []any{"sh", "-c", "cat token; sleep 30 2>&- &"}}, "from-file"}, // sleep keeps the output open
	} {
		got, err := r.Resolve(t.Context(), test.reference)
		if err != nil || got.Reveal() != test.want {
			t.Errorf("%v: got %q, %v", test.reference, got.Reveal(), err)
		}
	}
}

func TestInvalidReferencesAreErrorsThatShowNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "empty"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "long"), []byte(strings.Repeat("x", 64<<10+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", filepath.Join(dir, "pipe")).Run(); err != nil {
		t.Fatal(err)
	}
	r := secret.Resolver{Dir: dir, Environ: os.Environ(), Env: func(name string) (string, bool) { return "", name == "EMPTY" }}
	for name, reference := range map[string]card.Value{
		"a literal":            "sw0rdfish",
		"a literal in a map":   map[string]any{"literal": "sw0rdfish"},
		"two at once":          map[string]any{"env": "A", "file": "b"},
		"nothing":              nil,
		"an unset variable":    map[string]any{"env": "UNSET"},
		"a literal as a name":  map[string]any{"env": "00sw0rdfish"},
		"an empty variable":    map[string]any{"env": "EMPTY"},
		"no variable":          map[string]any{"env": ""},
		"no path":              map[string]any{"file": ""},
		"no words":             map[string]any{"command": []any{}},
		"no file":              map[string]any{"file": "nothere"},
		"an empty file":        map[string]any{"file": "empty"},
		"a file too long":      map[string]any{"file": "long"},
		"a pipe":               map[string]any{"file": "pipe"}, // nothing is written to it
		"a device":             map[string]any{"file": "/dev/zero"},
		"a folder":             map[string]any{"file": "."},
		"a command too long":   map[string]any{"command": []any{"cat", "/dev/zero"}},
		"a command as text":    map[string]any{"command": "cat sw0rdfish"},
		"a command that fails": map[string]any{"command": []any{"cat", "nothere"}},
		"no such command":      map[string]any{"command": []any{"./nothere"}},
	} {
		got, err := r.Resolve(t.Context(), reference)
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !got.IsZero() {
			t.Errorf("%s: got %v, %v; want an error of kind invalid", name, got, err)
			continue
		}
		if e := card.AsError(err); name == "no path" && !strings.Contains(e.Message, "path") || name == "no variable" && !strings.Contains(e.Message, "name of a secret's environment variable is empty") {
			t.Errorf("%s: got %s", name, e.Message)
		}
		if e := card.AsError(err); strings.Contains(e.Message+e.Hint, "sw0rdfish") {
			t.Errorf("%s: the error shows it: %s", name, e.Message)
		}
	}
}

func TestACommandEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := exec.Command("mkfifo", filepath.Join(dir, "started")).Run(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = os.ReadFile(filepath.Join(dir, "started")) // returns when the command opens the pipe
		cancel()
	}()
	r := secret.Resolver{Dir: dir, Environ: os.Environ()}
	got, err := r.Resolve(ctx, map[string]any{"command": []any{"sh", "-c", "echo > started; exec sleep 1000"}})
	if err == nil || !got.IsZero() || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v, %v", got, err)
	}
}

// The pipe has a reader until the last process that has it open ends, although both ignore TERM.
func TestTheProcessesOfACommandEndWithIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"started", "alive"} {
		if err := exec.Command("mkfifo", filepath.Join(dir, name)).Run(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = os.ReadFile(filepath.Join(dir, "started"))
		cancel()
		_, _ = os.ReadFile(filepath.Join(dir, "alive")) // returns when nobody can write any more
	}()
	const script = `trap "" TERM; exec 3<> alive; sh -c 'trap "" TERM; sleep 1000' & echo > started; sleep 1000`
	if got, err := (secret.Resolver{Dir: dir, Environ: os.Environ()}).Resolve(ctx, map[string]any{"command": []any{"sh", "-c", script}}); err == nil || !got.IsZero() {
		t.Errorf("got %v, %v", got, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("a process lives on")
	}
}

func TestAProcessThatACommandLeavesEndsWithIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := exec.Command("mkfifo", filepath.Join(dir, "alive")).Run(); err != nil {
		t.Fatal(err)
	}
	r := secret.Resolver{Dir: dir, Environ: os.Environ()}
	got, err := r.Resolve(t.Context(), map[string]any{"command": []any{"sh", "-c", `exec 3<> alive; (exec 3> alive; exec sleep 1000) >/dev/null & echo s3cret`}})
	if err != nil || got.Reveal() != "s3cret" {
		t.Fatalf("got %v, %v", got, err)
	}
	alive, err := os.OpenFile(filepath.Join(dir, "alive"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	_ = alive.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := alive.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d bytes, %v; want the end, since nobody can write any more", n, err)
	}
}

func TestTheErrorsOfACommandAreBounded(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	r := secret.Resolver{Dir: t.TempDir(), Err: &shown, Environ: os.Environ()}
	got, err := r.Resolve(t.Context(), map[string]any{"command": []any{"sh", "-c", "echo PIN: >&2; head -c 1000000 /dev/zero >&2; echo s3cret"}})
	if err != nil || got.Reveal() != "s3cret" || !strings.HasPrefix(shown.String(), "PIN:\n") || shown.Len() != 64<<10 {
		t.Errorf("got %v, %v, with %d bytes of errors", got, err, shown.Len())
	}
	if got, err = (secret.Resolver{}).Resolve(t.Context(), map[string]any{"command": []any{"sh", "-c", "echo no >&2; echo s3cret"}}); err != nil || got.Reveal() != "s3cret" {
		t.Errorf("without a writer: got %v, %v", got, err)
	}
}

func TestACommandGetsASmallEnvironment(t *testing.T) {
	t.Parallel()
	r := secret.Resolver{Environ: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/home/ada", "LC_TIME=C", "XDG_RUNTIME_DIR=/run/1", "https_proxy=http://proxy", "SSH_AUTH_SOCK=/s", "VAULT_ADDR=http://v",
		"OKTA_API_TOKEN=sw0rdfish", "GITHUB_TOKEN=sw0rdfish", "PATHS=1", "LD_PRELOAD=/evil.so", "FLOWDECK_KEY=sw0rdfish", "HOMES", "EMPTY=",
	}}
	got, err := r.Resolve(t.Context(), map[string]any{"command": []any{"env"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got.Reveal(), "\n")
	slices.Sort(lines)
	want := []string{"HOME=/home/ada", "LC_TIME=C", "PATH=" + os.Getenv("PATH"), "SSH_AUTH_SOCK=/s", "VAULT_ADDR=http://v", "XDG_RUNTIME_DIR=/run/1", "https_proxy=http://proxy"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	if got, err := (secret.Resolver{}).Resolve(t.Context(), map[string]any{"command": []any{"sh", "-c", "echo x$HOME"}}); err != nil || got.Reveal() != "x" {
		t.Errorf("without an environment: got %v, %v", got.Reveal(), err)
	}
}
