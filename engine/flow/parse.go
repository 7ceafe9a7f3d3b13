package flow

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// A File is the contents of a YAML file with flows.
type File struct {
	Name    string
	Source  []byte
	Flows   []*Flow
	Partial bool // a part of it could not be read, which a problem reports: it may have more flows and steps
}

// A Flow is one document of a File. Parts that are missing or do not have the right shape are nil; a problem reports
// them.
type Flow struct {
	File         *File
	Pos          Pos
	Node         *Node  // the whole document
	Digest       string // hexadecimal SHA-256 of the document's text
	Name         *Node
	About        *Node
	Inputs       []Input
	Returns      *Node
	WrongReturns bool // a problem was reported in Returns: its schema may be another one
	Connections  []Field
	Triggers     []*Trigger
	Retry        *Node
	Timeout      *Node
	Runs         *Node
	Limits       *Node
	Steps        []*Step
	Lacks        bool // a key of its own was reported and left out: it may have more than what is here
}

// An Input is an input of a flow. Schema is a mapping, or text if only the type is given (group: string).
type Input struct {
	Name, Schema *Node
	Wrong        bool // a problem was reported in it: its schema may be another one
}

// A Trigger starts a flow. Kind is schedule, event, poll, webhook or manual, and Value is the value under that key; nil if it
// is not valid, which a problem reports.
type Trigger struct {
	Node  *Node
	Kind  string
	Value *Node
	Keys  []Field // the other keys
	Lacks bool    // a key was reported and left out
}

// Parse reads the flows of a file and returns all problems of its form, sorted by position. It always returns a File
// with the parts that could be read. name is the file name in positions; Parse does not open it.
func Parse(name string, text []byte) (*File, Problems) {
	var ps Problems
	src := newSource(name, text)
	file := &File{Name: name, Source: text}
	r := newReader(&ps)
	known := len(ps)
	roots := documents(src, &ps)
	file.Partial = slices.ContainsFunc(ps, func(p Problem) bool { return p.Code != CodeTrap && !p.Warning }) // a trap leaves a value out, which its step knows
	for _, root := range roots {
		if f := r.flow(file, root); f != nil {
			f.Digest = fmt.Sprintf("%x", sha256.Sum256(src.document(root.start)))
			file.Flows = append(file.Flows, f)
		} else {
			file.Partial = true
		}
	}
	if len(roots) == 0 && len(ps) == known {
		ps.put(Problem{Pos: src.pos(0), Code: CodeMissingKey, Message: "there is no flow in this file",
			Hint: "start a flow with its name, such as flow: suspend-user"})
	}
	r.duplicates(file.Flows)
	ps.settle()
	return file, ps
}

// settle sorts the problems and drops those that a trap explains better.
func (ps *Problems) settle() {
	// A tag that hides the start of an expression is reported twice: by the reader of YAML and by the reader of the
	// key.
	traps := map[Pos]bool{}
	for _, p := range *ps {
		if p.Code == CodeTrap {
			traps[p.Pos] = true
		}
	}
	*ps = slices.DeleteFunc(*ps, func(p Problem) bool { return p.Code == CodeTag && traps[p.Pos] })
	var more Problems
	if len(*ps) > maxProblems {
		*ps, more = (*ps)[:maxProblems], (*ps)[maxProblems:]
	}
	ps.Sort()
	for _, p := range more {
		p.Pos = (*ps)[len(*ps)-1].Pos
		*ps = append(*ps, p)
	}
}

func (r *reader) flow(file *File, root *Node) *Flow {
	if r.otherKind(root) {
		return nil
	}
	e, ok := r.read(root, &flowForm)
	if !ok {
		return nil
	}
	f := &Flow{
		File: file, Pos: root.Pos, Node: root,
		Name:    e.value("flow"),
		About:   e.value("about"),
		Returns: e.value("returns"),
		Retry:   e.value("retry"),
		Timeout: e.value("timeout"),
		Runs:    e.value("runs"),
		Limits:  e.value("limits"),
		Lacks:   len(e.fields) < len(root.Fields),
	}
	f.WrongReturns = f.Returns != nil && r.problems.in(f.Returns, f.Returns)
	if inputs := e.value("inputs"); inputs != nil {
		for _, in := range inputs.Fields {
			f.Inputs = append(f.Inputs, Input{Name: in.Key, Schema: in.Value, Wrong: r.problems.in(in.Key, in.Value)})
		}
	}
	if connections := e.value("connections"); connections != nil {
		f.Connections = connections.Fields
	}
	if triggers := e.value("triggers"); triggers != nil {
		for _, t := range triggers.Items {
			if t := r.trigger(t); t != nil {
				f.Triggers = append(f.Triggers, t)
			}
		}
	}
	if steps := e.value("steps"); steps != nil {
		f.Steps = r.steps(steps)
		r.duplicateIDs(f)
		r.finallies(f.Steps, false, false)
	}
	return f
}

// otherKind reports a document that is not a flow at all, as one problem instead of one for each key.
func (r *reader) otherKind(root *Node) bool {
	if root.Kind != Mapping {
		return false
	}
	for _, f := range root.Fields {
		if flowForm.key(f.Key.Text, nil) != nil {
			return false
		}
		if _, ok := words.Nearest(f.Key.Text, flowForm.names(nil)); ok {
			return false
		}
	}
	r.problem(root, CodeMissingKey, "a flow has the keys flow and steps; all its keys: "+strings.Join(flowForm.names(nil), ", "),
		"this is not a flow: it has none of its keys")
	return true
}

// trigger reads one item of the triggers. It returns nil if the item does not have exactly one kind.
func (r *reader) trigger(n *Node) *Trigger {
	e := r.items[n]
	if len(e.verbs) != 1 {
		return nil
	}
	t := &Trigger{Node: n, Kind: e.verbs[0].Name, Lacks: len(e.fields) < len(n.Fields)}
	for _, f := range e.fields {
		if f.Key.Text == t.Kind {
			t.Value = f.Value
		} else {
			t.Keys = append(t.Keys, f.Field)
		}
	}
	return t
}

// duplicates reports flows with the same name.
func (r *reader) duplicates(flows []*Flow) {
	first := map[string]*Node{}
	for _, f := range flows {
		if f.Name == nil {
			continue
		}
		if other := first[f.Name.Text]; other != nil {
			r.problem(f.Name, CodeDuplicateFlow, "the first is at "+other.Pos.seenFrom(f.Name.Pos), "there are two flows called %s", quoted(f.Name.Text))
			continue
		}
		first[f.Name.Text] = f.Name
	}
}
