package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

type testOptions struct {
	dir      string
	run      string
	verbose  bool
	json     bool
	junit    string
	update   bool
	coverage bool
	lcov     string
	timeout  time.Duration
}

func testCommand(e env) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Run the tests of flows, on simulated orgs",
		Long: `Run the tests of flows, on simulated orgs.

A test is a mapping with the key test in a list, in a YAML file of the workspace, by convention in the folder tests:
every list below it is one of tests. It names a flow, its
inputs, the org that the flow finds, and what the flow must do: docs/testing.md describes it. PATH is a file with
tests, or a folder; without it, all tests of the workspace run.

Each test has an org of its own in the memory of this process, and a clock that jumps, so that waiting takes no time.
Services without a simulator are answered by the mocks of the test. Nothing is sent to anybody, no secret is read,
and the tables, files and runs of the workspace stay as they are.

A test that takes longer than --timeout of real time fails. After Ctrl-C, the tests that ended have their results.

A failure shows the place of what was expected, what was expected, what was, and the calls that the run made.

--update writes what the run did into the 'expect' of each test that has none. Comments and layout of the file stay.

Nothing runs if a test, or a flow that one of them runs, has problems: 'flowdeck check' reports the same. --json and
--junit have them, too.

--coverage lists the steps, branches and catch blocks that no test reached and, if all tests run, the flows that have
none. --lcov FILE writes the same for other programs, and --junit FILE writes the results for CI systems.

Exit codes: 0 all tests passed, 1 a test failed, 2 wrong usage, 3 problems in tests or flows, 130 interrupted.`,
		Example: `  flowdeck test
  flowdeck test flows/tests/suspend-idle-members.yaml -v
  flowdeck test --run 'only the idle'
  flowdeck test flows --coverage
  flowdeck test --junit results.xml --lcov coverage.lcov
  flowdeck test --json | jq '.tests[] | select(.status != "passed") | .test'`,
		SuggestFor: []string{"tests"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return testFlows(cmd.Context(), e, args, o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.run, "run", "", "run only the tests whose name matches the regular expression `REGEX`")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "list all tests, and the calls that each made")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.StringVar(&o.junit, "junit", "", "write the results to `FILE` as JUnit XML")
	flags.BoolVar(&o.update, "update", false, "fill in the 'expect' of tests that have none, with what they do")
	flags.BoolVar(&o.coverage, "coverage", false, "list what no test reached in the flows")
	flags.StringVar(&o.lcov, "lcov", "", "write the coverage of the flows to `FILE` as lcov")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "the real `TIME` that a test may take; 0 is no limit")
	return cmd
}

// check refuses options that would overwrite flows or tests, as --junit without its FILE does: the next argument is a path.
func (o testOptions) check() error {
	for _, out := range []struct{ flag, file string }{{"--junit", o.junit}, {"--lcov", o.lcov}} {
		if ext := strings.ToLower(filepath.Ext(out.file)); slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
			return usage("name a new file, such as "+out.flag+" results.txt", "%s would overwrite %s", out.flag, out.file)
		}
	}
	switch {
	case o.junit != "" && filepath.Clean(o.junit) == filepath.Clean(o.lcov):
		return usage("", "--junit and --lcov cannot write the same file")
	case o.timeout < 0:
		return usage("0 is no limit", "--timeout must not be negative")
	}
	return nil
}

// testSet is the tests that a command runs.
type testSet struct {
	workspace *host.Workspace
	files     []*flow.Cases
	all       bool // they are all tests of the workspace
}

// source returns the text of a file with tests or flows.
func (t testSet) source(file string) []byte {
	for _, f := range t.files {
		if f.Name == file {
			return f.Source
		}
	}
	return t.workspace.Source(file)
}

// caseAt returns the test that has a place; nil if it is elsewhere.
func (t testSet) caseAt(at flow.Pos) (c *flow.Case) {
	for _, f := range t.files {
		for _, other := range f.Cases {
			if f.Name == at.File && other.Node.Pos.Line <= at.Line {
				c = other
			}
		}
	}
	return c
}

func testFlows(ctx context.Context, e env, args []string, o testOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	began := time.Now()
	t, err := testsAt(e, args, o.dir)
	if err == nil {
		err = t.test(ctx, e, o)
	}
	if problems := (*host.ProblemsError)(nil); errors.As(err, &problems) {
		if err := reportProblems(e, t, problems.Problems, time.Since(began), o); err != nil {
			return err
		}
	}
	return err
}

