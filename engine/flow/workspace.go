package flow

import (
	"path"
	"slices"
)

// WorkspaceFile is the name of the file that makes a folder a workspace.
const WorkspaceFile = "flowdeck.yaml"

// A Workspace is a folder with a flowdeck.yaml and the flows below it.
type Workspace struct {
	File        *File // flowdeck.yaml; it has no flows
	Timezone    *Node
	Connections []Connection
	Tables      []Table
	History     History
	Temporal    *Node   // a mapping; nil if there is none
	Engine      *Node   // local or temporal; nil: local
	Files       []*File // the files with flows, in the order of their names; set by Load
	Partial     bool    // a file could not be read, which a problem reports: it may have flows
}

// A Connection is a connection of a workspace. Settings is the whole mapping, including its type; the service defines
// the other keys.
type Connection struct{ Name, Type, Settings *Node }

// History is what a workspace keeps of runs that have ended. A nil field has its default.
type History struct {
	Keep       *Node // a duration, or Forever
	Durability *Node // process or power
}

// Flows returns the flows of all files.
func (w *Workspace) Flows() []*Flow {
	var flows []*Flow
	for _, f := range w.Files {
		flows = append(flows, f.Flows...)
	}
	return flows
}

// Flow returns the flow with a name; the first if there are several, nil if there is none.
func (w *Workspace) Flow(name string) *Flow {
	for _, f := range w.Flows() {
		if f.Name != nil && f.Name.Text == name {
			return f
		}
	}
	return nil
}

// Callers returns for the name of each flow that others run the names of those, sorted. A flow that runs itself is not counted.
func (w *Workspace) Callers() map[string][]string {
	callers := map[string][]string{}
	for _, f := range w.Flows() {
		if f.Name == nil {
			continue
		}
		f.Walk(func(s *Step) {
			if ran := s.Runs(); ran != nil && ran.Text != f.Name.Text && !slices.Contains(callers[ran.Text], f.Name.Text) {
				callers[ran.Text] = append(callers[ran.Text], f.Name.Text)
			}
		})
	}
	for _, names := range callers {
		slices.Sort(names)
	}
	return callers
}

// Connection returns the connection with a name, and whether it exists.
func (w *Workspace) Connection(name string) (Connection, bool) {
	for _, c := range w.Connections {
		if c.Name.Text == name {
			return c, true
		}
	}
	return Connection{}, false
}

// Source returns the text of a file of the workspace by its name, for Problems.Print; nil for other names.
func (w *Workspace) Source(file string) []byte {
	if w.File != nil && w.File.Name == file {
		return w.File.Source
	}
	for _, f := range w.Files {
		if f.Name == file {
			return f.Source
		}
	}
	return nil
}

// ParseWorkspace parses a flowdeck.yaml. Like Parse it always returns the parts that could be read. An empty file is a
// workspace without connections.
func ParseWorkspace(name string, text []byte) (*Workspace, Problems) {
	var ps Problems
	w := &Workspace{File: &File{Name: name, Source: text}}
	r := newReader(&ps)
	roots := documents(newSource(name, text), &ps)
	for i, root := range roots {
		if i > 0 {
			r.problem(root, CodeFile, "put flows in other files", "%s must be one document, and this is a second one", path.Base(name))
			break
		}
		if root.IsNull() {
			continue
		}
		e, ok := r.read(root, &workspaceForm)
		if !ok {
			continue
		}
		w.Timezone = e.value("timezone")
		if connections := e.value("connections"); connections != nil {
			for _, c := range connections.Fields {
				if c.Value.Kind != Mapping || !r.connectionName(c.Key) {
					continue
				}
				found := Connection{Name: c.Key, Settings: c.Value}
				if t := c.Value.Field("type"); t.IsText() {
					found.Type = t
				}
				w.Connections = append(w.Connections, found)
			}
		}
		w.Tables = r.tables(e.value("tables"))
		if history := e.value("history"); history != nil {
			w.History = History{Keep: history.Field("keep"), Durability: history.Field("durability")}
		}
		w.Temporal, w.Engine = e.value("temporal"), e.value("engine")
	}
	ps.settle()
	return w, ps
}
