package torture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// binary is flowdeck with the build tag killpoints.
var binary string

func TestMain(m *testing.M) {
	code, err := build(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build calls run while binary exists.
func build(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary = filepath.Join(dir, "flowdeck")
	cmd := exec.Command("go", "build", "-tags", "killpoints", "-o", binary, "github.com/flowdeck/flowdeck/cmd/flowdeck")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return run(), nil
}

// job is a workspace with an org of its own.
type job struct {
	dir string
	org org
}

func newJob(t *testing.T) job {
	t.Helper()
	org := serve(t, seed())
	return job{workspace(t, org, "", "testdata/sweep.yaml"), org}
}

// workspace makes a folder with flows, and a connection to an org besides more.
func workspace(t *testing.T, org org, more string, flows ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	okta := fmt.Sprintf("  okta: {type: okta, domain: %q, simulated: true, auth: {api_token: {env: OKTA_API_TOKEN}}}\n", org.address)
	files := map[string]string{"flowdeck.yaml": "timezone: UTC\nconnections:\n" + okta + more}
	for _, name := range flows {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// process is a flowdeck that runs or has ended.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{}
	passed   string // the file with the kill point that it passed last
}

// start starts flowdeck in the workspace of the job. kill is FLOWDECK_KILL.
func (j job) start(t *testing.T, kill string, args ...string) *process {
	t.Helper()
	return j.startAs(t, kill, append([]string{binary}, args...))
}

func (j job) startAs(t *testing.T, kill string, argv []string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(argv[0], argv[1:]...), ended: make(chan struct{}), passed: filepath.Join(j.dir, "passed")}
	if err := os.RemoveAll(p.passed); err != nil {
		t.Fatal(err)
	}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = j.dir, &p.out, &p.err
	p.cmd.Env = append(os.Environ(), "OKTA_API_TOKEN=demo-token", "SCIM_TOKEN=demo-token", "FLOWDECK_TRUST=1", "FLOWDECK_KEY=correct horse battery staple correct horse", "FLOWDECK_KILL="+kill, "FLOWDECK_KILL_PASSED="+p.passed)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // code and killed have the result
	}()
	return p
}

// code is the exit code: -1 if it was killed.
func (p *process) code() int {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// killAfter kills the process after some time, unless it has ended before, and reports whether it was killed.
func (p *process) killAfter(t *testing.T, d time.Duration) bool {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(d):
		_ = p.cmd.Process.Kill() // it may have ended just now
	}
	return p.code() == -1
}

// phase is the kill point that the process passed last.
func (p *process) phase() string {
	text, err := os.ReadFile(p.passed)
	if err != nil || len(text) == 0 {
		return "before the first"
	}
	return "after " + strings.TrimSpace(string(text))
}

// result is what people see of a run that has ended, and what it did.
type result struct {
	Status  string
	Result  map[string]any
	Streams map[string]struct{ Read, OK, Skipped, Failed int }
	Writes  map[string]writes
	Lines   map[string][]string // of each file of results, sorted
	Dump    string              // of the org
}

type writes struct {
	Calls   int
	Changed int
	InDoubt int `json:"in_doubt"`
}

// result returns the result of a run that has ended in this process.
func (j job) result(t *testing.T, p *process) (r result) {
	t.Helper()
	if code := p.code(); code != 6 {
		t.Fatalf("the run ended with %d:\n%s%s", code, p.err.Bytes(), p.out.Bytes())
	}
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	kept := j.kept(t)
	r.Lines, r.Dump = kept.Lines, kept.Dump
	return r
}

// kept returns the results files and the state of the org.
func (j job) kept(t *testing.T) (r result) {
	t.Helper()
	r.Lines = map[string][]string{}
	files, err := filepath.Glob(filepath.Join(j.dir, ".flowdeck/runs/*/*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		slices.Sort(lines)
		r.Lines[filepath.Base(name)] = append(r.Lines[filepath.Base(name)], lines...)
	}
	r.Dump = string(j.org.get(t, "/-/dump"))
	return r
}

// report is the part of a run's report that names its doubts.
type report struct {
	Run     string
	Status  string
	Reason  string
	Doubts  []struct{ Step, Card, Target string }
	Started []report
}

// decide answers for a person what a run that paused asks: whether groups were created. Only the org can know it. It returns the
// flags for the run, and resumes the runs that it started and that are in doubt.
func (j job) decide(t *testing.T, p *process) (flags []string) {
	t.Helper()
	if p.code() == -1 {
		return nil
	}
	var r report
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil {
		t.Fatalf("%v:\n%s", err, p.text())
	}
	dump := string(j.org.get(t, "/-/dump"))
	flags = r.decisions(dump)
	decided := len(flags)
	for _, started := range r.Started {
		if more := started.decisions(dump); len(more) > 0 {
			decided += len(more)
			p := j.start(t, "", append([]string{"resume", started.Run, "--json"}, more...)...)
			if code := p.code(); code != 0 {
				t.Fatalf("a started run ended with %d:\n%s", code, p.text())
			}
		}
	}
	if decided == 0 && r.Status == "paused" {
		t.Fatalf("the run paused, and asks for no decision: %s\n%s", r.Reason, p.out.Bytes())
	}
	return flags
}

func (r report) decisions(dump string) (flags []string) {
	for _, d := range r.Doubts {
		if d.Card != "okta.group.create" {
			continue // idempotent: the next process does it again
		}
		done := "no"
		if strings.Contains(dump, "  - name: "+d.Target+"\n") || strings.Contains(dump, fmt.Sprintf("  - name: %q\n", d.Target)) {
			done = "yes"
		}
		flags = append(flags, "--did", d.Step+"="+done)
	}
	return flags
}

// text is everything that the process wrote. It waits until it has ended.
func (p *process) text() string {
	<-p.ended
	return p.err.String() + p.out.String()
}

// settled returns a result with the writes in doubt as changes: a resumed process that found a write done, since the one
// before was killed before its answer arrived, does not know that it was this run.
func (r result) settled() result {
	if r.Writes == nil {
		return r
	}
	all := map[string]writes{}
	for name, w := range r.Writes {
		all[name] = writes{Calls: w.Calls, Changed: w.Changed + w.InDoubt}
	}
	r.Writes = all
	return r
}
