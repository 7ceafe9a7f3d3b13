//go:build unix

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// The tests are named after requirements of the threat model, and run the real binary. docs/threats.md lists them.

// process is flowdeck, with the lines of its standard error so far.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string // of a server
	token string // of an admin
	ended chan error
	// client sends the requests to a server; nil: http.DefaultClient.
	client *http.Client

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed when there is another line
}

// startProcess starts flowdeck. The test ends it.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command("flowdeck", args...), ended: make(chan error, 1), more: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "FLOWDECK_TRUST=1")
	errors, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it may have ended
	go func() {
		for s := bufio.NewScanner(errors); s.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			close(p.more)
			p.more = make(chan struct{})
			p.mu.Unlock()
		}
		p.ended <- p.cmd.Wait()
	}()
	return p
}

// serveIn starts a server with a token for the workspace in a folder.
func serveIn(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	token := exec.Command("flowdeck", "token", "create", fmt.Sprint("t", time.Now().UnixNano()), "--role", "admin", "-C", dir)
	out, err := token.Output()
	if err != nil {
		t.Fatal(err, string(out))
	}
	p := startProcess(t, append([]string{"serve", "-C", dir, "--listen", "127.0.0.1:0"}, args...)...)
	p.url, p.token = atURL.FindString(p.await("listening")), strings.TrimSpace(string(out))
	return p
}

var atURL = regexp.MustCompile(`https?://[0-9.:]+`)

// after returns the number of lines so far, for await.
func (p *process) after() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lines)
}

// await waits for a line with these words.
func (p *process) await(words ...string) string { p.t.Helper(); return p.awaitAfter(0, words...) }

func (p *process) awaitAfter(from int, words ...string) string {
	p.t.Helper()
	deadline := time.After(2 * time.Minute) // a schedule of each minute may be due in one
	for {
		p.mu.Lock()
		lines, more := p.lines, p.more
		p.mu.Unlock()
		for ; from < len(lines); from++ {
			line, all := lines[from], true
			for _, word := range words {
				all = all && strings.Contains(line, word)
			}
			if all {
				return line
			}
		}
		select {
		case <-more:
		case err := <-p.ended: // all lines have been seen, or are seen below
			if p.ended <- err; p.after() == from {
				p.t.Fatalf("it ended without a line with %q: %v\n%s", words, err, p.text())
			}
		case <-deadline:
			p.t.Fatalf("no line with %q in:\n%s", words, strings.Join(lines, "\n"))
		}
	}
}

// text returns all lines.
func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// code waits for the end of the process.
func (p *process) code() int {
	p.t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			return failed.ExitCode()
		} else if err != nil {
			p.t.Fatal(err)
		}
		return 0
	case <-time.After(time.Minute):
		p.t.Fatalf("it does not end:\n%s", p.text())
		return -1
	}
}

// ask sends a request with the token of the process.
func (p *process) ask(method, path, body string) (status int, answer map[string]any) {
	p.t.Helper()
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := cmp.Or(p.client, http.DefaultClient).Do(r)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.text())
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = json.Unmarshal(text, &answer) // it may be a text
	return resp.StatusCode, answer
}

// until repeats a look until it succeeds.
func (p *process) until(what string, look func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !look(); time.Sleep(20 * time.Millisecond) { // another process changes it
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not within a minute\n%s", what, p.text())
		}
	}
}

// rss returns the bytes of memory that the process has.
func (p *process) rss() int {
	p.t.Helper()
	out, err := exec.Command("ps", "-o", "rss=", "-p", fmt.Sprint(p.cmd.Process.Pid)).Output()
	kb := 0
	if _, scanned := fmt.Sscan(string(out), &kb); err != nil || scanned != nil {
		p.t.Fatal(err, scanned)
	}
	return kb << 10
}

// folder returns a new workspace with files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const hello = "flow: hello\ntriggers: [{webhook: hello, respond: wait}]\nsteps: [{return: hello}]\n"

// long skips a test of the real binary that waits for a minute, or measures its memory, if -short is set, as by make race.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short is set: it waits for a minute, or measures memory")
	}
}

func TestT16AServerThatWasSuspendedStopsWhenAnotherOneHasTakenOver(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "hello.yaml": hello})
	old := serveIn(t, dir)
	old.until("it leads", func() bool { _, a := old.ask("GET", "/readyz", ""); return a["status"] == "leading" })
	next := serveIn(t, dir)
	next.await("standing by")
	history, err := store.Open(store.Config{State: filepath.Join(dir, ".flowdeck")})
	if err != nil {
		t.Fatal(err)
	}
	defer history.Close()
	var lead *store.Leadership
	for lead == nil { // it may have been stopped while it had the lock of the database
		old.signal(syscall.SIGSTOP)
		leader, err := history.Leader(t.Context())
		if err == nil && leader.PID != old.cmd.Process.Pid {
			t.Fatalf("process %d leads, want %d", leader.PID, old.cmd.Process.Pid)
		}
		if err == nil {
			lead, err = history.Lead(t.Context(), leader.Heartbeat) // as a server does that has seen no heartbeat for long
		}
		if err != nil {
			t.Log(err)
			old.signal(syscall.SIGCONT)
		}
	}
	old.signal(syscall.SIGCONT)
	if code := old.code(); code != 1 || !strings.Contains(old.text(), "flowdeck: another process serves this workspace now") {
		t.Errorf("it ended with %d:\n%s", code, old.text())
	}
	if status, a := next.ask("GET", "/readyz", ""); status != http.StatusOK || a["status"] != "standing by" {
		t.Errorf("the other server: got %d %v", status, a)
	}
	if err := lead.Resign(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, a := next.ask("POST", "/hooks/hello", ""); status != http.StatusOK || a["result"] != "hello" {
		t.Errorf("the server that leads now: got %d %v", status, a)
	}
	next.signal(syscall.SIGTERM)
	if code := next.code(); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, next.text())
	}
}

