package flow

import "path"

// WorkspaceFile is the file that makes a folder a workspace.
const WorkspaceFile = "flowdeck.yaml"

// A Workspace is a folder with a flowdeck.yaml and the flows below it.
type Workspace struct {
	File        *File // flowdeck.yaml; it holds no flows
	Timezone    *Node
	Connections []Connection
	Files       []*File // those with flows, in the order of their names; filled by Load
}

// A Connection is one of a workspace. Settings is the whole mapping, its type included; what else is in it is known to
// the service alone.
type Connection struct{ Name, Type, Settings *Node }

// Flows lists the flows of all files.
func (w *Workspace) Flows() []*Flow {
	var flows []*Flow
	for _, f := range w.Files {
		flows = append(flows, f.Flows...)
	}
	return flows
}

// Flow finds a flow by its name; nil if there is none. Of two with the same name it is the first.
func (w *Workspace) Flow(name string) *Flow {
	for _, f := range w.Flows() {
		if f.Name != nil && f.Name.Text == name {
			return f
		}
	}
	return nil
}

// Connection finds a connection by its name.
func (w *Workspace) Connection(name string) (Connection, bool) {
	for _, c := range w.Connections {
		if c.Name.Text == name {
			return c, true
		}
	}
	return Connection{}, false
}

// Source is the text of a file of the workspace by its name, as Problems.Print asks for it; nil for any other.
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

// ParseWorkspace reads a flowdeck.yaml. Like Parse it always returns what could be read. An empty file is a workspace
// without connections.
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
	}
	ps.settle()
	return w, ps
}
