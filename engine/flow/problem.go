package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a position in a file. Line and Col start at 1, and Col counts characters, not bytes. If Line is 0, it is the
// file as a whole; if File is empty, there is no file.
type Pos struct {
	File string
	Line int
	Col  int
}

// String returns the position in the form that editors and terminals turn into a link: "flows/offboard.yaml:14:9".
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// seenFrom formats p for a message at the position from: the file name is left out if it is the same.
func (p Pos) seenFrom(from Pos) string {
	switch {
	case p == from:
		return "the same place, which an alias repeats"
	case p.File != from.File || p.Line == 0:
		return p.String()
	case p.Line == from.Line:
		return fmt.Sprintf("column %d of this line", p.Col)
	}
	return fmt.Sprintf("line %d", p.Line)
}

// A Problem is a finding about a file, reported before a run.
type Problem struct {
	Pos     Pos
	Width   int    // number of underlined characters; 0 means a single caret
	Code    string // stable and in kebab case: one of the Code constants, or a code of package check; empty for a failed test
	Message string // lower case, no full stop
	Hint    string // how to fix it; may be empty or have several lines
	Warning bool   // it does not prevent a run
	Secret  bool   // there is a secret at this position: the line is never shown
	Fix     *Edit  // mends it, if it is certain what was meant; otherwise nil
}

func (p Problem) String() string {
	at := p.Pos.String()
	if at != "" {
		at += ": "
	}
	if p.Warning {
		at += "warning: "
	}
	return at + p.Message + p.bracketed()
}

// bracketed returns the code as it is printed after the message; empty for a finding without one.
func (p Problem) bracketed() string {
	if p.Code == "" {
		return ""
	}
	return " [" + p.Code + "]"
}

// Problems is a list of problems. It implements error even if it is empty: use [Problems.Err] to return it.
type Problems []Problem

// Error returns each problem on its own line, without source lines.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns ps if it has a problem that is not a warning; otherwise nil.
func (ps Problems) Err() error {
	for _, p := range ps {
		if !p.Warning {
			return ps
		}
	}
	return nil
}

// Sort sorts the problems by position and drops duplicates.
func (ps *Problems) Sort() {
	slices.SortStableFunc(*ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	*ps = slices.CompactFunc(*ps, func(a, b Problem) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Message == b.Message
	})
}

// in reports whether there is a problem at a key, at its value or inside that.
func (ps Problems) in(key, value *Node) bool {
	if len(ps) == 0 {
		return false
	}
	last := key.Pos
	var visit func(*Node)
	visit = func(n *Node) {
		if last.before(n.Pos) {
			last = n.Pos
		}
		for _, item := range n.Items {
			visit(item)
		}
		for _, f := range n.Fields {
			visit(f.Key)
			visit(f.Value)
		}
	}
	visit(value)
	return slices.ContainsFunc(ps, func(p Problem) bool { return !p.Pos.before(key.Pos) && !last.before(p.Pos) })
}

// before reports whether a place is before another one of the same file.
func (p Pos) before(q Pos) bool { return p.Line < q.Line || p.Line == q.Line && p.Col < q.Col }

// add appends a problem at a node; a nil node has no position.
func (ps *Problems) add(n *Node, code, hint, format string, args ...any) {
	p := Problem{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Pos, p.Width = n.Pos, n.Width
	}
	ps.put(p)
}

// maxProblems is the maximum number of problems that are reported for one file. No file written by a person has more.
const maxProblems = 1000

// put appends a problem unless there are too many.
func (ps *Problems) put(p Problem) {
	switch {
	case len(*ps) < maxProblems:
		*ps = append(*ps, p)
	case len(*ps) == maxProblems:
		*ps = append(*ps, Problem{Pos: Pos{File: p.Pos.File}, Code: CodeFile,
			Message: fmt.Sprintf("only the first %d problems are reported", maxProblems)})
	}
}
