package simhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// This is the whole life of a simulated server. The server is not Okta's, because the package must not know the kind.
func TestServerIsHostedSharedTakenOverKilledAndReset(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "orgs", "words")
	host, guest := open(t, dir), open(t, dir)
	host.add("one")
	guest.add("two")
	if got, want := host.words(), "seed one! two!"; got != want || guest.words() != want {
		t.Errorf("the host has %q, the guest %q, want %q", got, guest.words(), want)
	}
	if n, here := host.access.Changes(); n != 2 || !here {
		t.Errorf("the host has %d changes, here: %t", n, here)
	}
	if _, here := guest.access.Changes(); here {
		t.Error("the guest has the server")
	}
	if err := Reset(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Reset while the server is in use: %v", err)
	}

	// The copy is the state that the next process finds if the host is killed now: it has the address, but no lock.
	next := open(t, killed(t, dir))
	if got, want := next.words(), "seed one! two!"; got != want {
		t.Errorf("after the host was killed: %q, want %q", got, want)
	}
	next.close()

	host.close()
	if err := Reset(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Reset while no process runs the server and a guest uses it: %v", err)
	}
	guest.add("three")
	if n, here := guest.access.Changes(); n != 3 || !here {
		t.Errorf("the guest that took over has %d changes, here: %t", n, here)
	}
	var dump strings.Builder
	if err := guest.access.Dump(t.Context(), &dump); err != nil || dump.String() != "seed one! two! three!" {
		t.Errorf("Dump: %q, %v", dump.String(), err)
	}
	guest.close()

	if err := Reset(dir); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	defer again.close()
	if n, _ := again.access.Changes(); n != 0 || again.words() != "seed" {
		t.Errorf("after Reset: %d changes, %q", n, again.words())
	}
}

// Guests continue to work while one host after another closes, and no request is lost.
func TestNoRequestIsLostWhenHostsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	host := open(t, dir)
	var all sync.WaitGroup
	const guests, each = 4, 25
	for n := range guests {
		guest := open(t, dir)
		all.Go(func() {
			for i := range each {
				guest.add(fmt.Sprintf("<%d.%d>", n, i))
				if i == 10+3*n { // close this client, host or guest, and open another one
					guest.close()
					guest = open(t, dir)
				}
			}
			guest.close()
		})
	}
	host.close()
	all.Wait()
	last := open(t, dir)
	defer last.close()
	if got, want := len(strings.Fields(last.words())), 1+guests*each; got != want {
		t.Errorf("there are %d words, want %d", got, want)
	}
}

func TestAddressOfKilledHostIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := open(t, dir)
	defer c.close()
	if got := c.words(); got != "seed" {
		t.Errorf("got %q", got)
	}
}

func TestAGuestConnectsToALoopbackAddressOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	host, guest := open(t, dir), open(t, dir)
	defer host.close()
	defer guest.close()
	for _, address := range []string{
		"192.0.2.1:80", "example.com:80", "localhost:80", "127.0.0.1", "0.0.0.0:80", "[::]:80", "[2001:db8::1]:80", "127.0.0.1:80@192.0.2.1:80", "127.0.0.1:0x50", "http://127.0.0.1:80",
	} {
		if err := os.WriteFile(filepath.Join(dir, "address"), []byte(address+"\n4711\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		conn, err := guest.access.Dial(t.Context(), "", "")
		if err == nil || !strings.Contains(err.Error(), "is not at an address of this machine") || strings.Contains(err.Error(), address) {
			t.Errorf("%s: got %v, %v", address, conn, err)
		}
		if access, err := Open(simulator("seed"), dir); err == nil {
			t.Errorf("%s: opened %v", address, access)
		}
	}
	if err := host.access.folder.announce(host.access.host.address); err != nil {
		t.Fatal(err)
	}
	guest.add("again")
}

func TestAHardLinkInTheFolderIsNotWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lock", "users", "address"} {
		dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
		if err := os.WriteFile(elsewhere, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(elsewhere, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		c.add("one")
		c.close()
		if err := Reset(dir); err != nil {
			t.Error(err)
		}
		if text, err := os.ReadFile(elsewhere); string(text) != "precious" || err != nil {
			t.Errorf("with the link %s the file has %q, %v", name, text, err)
		}
	}
}

func TestCanceledGuestDoesNotWaitForHost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	host, guest := open(t, dir), open(t, dir)
	defer host.close()
	defer guest.close()
	if err := os.Remove(filepath.Join(dir, "address")); err != nil { // as if the host did not listen yet
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, why) // by then Dial is waiting
	defer cancel()
	if _, err := guest.access.Dial(ctx, "", ""); !errors.Is(err, why) {
		t.Errorf("the error is %v, want %v", err, why)
	}
}

func TestServerWithoutFolderIsKeptInMemory(t *testing.T) {
	t.Parallel()
	one, other := open(t, ""), open(t, "")
	defer one.close()
	defer other.close()
	one.add("one")
	if got := other.words(); got != "seed" {
		t.Errorf("another access has %q", got)
	}
	if n, here := one.access.Changes(); n != 0 || !here {
		t.Errorf("%d changes are kept, here: %t", n, here)
	}
}

func TestServerThatCannotBeMadeLeavesFolderFree(t *testing.T) {
	t.Parallel()
	dir, broken, why := t.TempDir(), simulator("seed"), errors.New("no such seed")
	broken.New = func(time.Time, Keep) (Server, error) { return nil, why }
	if _, err := Open(broken, dir); !errors.Is(err, why) {
		t.Errorf("the error is %v", err)
	}
	if err := Reset(dir); err != nil {
		t.Errorf("Reset afterwards: %v", err)
	}
}

func TestFolderThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(simulator("seed"), filepath.Join(file, "words")); err == nil {
		t.Error("a folder below a file was made")
	}
}

func TestLinksInTheFolderAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lock", "users", "address", journalFile} {
		dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
		if err := os.WriteFile(elsewhere, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{elsewhere, elsewhere + "-new"} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if access, err := Open(simulator("seed"), dir); err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
				t.Errorf("Open with the link %s: %v, %v", name, access, err)
			}
			if err := Reset(dir); err == nil {
				t.Errorf("Reset with the link %s succeeded", name)
			}
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := os.ReadFile(elsewhere); string(text) != "precious" || err != nil {
			t.Errorf("with the link %s the file has %q, %v", name, text, err)
		}
		if _, err := os.Lstat(elsewhere + "-new"); err == nil {
			t.Errorf("with the link %s a file was made", name)
		}
	}
}

func TestResetOfNothingIsNotAnError(t *testing.T) {
	t.Parallel()
	if err := Reset(filepath.Join(t.TempDir(), "nothing", "here")); err != nil {
		t.Error(err)
	}
}

// killed returns a copy of a state folder: the state that the next process finds if this one is killed now.
func killed(t *testing.T, dir string) string {
	t.Helper()
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return left
}
