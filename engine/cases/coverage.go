package cases

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Coverage is what tests reached in the flows of a workspace.
type Coverage struct {
	Flows []*Covered // those that tests run, also through others, or all, by file
}

// Covered is what tests reached in a flow.
type Covered struct {
	Flow     string   `json:"flow"`
	File     string   `json:"file"`
	Steps    []Point  `json:"steps"`
	Branches []Branch `json:"branches"`
	Problem  string   `json:"problem,omitempty"` // why nothing is counted: "it has problems"
	runs     int      // how often the flow ran
}

// A Point is a step, and how often it ran.
type Point struct {
	Line  int `json:"line"`
	Ran   int `json:"ran"`
	pos   flow.Pos
	named bool // the list that it is in was reached: otherwise the branch is named
}

// A Branch is one of the ways in which a flow can go on at a step, and how often it did.
type Branch struct {
	Line  int    `json:"line"` // of the step
	What  string `json:"what"` // "then", "else", "case 2", "catch 1", "if holds", "if does not hold", "do"
	Taken int    `json:"taken"`
	pos   flow.Pos
}

// Cover returns what the runs of tests reached: of the flows that the tests run, also through others, and if all is set of those that no test
// reaches, too. Of a flow with problems, which no test can run, nothing is counted.
func Cover(w *host.Workspace, results []*Result, all bool) *Coverage {
	seen := Seen{}
	plans := map[*engine.Plan]bool{}
	for _, r := range results {
		seen.Add(r.Seen)
		reach(r.Case.checked.Plan, plans)
	}
	c := &Coverage{}
	if all {
		for _, f := range w.Named() {
			checked, err := w.Check(f, nil)
			if err != nil {
				c.Flows = append(c.Flows, &Covered{Flow: f.Name.Text, File: f.Pos.File, Steps: []Point{}, Branches: []Branch{}, Problem: "it has problems"})
				continue
			}
			reach(checked.Plan, plans)
		}
	}
	known := map[string]*Covered{}
	for p := range plans {
		f := w.Flow(p.Flow)
		if f == nil || known[p.Flow] != nil {
			continue
		}
		covered := &Covered{Flow: p.Flow, File: f.Pos.File, Steps: []Point{}, Branches: []Branch{}}
		known[p.Flow] = covered
		if len(p.Steps) > 0 {
			covered.runs = seen[p.Steps[0].Pos].Reached
		}
		covered.list(p.Steps, seen)
		c.Flows = append(c.Flows, covered)
	}
	slices.SortFunc(c.Flows, func(a, b *Covered) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Flow, b.Flow)) })
	return c
}

// plans returns the plans of the flow and of all flows that it runs or starts.
func (c *Case) plans() map[*engine.Plan]bool {
	all := map[*engine.Plan]bool{}
	reach(c.checked.Plan, all)
	return all
}

// reach adds a plan and all plans that it runs.
func reach(p *engine.Plan, all map[*engine.Plan]bool) {
	if p == nil || all[p] {
		return
	}
	all[p] = true
	var visit func([]engine.Step)
	visit = func(steps []engine.Step) {
		for i := range steps {
			switch v := steps[i].Do.(type) {
			case engine.Loop:
				reach(v.To, all)
			case engine.CallFlow:
				reach(v.To, all)
			case engine.StartFlow:
				reach(v.To, all)
			}
			for _, body := range bodiesOf(steps[i].Do) {
				visit(body.steps)
			}
		}
	}
	visit(p.Steps)
}

// body is a list of steps in a step.
type body struct {
	what  string
	steps []engine.Step
}

// bodiesOf returns the lists of steps in a step of which it is of interest whether they ran.
func bodiesOf(v engine.Verb) (all []body) {
	switch v := v.(type) {
	case engine.If:
		return []body{{"then", v.Then}, {"else", v.Else}}
	case engine.Switch:
		for i, one := range v.Cases {
			all = append(all, body{fmt.Sprintf("case %d", i+1), one.Do})
		}
		return append(all, body{"else", v.Else})
	case engine.Try:
		all = []body{{"", v.Steps}} // it runs whenever the step does
		for i, one := range v.Catch {
			all = append(all, body{fmt.Sprintf("catch %d", i+1), one.Do})
		}
		if len(v.Finally) > 0 {
			all = append(all, body{"finally", v.Finally})
		}
	case engine.Loop:
		if v.To == nil {
			all = []body{{"do", v.Do}}
		}
	case engine.Repeat:
		all = []body{{"do", v.Steps}}
	case engine.Parallel:
		for _, one := range v.Branches {
			all = append(all, body{one.Name, one.Steps})
		}
	}
	return all
}

