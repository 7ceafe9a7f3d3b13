package cases

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/host"
)

// compareDry adds what a dry run lists otherwise than the run does. What only a real run knows has a placeholder in the dry run: the same
// placeholder must stand for the same value everywhere.
func (c *Case) compareDry(r, dry *Result) {
	at := c.at("expect", "dry_run")
	fail := func(what, want, got string) {
		r.Failures = append(r.Failures, Failure{Pos: at.Pos, Width: at.Width, What: "dry_run: " + what, Want: want, Got: got})
	}
	if dry.Report.Status == engine.Undecidable || dry.undecidable() > 0 {
		fail("it cannot decide what the run would do", "", dry.why())
		return
	}
	made := map[string][]Call{}
	for _, call := range r.Calls {
		key := call.run + " " + call.Step + " " + call.Card
		made[key] = append(made[key], call)
	}
	known := map[string]card.Value{} // by placeholder
	for _, report := range append([]*host.Report{dry.raw}, dry.raw.Started...) {
		if report.DryRun == nil {
			continue
		}
		for _, w := range report.DryRun.Writes {
			key := report.Run + " " + w.Step + " " + w.Card
			if len(made[key]) == 0 {
				fail(w.Step, "the write of the dry run: "+w.Card+" "+shown(dry.veil, w.Input), "the run does not make it")
				continue
			}
			call := made[key][0]
			made[key] = made[key][1:]
			if !agrees(known, w.Input, call.In) {
				fail(w.Step, "as in the dry run: "+w.Card+" "+shown(dry.veil, w.Input), call.Card+" "+shown(r.veil, call.In))
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(made)) {
		for _, call := range made[key] {
			fail(call.Step, "only the writes of the dry run", "it does not list "+call.Card+" "+shown(r.veil, call.In))
		}
	}
}

// undecidable counts the records of which a dry run does not know what the run would do.
func (r *Result) undecidable() (n int) {
	for _, report := range append([]*host.Report{r.Report}, r.Report.Started...) {
		for _, stream := range report.Streams {
			n += stream.Undecidable
		}
	}
	return n
}

// why says why a dry run is undecidable.
func (r *Result) why() string {
	if r.Report.Reason != "" {
		return r.Report.Reason
	}
	return fmt.Sprintf("%d records depend on the results of writes", r.undecidable())
}

// agrees reports whether an input of a dry run is that of a call, with values for its placeholders: known has those that were seen before.
func agrees(known map[string]card.Value, dry, real card.Value) bool {
	switch dry := dry.(type) {
	case expr.Unknown:
		value, seen := known[dry.Text]
		known[dry.Text] = real
		return !seen || asJSON(value) == asJSON(real)
	case map[string]any:
		object, ok := real.(map[string]any)
		if !ok || len(object) > len(dry) {
			return false
		}
		for _, key := range slices.Sorted(maps.Keys(dry)) {
			_, unknown := dry[key].(expr.Unknown)
			if _, there := object[key]; !there && unknown { // an input that is nil counts as not given
				continue
			}
			if !agrees(known, dry[key], object[key]) {
				return false
			}
		}
		return true
	case []any:
		list, ok := real.([]any)
		if !ok || len(list) != len(dry) {
			return false
		}
		for i := range dry {
			if !agrees(known, dry[i], list[i]) {
				return false
			}
		}
		return true
	}
	return asJSON(dry) == asJSON(real)
}
