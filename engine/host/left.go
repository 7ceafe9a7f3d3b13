package host

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/store"
)

// left is what a run, and the runs that repeat it, have left of the records of a loop.
type left struct {
	pick    engine.Pick     // of the first run
	failed  []string        // the keys of the records that failed and were not repeated with success
	done    []string        // the keys of those that succeeded or were skipped
	started bool            // the loop has started in one of the runs
	rest    bool            // records never started: the loop failed or was stopped, or its run failed before it
	lost    string          // a run whose results of the loop are gone, so that its part of done is not known; empty if there is none
	after   bool            // lost is not the first run
	unclear map[string]bool // keys of records that failed and that other records have, which did not
}

// leftOf returns what is left of the loops with these names, and of those with records that failed.
func (w *Workspace) leftOf(ctx context.Context, runs []store.Run, loops []string) (map[string]*left, error) {
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	all := map[string]*left{}
	for _, name := range loops {
		all[name] = &left{pick: runs[0].Start.Picks[name], unclear: map[string]bool{}}
	}
	for i, run := range runs {
		failed, err := history.Failed(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		for name := range failed {
			if all[name] == nil {
				all[name] = &left{unclear: map[string]bool{}}
			}
		}
		report := reportOf(run)
		for name, l := range all {
			pick := run.Start.Picks[name]
			whole := i == 0 || !pick.None && len(pick.Only) == 0
			counts := report.Streams[name]
			if counts == nil {
				l.rest = l.rest || whole && !l.started && (run.Status == engine.Failed || run.Status == engine.Canceled)
				continue
			}
			l.started = true
			if whole {
				l.rest = report.stopped(name)
			}
			done, err := w.doneIn(run.ID, name)
			switch {
			case !errors.Is(err, fs.ErrNotExist):
			case len(pick.Only) > 0 && !report.stopped(name): // it processed all of them
				done = slices.DeleteFunc(slices.Clone(pick.Only), func(key string) bool { return slices.Contains(failed[name], key) })
				err = nil
			case counts.Read > 0:
				l.lost, l.after = run.ID, i > 0
				fallthrough
			default:
				err = nil
			}
			if err != nil {
				return nil, err
			}
			l.count(failed[name], done, w.config.Veil.String)
		}
	}
	return all, nil
}

// count counts the records of the loop that ended in a run. The keys in done may be without their secrets, as shown returns them.
func (l *left) count(failed, done []string, shown func(string) string) {
	succeeded, again := map[string]bool{}, map[string]bool{}
	for _, key := range done {
		succeeded[key] = true
	}
	ok := func(key string) bool { return succeeded[key] || succeeded[shown(key)] }
	for _, key := range failed {
		again[key] = true
		if ok(key) {
			l.unclear[key] = true
		}
	}
	l.failed = slices.DeleteFunc(l.failed, func(key string) bool { return again[key] || ok(key) })
	l.failed = append(l.failed, failed...)
	l.done = append(l.done, done...)
}

// doneIn returns the keys of the records of an outer loop that succeeded in a run or were skipped, as its results have them: without
// secrets. If there are no results, the error is fs.ErrNotExist.
func (w *Workspace) doneIn(run, loop string) (keys []string, err error) {
	lines, err := w.Results(run, loop)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return keys, nil
		} else if err != nil {
			return nil, err
		}
		var row keep.Row
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, &card.Error{Kind: card.Storage, Message: "the results of run " + run + " have a line that cannot be read", Err: err}
		}
		switch row.Status {
		case engine.Succeeded, engine.SucceededWithErrors, engine.Skipped:
			keys = append(keys, row.Key)
		}
	}
}

// stopped reports whether a loop ended before its list: its step failed, or was canceled.
func (r *Report) stopped(name string) bool {
	return slices.ContainsFunc(r.Steps, func(s *Step) bool {
		return s.Path == name && (s.Status == engine.Failed || s.Status == engine.Canceled)
	})
}

// picks returns the pick of a retry for the loop. Records with the keys in doubt are left out.
func (l *left) picks(doubt map[string]bool) engine.Pick {
	out := func(key string) bool { return doubt[key] }
	failed := slices.DeleteFunc(slices.Clone(l.failed), out)
	if !l.rest {
		return engine.Pick{Only: failed, None: len(failed) == 0}
	}
	done := slices.Concat(l.done, slices.Sorted(maps.Keys(doubt)))
	most := 0
	if l.pick.Max > 0 {
		most = max(0, l.pick.Max-len(done))
	}
	if len(l.pick.Only) > 0 {
		only := slices.DeleteFunc(slices.Clone(l.pick.Only), func(key string) bool { return slices.Contains(done, key) })
		return engine.Pick{Only: only, Max: most, None: len(only) == 0}
	}
	return engine.Pick{Skip: done, Max: most, None: l.pick.None || l.pick.Max > 0 && most == 0}
}

// check returns a UsageError if it is not known which records of the loop are left.
func (l *left) check(name, flow string) error {
	hint := "run the flow again, or give the records other keys (`key` of the loop): flowdeck run " + flow
	for _, key := range l.failed {
		if l.unclear[key] {
			return Usage(hint, "record %q of %s failed, and another one with the same key did not: it is not known which one to repeat", key, name)
		}
	}
	hidden := func(key string) bool { return strings.Contains(key, card.Hidden) }
	partly := l.rest && l.started
	switch {
	case l.lost != "" && (partly || l.after):
		return Usage(hint, "the results of %s of run %s are gone: it is not known which records are left", name, l.lost)
	case !partly:
	case slices.ContainsFunc(l.done, hidden):
		return Usage(hint, "%s stopped before the end of its list, and keys of its records are secret: it is not known which records are left", name)
	}
	return nil
}