// test runs the tests, and reports what they did. Nothing runs if a test or a flow that one of them runs has problems.
func (t testSet) test(ctx context.Context, e env, o testOptions) error {
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return usage("", "--run: %v", err)
	}
	var all []*flow.Case
	for _, f := range t.files {
		for _, c := range f.Cases {
			if wanted.MatchString(c.Name) {
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 && o.run != "" {
		return usage("", "no test has a name that matches %q", o.run)
	}
	began := time.Now()
	suite := newSuite(t.workspace)
	suite.Limit = o.timeout
	ready, problems, err := suite.PrepareAll(all)
	if inFlows := (*host.ProblemsError)(nil); errors.As(err, &inFlows) {
		problems = append(problems, inFlows.Problems...)
	} else if err != nil {
		return err
	}
	if problems.Err() != nil {
		return &host.ProblemsError{Problems: problems, Source: t.source}
	}
	results := cases.RunAll(ctx, ready)
	if ctx.Err() != nil {
		o.update = false
		err := reportTests(e, t, results, time.Since(began), o)
		if failed := (*exit)(nil); err == nil || errors.As(err, &failed) {
			err = &exit{code: exitInterrupted, err: errInterrupted}
		}
		return err
	}
	if o.update {
		if err := updateTests(e, t, results); err != nil {
			return err
		}
	}
	return reportTests(e, t, results, time.Since(began), o)
}

// newSuite returns the suite of a workspace.
func newSuite(w *host.Workspace) *cases.Suite {
	return &cases.Suite{Workspace: w, Cards: cards.All(), Services: cards.Services()}
}

// testsAt reads the tests at paths, which are those of one workspace; all tests of the workspace if there is no path.
func testsAt(e env, paths []string, dir string) (t testSet, err error) {
	near := "."
	if len(paths) > 0 {
		near = paths[0]
		info, err := os.Stat(near)
		if err != nil {
			return t, &host.UsageError{Err: inside.Plain(err), Hint: "PATH is a file with tests, or a folder"}
		}
		if !info.IsDir() {
			near = filepath.Dir(near)
		}
	}
	if t.workspace, err = openWorkspace(e, dir, near); err != nil {
		return t, err
	}
	files, problems := loadTests(t.workspace)
	if unread := unreadTests(t.workspace, paths); unread.Err() != nil {
		return t, &host.ProblemsError{Problems: unread, Source: t.source}
	}
	for _, path := range paths {
		found := false
		for _, f := range files {
			if isAt(f.Name, path) {
				found = true
				if !slices.Contains(t.files, f) {
					t.files = append(t.files, f)
				}
			}
		}
		if !found {
			return t, usage("a file with tests is a list of mappings with the key test; 'flowdeck help test' describes them", "there are no tests in %s", path)
		}
	}
	if len(paths) == 0 {
		t.files = files
	}
	if len(t.files) == 0 {
		return t, usage("docs/testing.md shows a first one", "there are no tests in %s", t.workspace.Dir)
	}
	t.all = len(t.files) == len(files)
	slices.SortFunc(t.files, func(a, b *flow.Cases) int { return strings.Compare(a.Name, b.Name) })
	problems = slices.DeleteFunc(problems, func(p flow.Problem) bool {
		return !slices.ContainsFunc(t.files, func(f *flow.Cases) bool { return f.Name == p.Pos.File })
	})
	if problems.Err() != nil {
		return t, &host.ProblemsError{Problems: problems, Source: t.source}
	}
	terminal.Problems(e.err, e.lookup, problems, t.source)
	return t, nil
}

// unreadTests returns the problems of files that were meant to have tests, such as a link that leads out of the workspace: those at paths, and those
// in folders tests.
func unreadTests(w *host.Workspace, paths []string) (unread flow.Problems) {
	for _, p := range w.Problems {
		below := slices.Contains(strings.Split(filepath.ToSlash(filepath.Dir(p.Pos.File)), "/"), "tests")
		asked := len(paths) == 0 && below || slices.ContainsFunc(paths, func(path string) bool {
			info, err := os.Stat(path)
			return isAt(p.Pos.File, path) && (below || err == nil && !info.IsDir())
		})
		if asked {
			unread = append(unread, p)
		}
	}
	return unread
}

// isAt reports whether a file is the one at a path, or in the folder there.
func isAt(file, path string) bool {
	a, errA := filepath.Abs(filepath.FromSlash(file))
	b, errB := filepath.Abs(path)
	if errors.Join(errA, errB) != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

// updateTests writes what the tests without an `expect` did into their files.
func updateTests(e env, t testSet, results []*cases.Result) error {
	for _, f := range t.files {
		text, n, err := cases.Updated(f, results)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		name := filepath.FromSlash(f.Name)
		if now, err := os.ReadFile(name); err != nil || !bytes.Equal(now, f.Source) {
			return &exit{code: exitFailed, err: fmt.Errorf("%s was changed while its tests ran, and is left as it is", f.Name), hint: "run the command again"}
		}
		write := func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}
		if err := replaceFile(name, write); err != nil {
			return err
		}
		fmt.Fprintf(e.err, "%s: %s filled in\n", words.VisibleLine(f.Name), counted(n, "test"))
	}
	return nil
}
