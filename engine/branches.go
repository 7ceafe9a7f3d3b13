package engine

import "strconv"

// If branches on a condition. Its value is that of the branch; nil if there is none to take.
type If struct {
	When       *Expression
	Then, Else []Step
}

func (v If) bodies() [][]Step { return [][]Step{v.Then, v.Else} }

func (v If) run(f *frame, at Place) (result, error) {
	ok, err := v.When.holds(f, at.Step("if"))
	switch {
	case err != nil:
		return result{}, err
	case ok:
		f.untaken(v.Else)
		return f.in(at.Step("then")).list(v.Then)
	}
	f.untaken(v.Then)
	return f.in(at.Step("else")).list(v.Else)
}

// Switch takes the first case that holds.
type Switch struct {
	Cases []Case
	Else  []Step
}

// Case is a condition and what to do when it holds. Without a condition it always does.
type Case struct {
	When *Expression
	Do   []Step
}

func (v Switch) bodies() [][]Step { return append(caseBodies(v.Cases), v.Else) }

func caseBodies(cases []Case) (lists [][]Step) {
	for _, c := range cases {
		lists = append(lists, c.Do)
	}
	return lists
}

func (v Switch) run(f *frame, at Place) (result, error) {
	i, err := first(f, at, v.Cases)
	for n, other := range v.Cases {
		if n != i {
			f.untaken(other.Do)
		}
	}
	switch {
	case err != nil:
		return result{}, err
	case i < 0:
		return f.in(at.Step("else")).list(v.Else)
	}
	return f.in(at.Branch(strconv.Itoa(i))).list(v.Cases[i].Do)
}

// first is the index of the first case that holds; -1 if none does.
func first(f *frame, at Place, cases []Case) (int, error) {
	for i, c := range cases {
		if c.When == nil {
			return i, nil
		}
		if ok, err := c.When.holds(f, at.Step("when").Round(i)); ok || err != nil {
			return i, err
		}
	}
	return -1, nil
}

// Parallel runs branches at the same time, each in a scope of its own. Its value is an object: branch →
// the branch's value; nil for one that stopped.
type Parallel struct{ Branches []Branch }

// Branch is one of a Parallel.
type Branch struct {
	Name  string
	Steps []Step
}

func (v Parallel) bodies() (lists [][]Step) {
	for _, b := range v.Branches {
		lists = append(lists, b.Steps)
	}
	return lists
}

func (v Parallel) run(f *frame, at Place) (result, error) {
	frames := make([]*frame, len(v.Branches))
	results := make([]result, len(v.Branches))
	err := f.rt.Fork(at, len(v.Branches), func(rt Runtime, i int) (err error) {
		frames[i] = f.inner(rt, at.Branch(v.Branches[i].Name))
		results[i], err = frames[i].list(v.Branches[i].Steps)
		return err
	})
	values := make(map[string]any, len(v.Branches))
	for i, b := range v.Branches {
		if frames[i] != nil && *frames[i].errors {
			*f.errors = true
		}
		values[b.Name] = results[i].value
		if results[i].ending == stopped {
			values[b.Name] = nil
		}
	}
	return result{value: values}, err
}
