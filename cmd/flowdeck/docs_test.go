package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// guides are the docs that have commands. The test runs each command and checks each flow of a guide, from top to
// bottom, in one folder, which has the shipped flows/ at the start:
//
//	```sh       each line must succeed; `make …` and `git …` are not run, because CI runs them
//	```console  each line after `$ ` is run, and its output must have the lines that follow, in that order; a …
//	            matches any text, or any lines; a command with `# exit 3` must end with that code
//	```yaml     a file whose first line is its name (`# flows/x.yaml`), which is kept; or a flow or a list of
//	            steps, which is checked and removed
//
// Other fenced blocks are ignored.
var guides = []string{
	"README.md", "docs/language.md", recipes, "docs/from-okta-workflows.md", "docs/tour.md", "docs/connections.md", "docs/runs.md",
	"docs/scim.md", "docs/tables.md", "docs/approvals.md", "docs/change.md", "docs/testing.md", "docs/ci.md", "docs/org-copy.md",
}

func TestCommandsAndFlowsOfGuidesWork(t *testing.T) {
	t.Parallel()
	for _, name := range guides {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("../..", name))
			if err != nil {
				t.Fatal(err)
			}
			g := newGuide(t)
			if name == recipes {
				defer seeChanges(g)()
			}
			for _, b := range blocks(string(text)) {
				g.at = fmt.Sprintf("%s:%d", name, b.line)
				g.follow(b)
			}
			if g.followed == 0 {
				t.Errorf("%s has no example that was tried", name)
			}
		})
	}
}

// A block is a fenced block of a Markdown file.
type block struct {
	line       int // of its first line of text
	kind, text string
}

func blocks(markdown string) (all []block) {
	var at *block
	number := 0
	for line := range strings.Lines(markdown) {
		number++
		kind, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && at == nil:
			at = &block{line: number + 1, kind: kind}
		case fence:
			all, at = append(all, *at), nil
		case at != nil:
			at.text += line
		}
	}
	return all
}

// guide runs the blocks of one guide.
type guide struct {
	t        *testing.T
	dir      string
	env      []string
	at       string // the current place in the guide
	followed int
	ran      func(command string) // is called after each command
}

func newGuide(t *testing.T) *guide {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	flows := filepath.Join(dir, "flows")
	self, err := os.Executable() // this binary is flowdeck if its name is flowdeck: see TestMain
	if err == nil {
		err = os.Symlink(self, filepath.Join(bin, "flowdeck"))
	}
	if err == nil {
		err = os.CopyFS(flows, os.DirFS("../../flows"))
	}
	if err == nil {
		err = os.RemoveAll(filepath.Join(flows, ".flowdeck"))
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "bin"), 0o700)
	}
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "bin", "flowdeck"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &guide{t: t, dir: dir, env: append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NO_COLOR=1", "FLOWDECK_TRUST=1"), ran: func(string) {}}
}

func (g *guide) follow(b block) {
	g.t.Helper()
	switch b.kind {
	case "sh":
		for _, command := range commands(b.text) {
			g.run(command, nil)
		}
	case "console":
		for part := range strings.SplitSeq("\n"+strings.TrimRight(b.text, "\n"), "\n$ ") {
			if command, output, _ := strings.Cut(part, "\n"); strings.TrimSpace(command) != "" {
				for strings.HasSuffix(command, "\\") {
					var more string
					more, output, _ = strings.Cut(output, "\n")
					command = strings.TrimSuffix(command, "\\") + strings.TrimSpace(more)
				}
				g.run(command, strings.Split(output, "\n"))
			}
		}
	case "yaml":
		g.take(b.text)
	}
}

// commands returns the lines of a shell script. A line that ends in a backslash is joined with the next one.
func commands(text string) (all []string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "make") && !strings.HasPrefix(line, "git ") {
			all = append(all, line)
		}
	}
	return all
}

var exitCode = regexp.MustCompile(`# exit (\d+)$`)

