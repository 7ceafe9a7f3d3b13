package expr

import (
	"slices"
	"strings"
)

// pauseAfter is the number of fields of an object that are read or made until an evaluation asks again whether it is still wanted.
const pauseAfter = 1 << 12

// pause asks from time to time whether the run was canceled. A loop over what may be large, whose work was counted before, calls it
// in each round.
func (ev *evaluation) pause() error {
	if ev.pauses++; ev.pauses%pauseAfter != 0 {
		return nil
	}
	return ev.alive()
}

// names returns the names of an object, sorted: the order in which objects are walked.
func (ev *evaluation) names(object map[string]any) ([]string, error) {
	names := make([]string, 0, len(object))
	for name := range object {
		if err := ev.pause(); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if len(names) <= pauseAfter {
		slices.Sort(names)
		return names, nil
	}
	var canceled error
	slices.SortFunc(names, func(a, b string) int {
		if canceled == nil {
			canceled = ev.pause()
		}
		if canceled != nil {
			return 0
		}
		return strings.Compare(a, b)
	})
	return names, canceled
}

// walked returns what make returns for each field, in the order of the names.
func (ev *evaluation) walked(object map[string]any, make func(name string, v any) any) (any, error) {
	names, err := ev.names(object)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, name := range names {
		if err := ev.pause(); err != nil {
			return nil, err
		}
		list = append(list, make(name, object[name]))
	}
	return list, nil
}

// copyTo copies the fields of an object to another one.
func (ev *evaluation) copyTo(to, from map[string]any) error {
	for name, v := range from {
		if err := ev.pause(); err != nil {
			return err
		}
		to[name] = v
	}
	return nil
}
