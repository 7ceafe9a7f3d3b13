package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

func checkCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [FILE|DIR...]",
		Short: "Say everything that is wrong with flows, without running them",
		Long: `Say everything that is wrong with flows, without running them: every problem of every flow at once, each
with its place and a hint.

Without an argument it checks the workspace of this folder, or of -C. A FILE is checked as part of the
workspace that it lies in; a DIR is the workspace in it.

Exit codes: 0 there is no problem (warnings may be), 2 wrong usage, 3 there is one.
'flowdeck explain CODE' says what a code means.`,
		Example: `  flowdeck check
  flowdeck check flows/onboard-user.yaml
  flowdeck check -C flows --json | jq '.[].message'`,
		SuggestFor: []string{"lint", "validate", "verify", "test"},
		RunE:       func(_ *cobra.Command, args []string) error { return checkFlows(e, dir, args, asJSON) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as one JSON list on standard output, and nothing else")
	return cmd
}

// checked is what was found in one workspace.
type checked struct {
	problems flow.Problems
	source   func(string) []byte
	flows    int
}

func checkFlows(e env, dir string, args []string, asJSON bool) error {
	all, err := checkAll(dir, args)
	if err != nil {
		return err
	}
	flows, wrong := 0, false
	var problems flow.Problems
	for _, c := range all {
		flows += c.flows
		wrong = wrong || c.problems.Err() != nil
		problems = append(problems, c.problems...)
		if !asJSON {
			c.problems.Print(e.err, c.source)
		}
	}
	if asJSON {
		if err := printJSON(e.out, problemList(problems)); err != nil {
			return &exit{code: exitFailed, err: err}
		}
	}
	switch {
	case wrong:
		return &exit{code: exitProblems}
	case !asJSON:
		noun := "flows"
		if flows == 1 {
			noun = "flow"
		}
		fmt.Fprintf(e.err, "%d %s checked: no problem\n", flows, noun)
	}
	return nil
}

// checkAll checks the workspace, or what the arguments name.
func checkAll(dir string, args []string) ([]checked, error) {
	if len(args) == 0 {
		w, err := openWorkspace(dir, ".")
		if err != nil {
			return nil, err
		}
		return []checked{w.check(nil)}, nil
	}
	var all []checked
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, usage("FILE or DIR; 'flowdeck check -C DIR' checks a workspace", "there is no %s", arg)
		}
		if info.IsDir() {
			w, err := openWorkspace(arg, "")
			if err != nil {
				return nil, err
			}
			all = append(all, w.check(nil))
			continue
		}
		w, err := openWorkspaceOf(dir, arg)
		if err != nil {
			return nil, err
		}
		file, err := w.file(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, w.check(file))
	}
	return all, nil
}

// check checks the flows of one file or, where that is nil, the whole workspace.
func (w *workspace) check(only *flow.File) checked {
	checker := check.New(cards.All(), cards.Services(), w.Workspace)
	c := checked{source: w.Source}
	flows := w.Flows()
	if only != nil {
		flows = only.Flows
	} else {
		c.problems = checker.Workspace()
	}
	c.problems = append(c.problems, checker.Problems(flows)...)
	c.flows = len(flows)
	for _, p := range w.problems {
		if only == nil || p.Pos.File == only.Name {
			c.problems = append(c.problems, p)
		}
	}
	c.problems.Sort()
	return c
}

// problem is a problem as --json prints it.
type problem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Width    int    `json:"width"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func problemList(problems flow.Problems) []problem {
	list := []problem{}
	for _, p := range problems {
		severity := "error"
		if p.Warning {
			severity = "warning"
		}
		list = append(list, problem{p.Pos.File, p.Pos.Line, p.Pos.Col, p.Width, severity, p.Code, p.Message, p.Hint})
	}
	return list
}
