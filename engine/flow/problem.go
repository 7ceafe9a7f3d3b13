package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line and Col are 1-based, and Col counts characters, not bytes. A Line of 0 means the file
// as a whole, an empty File no file at all.
type Pos struct {
	File string
	Line int
	Col  int
}

// String gives the form that editors and terminals make a link of: "flows/offboard.yaml:14:9".
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// seenFrom names p for a message whose own place is at from: the file is left out when it is the same.
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

// A Problem is one thing that is reported about a file before anything runs.
type Problem struct {
	Pos     Pos
	Width   int    // characters that are underlined; 0 is one caret
	Code    string // stable and in kebab case: one of the Code constants, or one of the checker's own
	Message string // lower case, no full stop
	Hint    string // what to do about it; may be empty, may have several lines
	Warning bool   // it does not prevent a run
	Secret  bool   // there is a secret at the place: its line is never shown
}

func (p Problem) String() string {
	at := p.Pos.String()
	if at != "" {
		at += ": "
	}
	if p.Warning {
		at += "warning: "
	}
	return fmt.Sprintf("%s%s [%s]", at, p.Message, p.Code)
}

// Problems is a list of problems. It is an error, even when it is empty: return it by [Problems.Err].
type Problems []Problem

// Error is every problem on a line of its own, without snippets.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there is no problem other than warnings, and ps otherwise.
func (ps Problems) Err() error {
	for _, p := range ps {
		if !p.Warning {
			return ps
		}
	}
	return nil
}

// Sort puts the problems in the order of their places and drops the duplicates.
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

// add appends a problem at a node; a nil node is no place.
func (ps *Problems) add(n *Node, code, hint, format string, args ...any) {
	p := Problem{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Pos, p.Width = n.Pos, n.Width
	}
	ps.put(p)
}

// maxProblems is the most problems that are reported for one file: no person wrote a file with more.
const maxProblems = 1000

// put appends a problem, until there are too many.
func (ps *Problems) put(p Problem) {
	switch {
	case len(*ps) < maxProblems:
		*ps = append(*ps, p)
	case len(*ps) == maxProblems:
		*ps = append(*ps, Problem{Pos: Pos{File: p.Pos.File}, Code: CodeFile,
			Message: fmt.Sprintf("only the first %d problems are reported", maxProblems)})
	}
}