// Whatever is done to the files, the server answers with the flows that it had, starts no program, opens no connection, and does not wait
// for a file.
func TestT9AServerReadsOnlyWhatItShould(t *testing.T) {
	t.Parallel()
	long(t)
	ran := filepath.Join(t.TempDir(), "ran")
	org := startProcess(t, "org", "../../flows/orgs/acme.yaml", "--listen", "127.0.0.1:0")
	address := atURL.FindString(org.await("simulated org of"))
	settings := "connections:\n  okta: {type: okta, domain: \"" + address + "\", simulated: true, auth: {api_token: {command: [touch, " + ran + "]}}}\n"
	flows := hello + "---\nflow: writes\nsteps:\n  - card: okta.group.delete\n    with: {group_id: x}\n"
	dir := folder(t, map[string]string{"flowdeck.yaml": settings, "hello.yaml": flows})
	p := serveIn(t, dir)
	file := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(name string) {
		if err := os.Remove(file(name)); err != nil {
			t.Fatal(err)
		}
	}
	held := func() string { _, a := p.ask("GET", "/readyz", ""); return fmt.Sprint(a["held"]) }
	answers := func(what string) {
		t.Helper()
		if status, a := p.ask("POST", "/hooks/hello", ""); status != http.StatusOK || a["result"] != "hello" {
			t.Errorf("%s: got %d %v", what, status, a)
		}
	}
	for what, change := range map[string]struct {
		name    string
		do      func(path string) error
		problem string
	}{
		"a pipe":                   {"x.yaml", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		"a link to a device":       {"x.yaml", func(path string) error { return os.Symlink("/dev/zero", path) }, "leads out of its folder"},
		"a link to another folder": {"x.yaml", func(path string) error { return os.Symlink("/etc/passwd", path) }, "leads out of its folder"},
		"a file of 8 GB": {"x.yaml", func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("flow: x\n"), 0o600), os.Truncate(path, 8<<30))
		}, "larger than"},
		"a reference to a file": {"x.yaml", func(path string) error {
			return os.WriteFile(path, []byte("flow: x\ninputs:\n  $ref: file:/etc/passwd\nsteps: []\n"), 0o600)
		}, "$ref"},
		"a part of a file":          {"x.yaml", func(path string) error { return os.WriteFile(path, []byte("flow: x\nsteps:\n  - ret"), 0o600) }, ""},
		"settings that are removed": {"flowdeck.yaml", os.Remove, "there is no flowdeck.yaml"},
		"other settings": {"flowdeck.yaml", func(path string) error {
			return os.WriteFile(path, []byte(strings.Replace(settings, address, "https://evil.example", 1)), 0o600)
		}, "restart the server"},
	} {
		from := p.after()
		if err := change.do(file(change.name)); err != nil {
			t.Fatal(err)
		}
		p.awaitAfter(from, "stay as they", change.problem)
		if got := held(); !strings.Contains(got, "flows") || strings.Contains(got, "settings") != (what == "other settings") {
			t.Errorf("%s: %s are held", what, got)
		}
		answers(what)
		if change.name == "flowdeck.yaml" {
			write("flowdeck.yaml", settings)
		} else {
			remove(change.name)
		}
		p.until("nothing is held any more", func() bool { return held() == "<nil>" })
	}
	// An editor that truncates a file before it writes it, and one that renames a new file over it.
	for i := range 20 {
		write("hello.yaml", "")
		write("new.tmp", flows)
		if i%2 == 0 {
			write("hello.yaml", flows)
		}
		if err := os.Rename(file("new.tmp"), file("hello.yaml")); err != nil {
			t.Fatal(err)
		}
		answers("while it is written")
	}
	from := p.after()
	write("hello.yaml", strings.ReplaceAll(flows, "hello", "hello2"))
	p.awaitAfter(from, "the flows were read again")
	if status, _ := p.ask("POST", "/hooks/hello2", ""); status != http.StatusOK {
		t.Errorf("got %d for the flow as it is now", status)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a command was run")
	}
	if requests := http.DefaultClient; requests != nil {
		resp, err := requests.Get(address + "/-/requests?since=0")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); err != nil || len(bytes.TrimSpace(text)) > 0 {
			t.Errorf("a connection was opened: %s, %v", text, err)
		}
	}
	// Without its folder, a server could promise what it does not keep.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if code := p.code(); code != 1 || !strings.Contains(p.text(), "journal.db was removed or moved while this process used it") {
		t.Errorf("it ended with %d:\n%s", code, p.text())
	}
}