// run runs a command, and compares its exit code and output with the guide.
func (g *guide) run(command string, want []string) {
	g.t.Helper()
	g.followed++
	if setting, ok := strings.CutPrefix(command, "export "); ok {
		name, _, _ := strings.Cut(setting, "=")
		cmd := exec.CommandContext(g.t.Context(), "sh", "-c", command+`; printf %s "$`+name+`"`)
		cmd.Dir, cmd.Env = g.dir, g.env
		value, err := cmd.Output()
		if err != nil {
			g.t.Fatalf("%s: %s: %v", g.at, command, err)
		}
		g.env = append(g.env, name+"="+string(value))
		return
	}
	if dir, ok := strings.CutPrefix(command, "cd "); ok {
		g.dir = filepath.Join(g.dir, dir)
		g.ran(command)
		return
	}
	if strings.HasSuffix(command, "&") {
		g.t.Fatalf("%s: %s\nnothing would end this command", g.at, command)
	}
	code := "0"
	if found := exitCode.FindStringSubmatch(command); found != nil {
		code = found[1]
	}
	cmd := exec.CommandContext(g.t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Env = g.dir, g.env
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	if cmd.ProcessState == nil || fmt.Sprint(cmd.ProcessState.ExitCode()) != code {
		g.t.Fatalf("%s: %s\nends with %v, want exit code %s:\n%s", g.at, command, err, code, &both)
	}
	g.ran(command)
	got := strings.Split(steady(both.String()), "\n")
	for _, line := range want {
		line = steady(line)
		if strings.TrimSpace(line) == "…" || line == "" {
			continue
		}
		like := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "$")
		at := slices.IndexFunc(got, like.MatchString)
		if at < 0 {
			g.t.Fatalf("%s: %s\nprints\n%s\nin which this is missing, or in another order:\n%s", g.at, command, &both, line)
		}
		got = got[at+1:]
	}
}

var unsteady = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\d{8}-\d{6}-[0-9a-f]{12}([0-9a-f]{20})?`), "RUN"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ORG"},
	{regexp.MustCompile(`\b\d+(\.\d+)? ?m?s\b`), "TIME"},
	{regexp.MustCompile(`\d+/s\b`), "RATE"},
	{regexp.MustCompile(`\b00[ug][0-9A-Za-z]{17}\b`), "ID"},
	{regexp.MustCompile(` +`), " "}, // the width of columns depends on the content
	{regexp.MustCompile(`(?m) +$`), ""},
}

// steady replaces the parts of a text that differ from run to run.
func steady(text string) string {
	for _, u := range unsteady {
		text = u.pattern.ReplaceAllString(text, u.instead)
	}
	return text
}

// take writes a file that has a name. It checks any other text as a flow.
func (g *guide) take(text string) {
	g.t.Helper()
	g.followed++
	if name := regexp.MustCompile(`^# (\S+\.ya?ml)\b`).FindStringSubmatch(text); name != nil {
		path := filepath.Join(g.dir, name[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			g.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			g.t.Fatal(err)
		}
		return
	}
	path := filepath.Join(g.dir, "flows", "example.yaml")
	switch {
	case strings.HasPrefix(text, "- "):
		text = "flow: example\nsteps:" + strings.ReplaceAll("\n"+strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
	case strings.Contains(text, "type: okta"), strings.HasPrefix(text, "tables:"): // a part of a flowdeck.yaml
		path = filepath.Join(g.t.TempDir(), flow.WorkspaceFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			g.t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(filepath.Dir(path), "orgs"), os.DirFS("../../flows/orgs")); err != nil { // its seed
			g.t.Fatal(err)
		}
		g.run("flowdeck check -C "+filepath.Dir(path), nil)
		return
	case !strings.Contains(text, "flow:"):
		text = "flow: example\n" + text + "\nsteps:\n  - stop: nothing to do\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
	g.run("flowdeck check -C flows flows/example.yaml", nil)
	if err := os.Remove(path); err != nil {
		g.t.Fatal(err)
	}
}
