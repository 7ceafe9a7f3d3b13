package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/files"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/veil"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Workspace is a loaded workspace. Its methods are safe for concurrent use, except AddFile.
type Workspace struct {
	*flow.Workspace
	Dir      string        // its folder
	Problems flow.Problems // problems of form in its files; Check finds others
	config   Config
	files    *files.Workspace
	history  *history
}

// Find returns the folder of the workspace that contains a folder: the nearest folder upwards with a flowdeck.yaml. Its
// error is a NoWorkspaceError.
func Find(folder string) (string, error) {
	start, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, flow.WorkspaceFile)); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", &NoWorkspaceError{Folder: start}
		}
	}
}

// Open loads the workspace in dir. Problems in its files are not an error.
func Open(dir string, c Config) (*Workspace, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, Usage("", "there is no folder %s", dir)
	}
	if c.State == "" {
		c.State = filepath.Join(dir, StateDir)
	}
	if err := stateInside(dir); err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Veil == nil {
		c.Veil = veil.New()
	}
	ws, problems := flow.Load(inside.FS(dir), filepath.ToSlash(dir))
	return &Workspace{Workspace: ws, Dir: dir, Problems: problems, config: c, files: files.New(dir, c.State), history: &history{}}, nil
}

// StateDir is the folder in a workspace for runs and simulated orgs.
const StateDir = ".flowdeck"

// stateInside returns an error if the workspace's state folder is a link to another folder.
func stateInside(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Usage("", "cannot open the workspace: %v", err)
	}
	defer root.Close()
	if info, err := root.Stat(StateDir); err == nil && info.IsDir() || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return Usage("remove it", "%s must be a folder, or a link to one in the workspace", filepath.Join(dir, StateDir))
}

// AddFile returns a file with flows by its path. If the file is not part of the workspace, it is added. AddFile must
// not be called while flows are checked or run.
func (w *Workspace) AddFile(path string) (*flow.File, error) {
	for _, f := range w.Files {
		if SameFile(f.Name, path) {
			return f, nil
		}
	}
	text, err := w.read(path, flow.MaxFileSize)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no file %s", path)
		}
		return nil, &UsageError{Err: err}
	}
	f, problems := flow.Parse(filepath.ToSlash(path), text)
	w.Files = append(w.Files, f)
	w.Problems = append(w.Problems, problems...)
	return f, nil
}

// read reads a file that a user named. In the workspace's folder it is not trusted even so.
func (w *Workspace) read(path string, most int64) ([]byte, error) {
	dir, dirErr := filepath.Abs(w.Dir)
	file, fileErr := filepath.Abs(path)
	if name, err := filepath.Rel(dir, file); errors.Join(dirErr, fileErr, err) == nil && filepath.IsLocal(name) {
		return inside.Read(inside.FS(dir), filepath.ToSlash(name), most)
	}
	return inside.ReadFile(path, most)
}

// SameFile reports whether two paths lead to the same file.
func SameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// Named returns the flows that have a name, sorted by name.
func (w *Workspace) Named() []*flow.Flow {
	flows := slices.DeleteFunc(slices.Clone(w.Flows()), func(f *flow.Flow) bool { return f.Name == nil })
	slices.SortStableFunc(flows, func(a, b *flow.Flow) int { return strings.Compare(a.Name.Text, b.Name.Text) })
	return flows
}

// FlowNamed returns the flow with a name. If there is none, the error is a UsageError.
func (w *Workspace) FlowNamed(name string) (*flow.Flow, error) {
	if f := w.Flow(name); f != nil {
		return f, nil
	}
	var names []string
	for _, f := range w.Named() {
		names = append(names, f.Name.Text)
	}
	if len(names) == 0 && len(w.Problems) > 0 {
		return nil, w.Refuse(w.Problems)
	}
	return nil, Usage(words.Hint("flows", name, names), "there is no flow %q in %s", name, w.Dir)
}

// ConnectionNamed returns the connection with a name. It returns an error if there is none, or if its settings have
// problems.
func (w *Workspace) ConnectionNamed(name string) (flow.Connection, error) {
	conn, ok := w.Connection(name)
	if !ok {
		return conn, Usage(words.Hint("connections", name, w.ConnectionNames()), "there is no connection %q in %s", name, w.Dir)
	}
	if problems := w.connectionProblems(conn); problems.Err() != nil {
		return conn, w.Refuse(problems)
	}
	return conn, nil
}

// WorkingConnection is ConnectionNamed, and also returns an error if the settings cannot work, such as a seed that does not
// exist.
func (w *Workspace) WorkingConnection(name string) (flow.Connection, error) {
	conn, err := w.ConnectionNamed(name)
	if err == nil {
		if problems := w.misconfigured([]flow.Connection{conn}); len(problems) > 0 {
			err = w.Refuse(problems)
		}
	}
	return conn, err
}

// ConnectionNames returns the names of all connections.
func (w *Workspace) ConnectionNames() []string {
	var names []string
	for _, c := range w.Connections {
		names = append(names, c.Name.Text)
	}
	return names
}

// connectionProblems returns the problems of flowdeck.yaml that concern a connection.
func (w *Workspace) connectionProblems(conn flow.Connection) (problems flow.Problems) {
	only := *w.Workspace
	only.Connections = []flow.Connection{conn}
	for _, p := range w.Problems {
		if p.Pos.File == w.File.Name {
			problems = append(problems, p)
		}
	}
	problems = append(problems, check.New(w.config.Cards, w.config.Services, &only).Workspace()...)
	w.Settle(&problems)
	return problems
}

// Refuse returns an error for problems of the workspace.
func (w *Workspace) Refuse(problems flow.Problems) error {
	return &ProblemsError{Problems: problems, Source: w.Source}
}
