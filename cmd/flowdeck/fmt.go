package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

func fmtCommand(e env) *cobra.Command {
	var dir string
	var shown fmtOptions
	cmd := &cobra.Command{
		Use:   "fmt [FILE|DIR...|-]",
		Short: "Format flow files",
		Long: `Format flow files: the order of keys, indentation and blank lines. Comments and the meaning of the file stay.

Without an argument it formats every flow file of the workspace of this folder, or of -C. It lists the files that it
changes. A file that is not valid YAML is left unchanged. With - it formats standard input, and prints the result.

--diff prints what it would change as a unified diff, and --check lists the files. Both change nothing.

Exit codes: 0 done (with --check or --diff: nothing to change), 1 with --check or --diff a file would change, 2 wrong usage,
3 a file is not valid.`,
		Example: `  flowdeck fmt
  flowdeck fmt --check
  flowdeck fmt --diff flows/onboard-user.yaml
  flowdeck fmt - < flow.yaml`,
		RunE: func(_ *cobra.Command, args []string) error {
			if slices.Equal(args, []string{"-"}) {
				return formatInput(e, shown)
			}
			files, err := flowFiles(e, dir, args)
			if err != nil {
				return err
			}
			return formatFiles(e, files, shown)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&shown.list, "check", false, "list the files that would change, and change nothing")
	cmd.Flags().BoolVar(&shown.diff, "diff", false, "print what would change as a unified diff, and change nothing")
	return cmd
}

// fmtOptions is what to print instead of a change. With both, it prints the diffs: their headers have the names.
type fmtOptions struct{ list, diff bool }

func (o fmtOptions) changesNothing() bool { return o.list || o.diff }

// print prints that a file would change.
func (o fmtOptions) print(e env, file string, old, laid []byte) {
	if !o.diff {
		fmt.Fprintln(e.out, terminal.OneLine(e.out, file))
		return
	}
	name := terminal.OneLine(e.out, filepath.ToSlash(file))
	printDiff(e, diff.Diff(name+".orig", old, name, laid)) // the names of gofmt -d, which patch understands
}

// printDiff prints a unified diff, with colors on a terminal.
func printDiff(e env, text []byte) {
	s := terminal.NewStyles(e.lookup, e.out)
	header := true
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		style := s.Plain
		switch {
		case strings.HasPrefix(line, "@@"):
			header, style = false, s.Dim
		case header:
			style = s.Heading
		case strings.HasPrefix(line, "+"):
			style = s.OK
		case strings.HasPrefix(line, "-"):
			style = s.Failed
		}
		fmt.Fprintln(e.out, style.Render(line))
	}
}

const standardInput = "<standard input>"

// formatInput formats standard input or, with an option, checks that it is formatted.
func formatInput(e env, shown fmtOptions) error {
	text, err := io.ReadAll(e.in)
	if err != nil {
		return err
	}
	laid, err := flow.Format(text)
	if err != nil {
		return broken(standardInput, text, err)
	}
	switch {
	case !shown.changesNothing():
		_, err = e.data.Write(laid)
	case !bytes.Equal(text, laid):
		shown.print(e, standardInput, text, laid)
		err = &exit{code: exitFailed}
	}
	return err
}

// flowFiles returns the files with flows: those in the arguments, or all of the workspace.
func flowFiles(e env, dir string, args []string) ([]string, error) {
	if len(args) == 0 {
		w, err := openWorkspace(e, dir, ".")
		if err != nil {
			return nil, err
		}
		return fileNames(w), nil
	}
	var files []string
	for _, arg := range args {
		if err := staysInside(arg); err != nil {
			return nil, err
		}
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			return nil, &host.UsageError{Err: inside.Plain(err)}
		case !info.IsDir():
			files = append(files, arg)
			continue
		}
		w, err := openWorkspace(e, arg, "")
		if err != nil {
			return nil, err
		}
		files = append(files, fileNames(w)...)
	}
	return files, nil
}

// staysInside returns an error if a path is in a workspace, and a link in it leads out of the workspace.
func staysInside(name string) error {
	file, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	dir, err := host.Find(filepath.Dir(file))
	if err != nil {
		return nil // it is in no workspace
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	within, err := filepath.Rel(dir, file)
	if err != nil {
		return err
	}
	if _, err := root.Stat(within); err != nil && errors.Is(inside.Plain(err), inside.ErrOutside) {
		return usage("", "%q %v", name, inside.ErrOutside)
	}
	return nil
}

func fileNames(w *host.Workspace) []string {
	var names []string
	for _, f := range w.Files {
		names = append(names, filepath.FromSlash(f.Name))
	}
	return names
}

func formatFiles(e env, files []string, shown fmtOptions) error {
	changed := false
	var errs []error
	for _, file := range files {
		text, err := inside.ReadFile(file, flow.MaxFileSize)
		if err != nil {
			return &host.UsageError{Err: err}
		}
		laid, err := flow.Format(text)
		if err != nil {
			errs = append(errs, broken(file, text, err))
			continue
		}
		if bytes.Equal(text, laid) {
			continue
		}
		changed = true
		if shown.changesNothing() {
			shown.print(e, file, text, laid)
			continue
		}
		fmt.Fprintln(e.out, terminal.OneLine(e.out, file))
		if err := replaceFile(file, func(to io.Writer) error { _, err := to.Write(laid); return err }); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		for _, err := range errs[1:] {
			printError(e, err)
		}
		return errs[0]
	}
	if shown.changesNothing() && changed {
		return &exit{code: exitFailed}
	}
	return nil
}

// broken returns the error for a file that cannot be formatted.
func broken(file string, text []byte, err error) error {
	problems := flow.Problems{}
	if !errors.As(err, &problems) {
		return &exit{code: exitProblems, err: fmt.Errorf("%s: %w", file, err)}
	}
	for i := range problems {
		problems[i].Pos.File = file
	}
	return &host.ProblemsError{Problems: problems, Source: func(name string) []byte {
		if strings.EqualFold(name, file) {
			return text
		}
		return nil
	}}
}
