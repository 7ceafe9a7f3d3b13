package simhost

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// journalOf returns the journal in a folder.
func journalOf(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withJournal returns a folder that has the journal text.
func withJournal(t *testing.T, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, journalFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAnIncompleteLineIsARequestThatWasNotAnswered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	c.add("one")
	before := journalOf(t, dir)
	c.add("two")
	whole := journalOf(t, dir)
	c.close()
	for at := len(before); at < len(whole); at++ {
		torn := withJournal(t, whole[:at])
		c := open(t, torn)
		if got := c.words(); got != "seed one!" {
			t.Fatalf("torn at byte %d: %q", at, got)
		}
		c.close()
		if got := journalOf(t, torn); !bytes.Equal(got, before) {
			t.Fatalf("torn at byte %d: the next change would follow %q", at, got[len(before):])
		}
	}
}

func TestServerKilledDuringItsFirstChangeStartsFromItsSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	c.add("one")
	c.close()
	heading, _, _ := bytes.Cut(journalOf(t, dir), []byte("\n"))
	for at := range len(heading) + 1 {
		torn := withJournal(t, heading[:at])
		c := open(t, torn)
		if n, _ := c.access.Changes(); n != 0 || c.words() != "seed" {
			t.Fatalf("torn at byte %d: %d changes, %q", at, n, c.words())
		}
		if _, err := os.Stat(filepath.Join(torn, journalFile)); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("torn at byte %d: the next change would follow half a heading (%v)", at, err)
		}
		c.close()
	}
}

func TestJournalThatCannotBeReadIsAnErrorUntilReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	c.add("one")
	c.close()
	good := string(journalOf(t, dir))
	head, line, _ := strings.Cut(strings.TrimSpace(good), "\n")
	for name, test := range map[string]struct{ seed, text, want string }{
		"a damaged line":    {"seed", head + "\n{\"at\":\n" + line + "\n", "journal.jsonl, line 2"},
		"a damaged heading": {"seed", "?\n" + line + "\n", "journal.jsonl, line 1"},
		"another version":   {"seed", strings.Replace(good, "words 1", "words 9", 1), "another version of the simulated server"},
		"another seed":      {"other", good, "another version of the seed"},
		"a request refused": {"seed", head + "\n" + line + "\n" + line + "\n", "line 3: this version of the simulated server refuses POST /words"},
		"not a request":     {"seed", head + "\n{\"method\":\"?\",\"uri\":\":\"}\n", "line 2"},
	} {
		broken := withJournal(t, []byte(test.text))
		access, err := Open(simulator(test.seed), broken)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
		}
		if err == nil {
			access.Close()
			continue
		}
		if err := Reset(broken); err != nil {
			t.Errorf("%s: Reset: %v", name, err)
		}
		open(t, broken).close()
	}
}

func TestServerKeepsTheTimeOfItsFirstStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	first.add("one")
	want := first.access.host.simulated.Began()
	second := open(t, killed(t, dir))
	if got := second.access.host.simulated.Began(); !got.Equal(want) {
		t.Errorf("the second process has a server with the start %v, want %v", got, want)
	}
	second.close()
	first.close()
}

func TestRefusalsAndSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	defer c.close()
	for _, body := range []string{``, `{"word":"seed"}`, `{"word":"long","pad":"` + strings.Repeat(" ", longestBody) + `"`} {
		if status, text := c.do("POST", body); status != 400 {
			t.Errorf("%.30q: %d %s", body, status, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, journalFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a journal (%v), and nothing has changed", err)
	}
	c.add("one")
	kept := string(journalOf(t, dir))
	if strings.Contains(kept, "s3cret") || strings.Contains(kept, "not kept") || !strings.Contains(kept, `"xxxxxx"`) {
		t.Errorf("the journal is\n%s", kept)
	}
}

func TestChangesThatCannotBeStoredAreNotMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	c.add("one")
	if err := c.access.host.state.journal.file.Close(); err != nil { // every write then fails, as on a full disk
		t.Fatal(err)
	}
	if status, _ := c.do("POST", `{"word":"two"}`); status != 500 {
		t.Errorf("a change that cannot be kept: %d", status)
	}
	before := c.words()
	if status, _ := c.do("PUT", `{"word":"three"}`); status != 500 || c.words() != before {
		t.Errorf("the next one: %d, %q", status, c.words())
	}
	left := open(t, killed(t, dir))
	defer left.close()
	if got := left.words(); got != "seed one!" {
		t.Errorf("%q is kept, want the change that was answered", got)
	}
	if err := c.access.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Close: %v", err)
	}
}

func TestConcurrentChangesAreStoredInTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	defer c.close()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for turn := range 20 {
				c.add(fmt.Sprintf("<%d.%d>", worker, turn))
			}
		})
	}
	all.Wait()
	second := open(t, killed(t, dir))
	defer second.close()
	if got, want := second.words(), c.words(); got != want {
		t.Errorf("the second process has\n%s\nwant\n%s", got, want)
	}
}
