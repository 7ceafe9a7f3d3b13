package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

func checkCommand(e env) *cobra.Command {
	var dir, format string
	var asJSON, fix, yes, watch bool
	cmd := &cobra.Command{
		Use:   "check [FILE|DIR...]",
		Short: "Report all problems of flows, without running them",
		Long: `Report all problems of flows, without running them: every problem of every flow at once, each with its place and a
hint.

Without an argument it checks the workspace of this folder, or of -C. A FILE is checked as part of its workspace; a DIR
is a workspace. A workspace is checked with the settings of its connections and the seeds of simulated orgs and targets.

A FILE with flows or with tests of flows, flowdeck.yaml or a seed can be checked. Tests are not run: 'flowdeck test' does that. A file is a seed if a connection names it as its seed, or if its
top-level keys are all those of seeds.

With --format github, GitHub Actions shows each problem next to its line in a pull request.

With --fix, problems of which it is certain what was meant are mended in the files: a text that YAML needs in quotes, ${ }
around an expression that has none, a name in another spelling. Everything else in the files stays. The changes are shown
as a diff first, and made when you agree, or with --yes. flowdeck.yaml is not changed.

With --watch it checks again each time that a file changes: a flow, a test, flowdeck.yaml, or a file that a connection names, such as a
seed. A terminal is cleared before. Ctrl-C stops it.

Exit codes: 0 no problems (but perhaps warnings), 1 with --fix changes were not made, 2 wrong usage, 3 problems, 130 --watch was
stopped. 'flowdeck explain CODE' explains a code.`,
		Example: `  flowdeck check
  flowdeck check flows/onboard-user.yaml
  flowdeck check -C flows --json | jq '.[].message'
  flowdeck check -C flows --format github
  flowdeck check --fix
  flowdeck check --watch`,
		SuggestFor: []string{"lint", "validate", "verify"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(checkFormats, format) {
				return usage(words.Hint("formats", format, checkFormats), "unknown format %q", format)
			}
			if asJSON {
				format = "json"
			}
			switch {
			case watch && (fix || format != "text"):
				return usage("", "--watch does not go together with --fix, --json and --format")
			case watch:
				return watchFlows(cmd.Context(), e, dir, args)
			case fix && format != "text":
				return usage("", "--fix does not go together with --json and --format")
			case yes && !fix:
				return usage("", "--yes goes with --fix")
			case fix:
				if err := fixFlows(cmd.Context(), e, dir, args, yes); err != nil {
					return err
				}
			}
			return checkFlows(e, dir, args, format)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().StringVar(&format, "format", "text", "print the problems as `FORMAT`: text, json, or github for annotations")
	completes(cmd, "format", cobra.FixedCompletions(checkFormats, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as one JSON list on standard output, and nothing else")
	cmd.Flags().BoolVar(&fix, "fix", false, "mend what is certain, after a diff was shown")
	cmd.Flags().BoolVar(&watch, "watch", false, "check again when a file changes, until Ctrl-C")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --fix, do not ask")
	return cmd
}

// checkFormats are the values of --format.
var checkFormats = []string{"text", "json", "github"}

func checkFlows(e env, dir string, args []string, format string) error {
	parts, err := partsToCheck(e, dir, args)
	if err != nil {
		return err
	}
	return checkParts(e, parts, format)
}

// checkParts checks parts, and prints the problems. Its error, if there are any, has been printed.
func checkParts(e env, parts []part, format string) error {
	var done host.Findings
	wrong := false
	var problems flow.Problems
	for _, p := range parts {
		c := p.check()
		done.Flows += c.Flows
		done.Seeds += c.Seeds
		done.Tests += c.Tests
		done.Settings += c.Settings
		wrong = wrong || c.Problems.Err() != nil
		problems = append(problems, c.Problems...)
		if format == "text" {
			terminal.Problems(e.err, e.lookup, c.Problems, c.Source)
		}
	}
	switch format {
	case "json":
		if err := printJSON(e.data, host.ProblemList(problems)); err != nil {
			return err
		}
	case "github":
		annotate(e.out, problems)
	}
	if format != "json" {
		fmt.Fprintf(e.err, "%s checked: %s\n", whatWas(done), summed(terminal.NewStyles(e.lookup, e.err), problems))
	}
	if wrong {
		return &exit{code: exitProblems}
	}
	return nil
}

// whatWas says what was checked: "2 flows", "1 flow, 1 seed", "flowdeck.yaml".
func whatWas(checked host.Findings) string {
	var all []string
	if checked.Flows > 0 || checked.Seeds+checked.Settings+checked.Tests == 0 {
		all = append(all, counted(checked.Flows, "flow"))
	}
	if checked.Tests > 0 {
		all = append(all, counted(checked.Tests, "test"))
	}
	if checked.Seeds > 0 {
		all = append(all, counted(checked.Seeds, "seed"))
	}
	if checked.Settings > 0 {
		all = append(all, flow.WorkspaceFile)
	}
	return strings.Join(all, ", ")
}

// summed says how many problems there are, and how many of them are warnings.
func summed(s terminal.Styles, problems flow.Problems) string {
	warnings := 0
	for _, p := range problems {
		if p.Warning {
			warnings++
		}
	}
	var found []string
	if n := len(problems) - warnings; n > 0 {
		found = append(found, s.Failed.Render(counted(n, "problem")))
	}
	if warnings > 0 {
		found = append(found, s.Warning.Render(counted(warnings, "warning")))
	}
	if len(found) == 0 {
		return s.OK.Render("no problems")
	}
	return strings.Join(found, ", ")
}

// counted returns a number and a noun: "1 flow", "2 flows".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// A part is what an argument of check names: a workspace, or a file.
type part struct {
	in    *host.Workspace
	only  *flow.File  // nil: not a file with flows
	other *host.Other // nil: not another file
	tests *flow.Cases // nil: not a file with tests
}

func (p part) check() host.Findings {
	if p.other != nil {
		return p.other.Check()
	}
	if p.tests != nil {
		return checkTests(p.in, p.tests)
	}
	found := p.in.CheckAll(p.only)
	if p.only == nil {
		tests, own := checkTests(p.in, nil), found.Source
		found.Tests = tests.Tests
		found.Problems = append(found.Problems, tests.Problems...)
		found.Source = func(file string) []byte {
			if text := own(file); text != nil {
				return text
			}
			return tests.Source(file)
		}
		found.Problems.Sort()
	}
	return found
}

// partsToCheck opens the workspace, or the files and folders in the arguments.
func partsToCheck(e env, dir string, args []string) ([]part, error) {
	if len(args) == 0 {
		w, err := openWorkspace(e, dir, ".")
		return []part{{in: w}}, err
	}
	var all []part
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, &host.UsageError{Err: inside.Plain(err), Hint: "FILE or DIR; 'flowdeck check -C DIR' checks a workspace"}
		}
		if info.IsDir() {
			w, err := openWorkspace(e, arg, "")
			if err != nil {
				return nil, err
			}
			all = append(all, part{in: w})
			continue
		}
		w, err := openWorkspaceOf(e, dir, arg)
		if err != nil {
			return nil, err
		}
		other, err := w.Other(arg)
		if err != nil {
			return nil, err
		}
		if other != nil {
			all = append(all, part{in: w, other: other})
			continue
		}
		if tests := testsIn(w, arg); tests != nil {
			all = append(all, part{in: w, tests: tests})
			continue
		}
		file, err := w.AddFile(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, part{in: w, only: file})
	}
	return all, nil
}
