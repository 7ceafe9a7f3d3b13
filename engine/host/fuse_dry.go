package host

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// dryRun compares the limits with what a dry run, and the runs that it started, would do. The list of a percentage is read as far as needed.
func (f *fuse) dryRun(r *Report, v *veil.Veil) {
	if f == nil || !f.dry {
		return
	}
	errs := map[engine.Measure]string{}
	for _, measure := range []engine.Measure{engine.WritesMeasure, engine.DestructiveMeasure} {
		m := f.meters[measure]
		if m == nil {
			continue
		}
		for _, of := range append([]*Report{r}, r.Started...) {
			if of.DryRun != nil {
				m.made += of.DryRun.count(f.cards, measure)
			}
		}
		for b := m.lowest(); int64(m.made) > b.allowed() && !b.known; b = m.lowest() {
			if err := f.read(b); err != nil {
				errs[measure] = v.String(card.AsError(err).Message)
				break
			}
		}
	}
	for _, m := range f.meters {
		m.reached = m.measure != engine.TimeMeasure && int64(m.made) > m.lowest().allowed()
	}
	r.Limits = f.soFar()
	for measure, text := range errs {
		r.Limits[measure].Error = text
	}
}

// count counts the writes that a measure counts.
func (d *DryRun) count(cards card.Set, m engine.Measure) (n int) {
	for _, w := range d.Writes {
		if c := cards[w.Card]; !w.local && (m == engine.WritesMeasure || c.EffectOf(w.Input) == card.Destroys) {
			n++
		}
	}
	return n
}
