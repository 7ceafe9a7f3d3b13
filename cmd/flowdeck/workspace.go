package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// workspace is a loaded workspace and where it lies.
type workspace struct {
	*flow.Workspace
	dir      string        // its folder, from where the person stands
	problems flow.Problems // of all its files
}

// state is the folder of the workspace for what flowdeck itself keeps: runs, simulated orgs.
func (w *workspace) state() string { return filepath.Join(w.dir, ".flowdeck") }

// openWorkspace loads the workspace in dir or, where dir is empty, the one that near lies in: the first
// folder upwards with a flowdeck.yaml.
func openWorkspace(dir, near string) (*workspace, error) {
	if dir == "" {
		var err error
		if dir, err = findWorkspace(near); err != nil {
			return nil, err
		}
	} else if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usage("", "there is no folder %s", dir)
	}
	ws, problems := flow.Load(os.DirFS(dir), filepath.ToSlash(dir))
	return &workspace{Workspace: ws, dir: dir, problems: problems}, nil
}

// openFlow finds the flow that a person named, and loads the workspace in dir or, where dir is empty, the one
// that the flow's file or else this folder lies in.
func openFlow(dir, arg string) (*workspace, *flow.Flow, error) {
	w, err := openWorkspaceFor(dir, arg)
	if err != nil {
		return nil, nil, err
	}
	f, err := w.find(arg)
	return w, f, err
}

// openWorkspaceOf is openWorkspace for a file.
func openWorkspaceOf(dir, file string) (*workspace, error) {
	return openWorkspace(dir, filepath.Dir(file))
}

// openWorkspaceFor is openWorkspace for what a person wrote for a flow: a name in the workspace, or a file.
func openWorkspaceFor(dir, arg string) (*workspace, error) {
	if file, _, ok := looksLikeFile(arg); ok {
		return openWorkspaceOf(dir, file)
	}
	return openWorkspace(dir, ".")
}

// workspaceFlag gives a command the flag -C.
func workspaceFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVarP(dir, "dir", "C", "", "the workspace is in `DIR`, in place of this folder or one above it")
	completes(cmd, "dir", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
}

func findWorkspace(near string) (string, error) {
	start, err := filepath.Abs(near)
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, flow.WorkspaceFile)); err == nil {
			return fromHere(dir), nil
		}
		if dir == filepath.Dir(dir) {
			return "", usage(whereToLook(start), "there is no %s in %s or above it", flow.WorkspaceFile, start)
		}
	}
}

// whereToLook is the hint for a folder that is in no workspace.
func whereToLook(folder string) string {
	below, _ := fs.Glob(os.DirFS(folder), "*/"+flow.WorkspaceFile) // the pattern is right, and all else is no match
	if len(below) == 0 {
		return "-C DIR names the workspace; 'flowdeck init DIR' writes one"
	}
	var dirs []string
	for _, file := range below {
		dirs = append(dirs, "-C "+fromHere(filepath.Join(folder, filepath.Dir(file))))
	}
	return "there is one below: " + strings.Join(dirs, ", ")
}

// fromHere is a path as a person in this folder would write it.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// looksLikeFile reports whether what a person wrote for a flow is a file: FILE or FILE#flow.
func looksLikeFile(arg string) (file, name string, ok bool) {
	file, name, _ = strings.Cut(arg, "#")
	ext := filepath.Ext(file)
	return file, name, ext == ".yaml" || ext == ".yml" || strings.ContainsRune(file, filepath.Separator)
}

// flow finds the flow that a person named, in the workspace or in a file.
func (w *workspace) find(arg string) (*flow.Flow, error) {
	file, name, ok := looksLikeFile(arg)
	if !ok {
		if f := w.Flow(arg); f != nil {
			return f, nil
		}
		return nil, w.unknownFlow(arg)
	}
	found, err := w.file(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range found.Flows {
		if f.Name == nil {
			continue
		}
		if f.Name.Text == name || name == "" && len(found.Flows) == 1 {
			return f, nil
		}
		names = append(names, f.Name.Text)
	}
	switch {
	case len(w.problems) > 0:
		return nil, w.tell(w.problems)
	case name == "":
		return nil, usage("flows: "+strings.Join(names, ", "), "%s holds %d flows: say which, as in %s#%s", file, len(names), file, names[0])
	}
	return nil, usage(words.Hint("flows", name, names), "there is no flow %q in %s", name, file)
}

// file gives what was read of a file, which need not be among those of the workspace.
func (w *workspace) file(path string) (*flow.File, error) {
	for _, f := range w.Files {
		if same(f.Name, path) {
			return f, nil
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no file %s", path)
		}
		return nil, &exit{code: exitUsage, err: err}
	}
	f, problems := flow.Parse(filepath.ToSlash(path), text)
	w.Files = append(w.Files, f)
	w.problems = append(w.problems, problems...)
	return f, nil
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func (w *workspace) unknownFlow(name string) error {
	names := w.flowNames()
	if len(names) == 0 && len(w.problems) > 0 {
		return w.tell(w.problems)
	}
	return usage(words.Hint("flows", name, names), "there is no flow %q in %s", name, w.dir)
}

// named are the flows that have a name, by it.
func (w *workspace) named() []*flow.Flow {
	flows := slices.DeleteFunc(slices.Clone(w.Flows()), func(f *flow.Flow) bool { return f.Name == nil })
	slices.SortStableFunc(flows, func(a, b *flow.Flow) int { return strings.Compare(a.Name.Text, b.Name.Text) })
	return flows
}

func (w *workspace) flowNames() []string {
	var names []string
	for _, f := range w.named() {
		names = append(names, f.Name.Text)
	}
	return names
}

// aboutOf is what a flow says that it does; empty if it says nothing.
func aboutOf(f *flow.Flow) string {
	if f.About == nil {
		return ""
	}
	return f.About.Text
}

// completeFlow completes the FLOW of a command: the names in the workspace, and files.
func completeFlow(dir *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		w, err := openWorkspace(*dir, ".")
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var offered []string
		for _, f := range w.named() {
			offered = append(offered, cobra.CompletionWithDesc(f.Name.Text, aboutOf(f)))
		}
		return offered, cobra.ShellCompDirectiveDefault
	}
}

// plan checks a flow and all that it runs, and gives the plans by name. Problems of other flows of the
// workspace do not stand in its way; warnings are told and do not either.
func (w *workspace) plan(f *flow.Flow, chosen map[string]string, told io.Writer) (*engine.Plan, func(string) *engine.Plan, error) {
	checker := check.New(cards.All(), cards.Services(), w.Workspace)
	plan, problems := checker.Plan(f, chosen)
	used := checker.Files()
	for _, p := range w.problems {
		if slices.Contains(used, p.Pos.File) {
			problems = append(problems, p)
		}
	}
	problems.Sort()
	if problems.Err() != nil {
		return nil, nil, w.tell(problems)
	}
	problems.Print(told, w.Source)
	return plan, checker.Planned, nil
}

// problemsError is problems that are still to be printed.
type problemsError struct {
	problems flow.Problems
	source   func(string) []byte
}

func (e *problemsError) Error() string { return e.problems.Error() }

func (w *workspace) tell(problems flow.Problems) error {
	return &problemsError{problems: problems, source: w.Source}
}
