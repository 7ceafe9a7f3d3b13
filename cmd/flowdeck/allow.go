package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// maxChangesFlag adds --max-changes.
func maxChangesFlag(flags *pflag.FlagSet, o *runOptions) {
	flags.StringArrayVar(&o.maxChanges, "max-changes", nil, "pause the run before it makes more than `N` changes")
}

// readMaxChanges parses the values of --max-changes; nil if it is not given.
func readMaxChanges(given []string) (*int, error) {
	switch {
	case len(given) == 0:
		return nil, nil
	case len(given) > 1:
		return nil, usage("", "--max-changes is given twice")
	}
	n, err := strconv.Atoi(given[0])
	switch {
	case err != nil:
		return nil, usage("such as --max-changes 10", "--max-changes %q: must be an integer", given[0])
	case n < 0:
		return nil, usage("0 allows no change", "--max-changes %d: must be 0 or more", n)
	}
	return &n, nil
}

// readAllow parses the values of --allow.
func readAllow(given []string) (map[engine.Measure]int64, error) {
	var names []string
	for _, m := range engine.Measures {
		names = append(names, string(m))
	}
	allow := map[engine.Measure]int64{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		m := engine.Measure(name)
		switch _, again := allow[m]; {
		case !ok:
			return nil, usage("such as --allow writes=2000", "--allow %q is not NAME=N", text)
		case !slices.Contains(engine.Measures, m):
			return nil, usage(words.Hint("limits", name, names), "--allow %q: unknown limit %q", text, name)
		case again:
			return nil, usage("", "--allow is given twice for %s", name)
		}
		n, err := strconv.ParseInt(value, 10, 64)
		such := "such as --allow " + name + "=2000"
		if m == engine.TimeMeasure {
			d, wrong := flow.ParseDuration(value)
			n, err, such = int64(d), wrong, "a number and a unit, such as --allow time=8h"
		}
		if err != nil || n < 1 {
			return nil, usage(such, "--allow %q: must be %s", text, map[bool]string{true: "a duration", false: "an integer"}[m == engine.TimeMeasure]+" of more than 0")
		}
		allow[m] = n
	}
	return allow, nil
}
