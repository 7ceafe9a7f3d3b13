package check_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A mutation is one mistake in a file of correct flows.
type mutation struct {
	kind string
	text string // of the whole file
	line int    // where the mistake is
}

// mutations returns a mutation for each kind of mistake at each key and each value of a file.
func mutations(file *flow.File) (all []mutation) {
	source := string(file.Source)
	lines := strings.SplitAfter(source, "\n")
	at := func(p flow.Pos) int { return len(strings.Join(lines[:p.Line-1], "")) + p.Col - 1 }
	replace := func(kind string, n *flow.Node, width int, with string) {
		start := at(n.Pos)
		all = append(all, mutation{kind, source[:start] + with + source[start+width:], n.Pos.Line})
	}
	var walk func(n *flow.Node)
	walk = func(n *flow.Node) {
		for _, item := range n.Items {
			walk(item)
		}
		for _, f := range n.Fields {
			replace("a misspelled key", f.Key, f.Key.Width, misspelled(source[at(f.Key.Pos):][:f.Key.Width]))
			walk(f.Value)
		}
		if n.Kind != flow.Scalar || n.Width == 0 || n.Style != flow.Plain && n.Style != flow.SingleQuoted && n.Style != flow.DoubleQuoted {
			return
		}
		written := source[at(n.Pos):][:n.Width]
		replace("a misspelled value", n, n.Width, misspelled(written))
		for _, other := range []string{"[3]", "3", "null", "words"} {
			if other != written {
				replace("a value of the wrong type, "+other, n, n.Width, other)
			}
		}
		for _, m := range name.FindAllStringIndex(written, -1) {
			replace("a misspelled name", n, n.Width, written[:m[0]]+misspelled(written[m[0]:m[1]])+written[m[1]:])
		}
	}
	for _, f := range file.Flows {
		walk(f.Node)
	}
	return all
}

var name = regexp.MustCompile(`\b[a-z_]+\b`)

// misspelled has a letter more in its middle.
func misspelled(text string) string {
	middle := (len(text) + 1) / 2
	return text[:middle] + "q" + text[middle:]
}

// A mistake is reported at its own place. Consequences, such as uses of a step with a misspelled id, are not reported.
func TestAMistakeIsReportedWithoutWhatFollowsFromIt(t *testing.T) {
	t.Parallel()
	cards, services := checktest.Cards(), checktest.Services()
	for archive, a := range archives(t, "../../testdata/flow/ok/*.txtar") {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}
			for _, f := range a.Files {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			correct, _ := flow.Load(files, "")
			reported := 0
			for _, file := range correct.Files {
				for _, m := range mutations(file) {
					files[file.Name] = &fstest.MapFile{Data: []byte(m.text)}
					here, elsewhere := m.problems(files, file.Name, func(ws *flow.Workspace) *check.Checker {
						checker := check.New(cards, services, ws)
						checker.Triggers = checktest.Triggers()
						return checker
					})
					if len(here) > 0 {
						reported++
					}
					if len(here) > 0 && len(elsewhere) > 0 {
						t.Errorf("%s in %q:\n%v\n%v", m.kind, strings.Split(m.text, "\n")[m.line-1], here.Error(), elsewhere.Error())
					}
				}
				files[file.Name] = &fstest.MapFile{Data: file.Source}
			}
			if reported < 50 {
				t.Errorf("%d mistakes are reported where they were made; are there any?", reported)
			}
		})
	}
}

// problems returns the problems of a workspace with the mistake: at the line of the mistake, and elsewhere.
func (m mutation) problems(files fstest.MapFS, file string, check func(*flow.Workspace) *check.Checker) (here, elsewhere flow.Problems) {
	ws, problems := flow.Load(files, "")
	checker := check(ws)
	problems = append(problems, checker.Workspace()...)
	problems = append(problems, checker.Problems(ws.Flows())...)
	ws.Settle(&problems)
	for _, p := range problems {
		if p.Pos.File == file && p.Pos.Line == m.line {
			here = append(here, p)
		} else {
			elsewhere = append(elsewhere, p)
		}
	}
	return here, elsewhere
}
