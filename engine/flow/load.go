package flow

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Load reads a workspace: flowdeck.yaml and the flows in every *.yaml and *.yml file below it. dir is put in front of
// the names in positions and Files, so that they can be opened from the current folder; it may be empty.
//
// Load skips hidden files and folders (including .flowdeck, which has the runs) and folders with their own
// flowdeck.yaml. A file has flows if any of its documents has the key "flow" or "steps" at the top level. Other files
// are ignored, since a workspace may also have seeds of simulated orgs and other YAML, even YAML that is broken or made
// for a template engine. Parse reads a file regardless of these keys and reports the missing ones.
//
// Files are read in parallel, so fsys must be safe for concurrent use. The Workspace is never nil. Problems has the
// problems of all files, and flows of the same name in different files.
func Load(fsys fs.FS, dir string) (*Workspace, Problems) {
	var ps Problems
	w := &Workspace{File: &File{Name: path.Join(dir, WorkspaceFile)}}
	text, err := readFile(fsys, WorkspaceFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		ps = append(ps, Problem{Pos: Pos{File: w.File.Name}, Code: CodeNoWorkspace, Message: "there is no " + WorkspaceFile + " in this folder",
			Hint: "a workspace is a folder with a " + WorkspaceFile + ", which names the connections of its flows"})
	case err != nil:
		ps = append(ps, fileProblem(w.File.Name, err))
	default:
		w, ps = ParseWorkspace(w.File.Name, text)
	}
	names, problems := flowFiles(fsys, dir)
	ps = append(ps, problems...)
	w.Partial = len(problems) > 0
	files := make([]*File, len(names))
	found := make([]Problems, len(names))
	InParallel(len(names), func(i int) { files[i], found[i] = loadFile(fsys, dir, names[i]) })
	for i, file := range files {
		ps = append(ps, found[i]...)
		if file != nil {
			w.Files = append(w.Files, file)
		}
		w.Partial = w.Partial || file == nil && len(found[i]) > 0
	}
	slices.SortFunc(w.Files, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	var across Problems
	r := newReader(&across)
	r.duplicates(w.Flows())
	ps = append(ps, across...)
	w.Settle(&ps)
	return w, ps
}

// flowFiles returns the names of the YAML files of a workspace that may have flows.
func flowFiles(fsys fs.FS, dir string) (names []string, ps Problems) {
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if !errors.Is(err, fs.ErrNotExist) || name == "." {
				ps = append(ps, fileProblem(path.Join(dir, name), err))
			}
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case name == ".":
			return nil
		case strings.HasPrefix(entry.Name(), "."), entry.IsDir() && isWorkspace(fsys, name):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.Type()&fs.ModeSymlink != 0 && path.Ext(name) == "":
			if at := leadsOut(fsys, name); at != nil { // it may be a folder with flows
				ps = append(ps, fileProblem(path.Join(dir, name), at))
			}
			return nil
		case entry.IsDir(), name == WorkspaceFile, !isYAML(name):
			return nil
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		ps = append(ps, fileProblem(path.Join(dir, WorkspaceFile), err))
	}
	return names, ps
}

// loadFile reads a file; it returns nil if there are no flows in it.
func loadFile(fsys fs.FS, dir, name string) (*File, Problems) {
	text, err := readFile(fsys, name)
	if err != nil {
		return nil, Problems{fileProblem(path.Join(dir, name), err)}
	}
	if !holdsFlows(text) || HoldsCases(name, text) {
		return nil, nil
	}
	return Parse(path.Join(dir, name), text)
}

// leadsOut returns the error of a link that cannot be opened, though it exists; nil for another one.
func leadsOut(fsys fs.FS, name string) error {
	_, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

var topKey = regexp.MustCompile(`^(?i)["'{\s]*(flow|steps)["']?\s*:`)

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

func isWorkspace(fsys fs.FS, dir string) bool {
	info, err := fs.Stat(fsys, path.Join(dir, WorkspaceFile))
	return err == nil && !info.IsDir()
}

// readFile reads at most a little more than MaxFileSize, so that a larger file is reported without reading all of it.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, MaxFileSize+1))
}

func fileProblem(name string, err error) Problem {
	reason := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		reason = p.Err
	}
	return Problem{Pos: Pos{File: name}, Code: CodeFile, Message: "read the file: " + reason.Error()}
}

// holdsFlows reports whether any document has the key "flow" or "steps" at the top level. It looks at lines and does
// not parse YAML, so that an invalid file that was meant to be a flow is also reported.
func holdsFlows(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	for _, c := range split(text) {
		doc := text[c.start:c.end]
		if isMarker(doc, "---") {
			doc = doc[3:]
		}
		const anywhere = -2
		top := -1 // indentation of the document's top-level keys
		for at := 0; at < len(doc); {
			line, next := cutLine(doc, at)
			at = next
			if !hasContent(line) || line[0] == '%' {
				continue
			}
			key := bytes.TrimLeft(line, " ")
			if top == -1 {
				top = len(line) - len(key)
				if key[0] == '{' { // as in JSON: its keys may be anywhere
					top = anywhere
				}
			}
			if indent := len(line) - len(key); (indent == top || top == anywhere) && topKey.Match(key) {
				return true
			}
		}
	}
	return false
}
