package engine

import (
	"errors"
	"slices"
	"strconv"
)

// If branches on a condition. Its value is the value of the branch that ran; nil if the condition is false and there is
// no else.
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

// Switch runs the steps of its first case whose condition holds. Its value is theirs; nil if no case holds.
type Switch struct {
	Cases []Case
	Else  []Step
}

// Case is a condition and the steps to run when it holds. A Case without a condition always holds.
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

// first returns the index of the first case that holds; -1 if none does.
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

// Parallel runs branches at the same time, each in a scope of its own. Its value is an object with the value of each
// branch under the branch's name; nil for a branch that stopped.
type Parallel struct{ Branches []Branch }

// Branch is one branch of a Parallel.
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
	ends := make([]error, len(v.Branches)) // of a dry run
	f.lend()
	err := f.rt.Fork(at, len(v.Branches), func(rt Runtime, i int) (err error) {
		frames[i] = f.inner(rt, at.Branch(v.Branches[i].Name))
		results[i], err = frames[i].list(v.Branches[i].Steps)
		if f.dry && !IsCanceled(err) { // it must not halt the others: which writes they show would depend on their speed
			ends[i], err = err, nil
		}
		return err
	})
	if err == nil {
		err = firstEnd(ends)
	}
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

// firstEnd returns the error with which branches of a dry run end, of which none halts another: the first that is undecidable,
// since in a real run that branch may fail before the others; otherwise the first.
func firstEnd(ends []error) error {
	i := slices.IndexFunc(ends, func(err error) bool { return errors.Is(err, errUndecidable) })
	if i < 0 {
		i = slices.IndexFunc(ends, func(err error) bool { return err != nil })
	}
	if i < 0 {
		return nil
	}
	return ends[i]
}
