package host

import (
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// unrenamed returns a UsageError if runs have done records of a loop that the flow no longer has, while it has a loop that is new: if this is
// the same loop with another name, a retry with these picks would do the records again.
func (w *Workspace) unrenamed(run store.Run, runs []store.Run, p *engine.Plan, picks map[string]engine.Pick) error {
	if p.Digest() == run.Digest {
		return nil
	}
	var then []engine.Place // empty if the flow as it was cannot be checked any more: then all loops may be new
	if _, old, err := w.flowOf(run, AsStarted); err == nil {
		then = old.Plan.LoopsAt()
	}
	now := p.LoopsAt()
	added := slices.IndexFunc(now, func(at engine.Place) bool { return !slices.ContainsFunc(then, at.Equal) && !picks[outermost(at)].None })
	if added < 0 {
		return nil
	}
	did := map[string]bool{}
	for _, one := range runs {
		for name, c := range reportOf(one).Streams {
			did[name] = did[name] || c.OK+c.Skipped > 0
		}
	}
	gone := func(name string) error {
		return Usage("name the loop as it was, or run the flow as it was, without --with-latest",
			"flow %q has no loop %s any more, whose records were done, and loop %s is new: if it was renamed, they would be done again", run.Flow, name, now[added].Name())
	}
	for _, at := range then {
		if did[at.Name()] && !slices.ContainsFunc(now, at.Equal) {
			return gone(at.Name())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(did)) {
		if did[name] && !slices.ContainsFunc(now, func(at engine.Place) bool { return at.Name() == name }) {
			return gone(name)
		}
	}
	return nil
}

// outermost returns the name of the outermost loop that a loop is, or is inside of.
func outermost(loop engine.Place) string {
	for at := loop.InnerRecord(); !at.IsZero(); at = loop.InnerRecord() {
		loop = at.Around()
	}
	return loop.Name()
}