// list adds the steps of a list, and their branches.
func (c *Covered) list(steps []engine.Step, seen Seen) {
	reached := len(steps) > 0 && seen[steps[0].Pos].Reached > 0
	for i := range steps {
		step := &steps[i]
		n := seen[step.Pos]
		c.Steps = append(c.Steps, Point{step.Pos.Line, n.Ran, step.Pos, reached})
		if step.If != nil {
			c.branch(step.Pos, "if holds", n.Ran)
			c.branch(step.Pos, "if does not hold", n.Reached-n.Ran)
		}
		bodies := bodiesOf(step.Do)
		taken := 0
		for _, b := range bodies {
			switch {
			case len(b.steps) > 0 && b.what != "":
				reached := seen[b.steps[0].Pos].Reached
				taken += reached
				c.branch(step.Pos, b.what, reached)
			case b.what == "else": // no steps: it was taken as often as no other branch was
				c.branch(step.Pos, b.what, max(0, n.OK-taken))
			}
		}
		for _, b := range bodies {
			c.list(b.steps, seen)
		}
	}
}

func (c *Covered) branch(at flow.Pos, what string, taken int) {
	c.Branches = append(c.Branches, Branch{at.Line, what, taken, at})
}

// Counts returns how many steps and branches there are, and how many were reached.
func (c *Covered) Counts() (steps, ran, branches, taken int) {
	for _, s := range c.Steps {
		if s.Ran > 0 {
			ran++
		}
	}
	for _, b := range c.Branches {
		if b.Taken > 0 {
			taken++
		}
	}
	return len(c.Steps), ran, len(c.Branches), taken
}

// Missed is a place that no test reached.
type Missed struct {
	Pos  flow.Pos
	What string
}

// Missed returns what no test reached, in the order of the file. A step in a branch that was not taken is not named itself.
func (c *Covered) Missed() (all []Missed) {
	branches := map[flow.Pos]bool{}
	for _, b := range c.Branches {
		if b.Taken == 0 && c.ran(b.pos) {
			all = append(all, Missed{b.pos, b.What})
			branches[b.pos] = true
		}
	}
	for _, s := range c.Steps {
		if s.Ran == 0 && !branches[s.pos] && (s.named || len(all) == 0) {
			all = append(all, Missed{s.pos, "step"})
		}
	}
	slices.SortStableFunc(all, func(a, b Missed) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return all
}

// ran reports whether a step was reached, so that it is of interest which way it went.
func (c *Covered) ran(at flow.Pos) bool {
	return slices.ContainsFunc(c.Steps, func(s Point) bool { return s.pos == at && s.Ran > 0 }) ||
		slices.ContainsFunc(c.Branches, func(b Branch) bool { return b.pos == at && b.Taken > 0 })
}

// WriteLCOV writes the coverage in the tracefile format of lcov: a line for each step, and a block of branches for each step that has some.
func (c *Coverage) WriteLCOV(w io.Writer) error {
	files := map[string][]*Covered{}
	var names []string
	for _, f := range c.Flows {
		if f.Problem != "" {
			continue
		}
		if files[f.File] == nil {
			names = append(names, f.File)
		}
		files[f.File] = append(files[f.File], f)
	}
	out := &failing{w: w}
	for _, name := range names {
		lines, branches := map[int]int{}, 0
		taken := 0
		out.printf("TN:\nSF:%s\n", words.VisibleLine(name))
		for _, f := range files[name] {
			out.printf("FN:%d,%s\n", f.first(), f.Flow)
		}
		for _, f := range files[name] {
			out.printf("FNDA:%d,%s\n", f.runs, f.Flow)
		}
		block, last := -1, flow.Pos{}
		number := 0
		for _, f := range files[name] {
			for _, s := range f.Steps {
				lines[s.Line] = max(lines[s.Line], s.Ran)
			}
			for _, b := range f.Branches {
				if b.pos != last {
					block, number, last = block+1, 0, b.pos
				}
				out.printf("BRDA:%d,%d,%d,%d\n", b.Line, block, number, b.Taken)
				number++
				branches++
				if b.Taken > 0 {
					taken++
				}
			}
		}
		out.printf("BRF:%d\nBRH:%d\n", branches, taken)
		hit := 0
		for _, line := range sortedKeys(lines) {
			out.printf("DA:%d,%d\n", line, lines[line])
			if lines[line] > 0 {
				hit++
			}
		}
		out.printf("LF:%d\nLH:%d\nend_of_record\n", len(lines), hit)
	}
	return out.err
}

func (c *Covered) first() int {
	if len(c.Steps) == 0 {
		return 1
	}
	return c.Steps[0].Line
}

func sortedKeys(m map[int]int) (keys []int) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// failing writes until the first error.
type failing struct {
	w   io.Writer
	err error
}

func (f *failing) printf(format string, args ...any) {
	if f.err == nil {
		_, f.err = fmt.Fprintf(f.w, format, args...)
	}
}
