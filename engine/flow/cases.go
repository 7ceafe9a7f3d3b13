package flow

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Cases is the contents of a YAML file with tests of flows.
type Cases struct {
	Name   string
	Source []byte
	Cases  []*Case
}

// A Case is one test of a flow. Its other parts are fields of Node, with the shapes of TestForm if no problem was reported.
type Case struct {
	File *Cases
	Node *Node
	Name string // unique in its file
	Flow string
	// Wrong is set if a problem was reported in the case: its parts may have other shapes than those of TestForm.
	Wrong bool
}

// testsFolder is the folder in which every list is one of tests, also if no item of it has the key test.
const testsFolder = "tests"

// caseKey matches a line of a file that is not YAML, but was meant to have tests.
var caseKey = regexp.MustCompile(`(?m)^[ \t]*-[ \t]+["']?test["']?[ \t]*:`)

// bareCase matches a top-level key of a file that has tests, but is not a list of them. No flow and no seed has such a key.
var bareCase = regexp.MustCompile(`(?m)^["']?tests?["']?[ \t]*:`)

// HoldsCases reports whether a file, which is named by its path in the workspace, is one with tests: a list with a mapping that isCase, or
// below a folder tests any list, and any text that is not YAML or empty. A mapping that is a test, or has a list of them as tests, was meant for such a
// list. Other mappings are seeds.
func HoldsCases(name string, text []byte) bool {
	among := slices.Contains(strings.Split(path.Dir(name), "/"), testsFolder)
	bare := bareCase.Match(text)
	if !bare && holdsFlows(text) || !among && !bytes.Contains(text, []byte("test")) && !bytes.Contains(text, []byte("flow")) {
		return false
	}
	root, ps := ReadData(name, text)
	switch {
	case root == nil || ps.Err() != nil && root.Kind != List:
		return among || caseKey.Match(text)
	case root.Kind == List:
		return among || slices.ContainsFunc(root.Items, isCase) || ps.Err() != nil && caseKey.Match(text)
	}
	list := root.Field("tests")
	return among && root.Field("test") != nil || isCase(root) && bare || list != nil && slices.ContainsFunc(list.Items, isCase)
}

// isCase reports whether an item of a list is a test, also if the key test is misspelled.
func isCase(item *Node) bool {
	has := func(key string) bool { return item.Field(key) != nil }
	return has("test") || has("flow") && slices.ContainsFunc([]string{"expect", "org", "mocks"}, has)
}

// ParseCases reads a file with tests and returns all problems of its form, sorted by position. It always returns the parts that could be read.
func ParseCases(name string, text []byte) (*Cases, Problems) {
	var ps Problems
	file := &Cases{Name: name, Source: text}
	src := newSource(name, text)
	r := newReader(&ps)
	roots := documents(src, &ps)
	switch {
	case len(roots) > 1:
		r.problem(roots[1], CodeFile, "put its tests into the list of the first one", "a file with tests is one document, and this is a second one")
	case len(roots) == 0:
		if len(ps) == 0 {
			ps.put(Problem{Pos: src.pos(0), Code: CodeMissingKey, Message: "there is no test in this file", Hint: "start each test with its name, such as - test: suspends only the idle"})
		}
		return file, ps
	}
	if roots[0].Kind == List && len(roots[0].Items) == 0 {
		r.problem(roots[0], CodeMissingKey, "start each test with its name, such as - test: suspends only the idle", "there is no test in this file")
	}
	if roots[0].Kind != List {
		r.problem(roots[0], CodeWrongType, "start each test with - test:, at the top of the file", "a file with tests must be a list, not %s", describe(roots[0]))
	}
	first := map[string]*Node{}
	for _, item := range roots[0].Items {
		e, ok := r.read(item, &testForm)
		if !ok {
			continue
		}
		test, runs := e.value("test"), e.value("flow")
		if test == nil || runs == nil {
			continue
		}
		if other := first[test.Text]; other != nil {
			r.problem(test, CodeBadName, "the first is at "+other.Pos.seenFrom(test.Pos), "there are two tests called %s", quoted(test.Text))
			continue
		}
		first[test.Text] = test
		file.Cases = append(file.Cases, &Case{File: file, Node: item, Name: test.Text, Flow: runs.Text, Wrong: ps.in(item, item)})
	}
	ps.settle()
	return file, ps
}

// LoadCases reads all files with tests of a workspace, in the order of their names. What it skips, and dir, are as for Load.
func LoadCases(fsys fs.FS, dir string) (all []*Cases, ps Problems) {
	names, _ := flowFiles(fsys, dir) // Load reports these problems
	files := make([]*Cases, len(names))
	found := make([]Problems, len(names))
	InParallel(len(names), func(i int) {
		text, err := readFile(fsys, names[i])
		if err == nil && HoldsCases(names[i], text) {
			files[i], found[i] = ParseCases(path.Join(dir, names[i]), text)
		}
	})
	for i, file := range files {
		if file != nil {
			all = append(all, file)
			ps = append(ps, found[i]...)
		}
	}
	slices.SortFunc(all, func(a, b *Cases) int { return strings.Compare(a.Name, b.Name) })
	return all, ps
}

// ReadData reads a text that is one YAML document with data, such as the dump of a simulated org. The Node is nil if the text is empty or not YAML.
func ReadData(name string, text []byte) (*Node, Problems) {
	var ps Problems
	roots := documents(newSource(name, text), &ps)
	if len(roots) == 0 {
		return nil, ps
	}
	return roots[0], ps
}

// Placed returns the text of a mapping as a document of its own in which everything is at the position that it has in its file.
func (n *Node) Placed() []byte {
	if n.src == nil {
		return n.json()
	}
	line := n.src.lines[n.Pos.Line-1]
	end := n.blockEnd()
	if n.flowStyle() {
		end, _ = (&scan{src: n.src, end: len(n.src.text)}).bracketsEnd(n.start, 0)
		if end < 0 {
			return n.json()
		}
	}
	placed := append(bytes.Repeat([]byte("\n"), n.Pos.Line-1), bytes.Repeat([]byte(" "), n.start-line)...)
	return append(placed, n.src.text[n.start:end]...)
}

// json returns a value as JSON, which is YAML, too.
func (n *Node) json() []byte {
	text, _ := json.Marshal(n.Literal()) // a literal has a JSON form
	return text
}

// blockEnd returns the offset after the last line of a mapping in block style.
func (n *Node) blockEnd() int {
	text := n.src.text
	indent := n.start - n.src.lines[n.Pos.Line-1]
	end := len(text)
	last := n.start
	for at := n.start; at < end; {
		line, next := cutLine(text, at)
		blank := len(bytes.TrimRight(line, " \t\r\n"))
		own := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case at == n.start:
			last = next
		case blank == 0 || own >= blank || line[own] == '#' && own < indent:
		case own < indent:
			return last
		default:
			last = next
		}
		at = next
	}
	return last
}
