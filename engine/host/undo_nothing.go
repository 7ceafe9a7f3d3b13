package host

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// mostValues is the number of texts of an input by which a write is found to be about the same thing as another one.
const mostValues = 64

// lives finds out whether a write made a thing, or removed one.
func (m *made) lives(of card.Card, w *store.Write) {
	left, _ := of.Left(w.In, w.Before)
	m.gone = left.Gone
	m.makes = !m.gone && (w.Before.Missing || of.EffectOf(w.In) == card.Creates)
	m.values, m.moved = textsIn(w.In, nil), card.ChangedAt(w.Result)
	for _, d := range left.Fields {
		m.sets = append(m.sets, d.Path[0])
	}
	for _, d := range left.Fields { // another thing can only have a name when this one has it no more
		if name := d.Path[len(d.Path)-1]; name == "login" || name == "name" || name == "label" {
			for _, text := range []engine.Value{d.Old, d.New} {
				if text, ok := text.(string); ok {
					m.things = append(m.things, "name "+w.Connection+" "+resource(m.card)+strings.ToLower(text))
				}
			}
		}
	}
	if out, ok := w.Result.(map[string]any); ok && !m.gone {
		if id, _ := out["id"].(string); id != "" && !slices.Contains(m.values, id) {
			m.made = id
		}
	}
}

// textsIn appends the first texts of an input.
func textsIn(v engine.Value, all []string) []string {
	switch v := v.(type) {
	case string:
		if len(all) < mostValues && v != "" {
			all = append(all, v)
		}
	case []any:
		for _, item := range v {
			all = textsIn(item, all)
		}
	case map[string]any:
		for _, field := range v {
			all = textsIn(field, all)
		}
	}
	return all
}

// names reports whether a write has all these texts: those of the input of a call that removes the thing that it is about.
func (m *made) names(texts []string) bool {
	for _, text := range texts {
		if text != m.made && text != m.id && !slices.Contains(m.values, text) {
			return false
		}
	}
	return len(texts) > 0
}

// findNothing finds what the run made and removed again: neither is taken back, nor is what was written to it in between. If only one of them could
// be, a person would have a role that they had neither before nor after. It also finds what cannot be taken back since the run removed the
// thing, and that cannot be undone.
func findNothing(all []*made) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b *made) int { return cmp.Compare(a.began, b.began) })
	of := map[string][]int{} // the places in all of the writes that name a text, ascending
	for i, m := range all {
		texts := append(slices.Clone(m.values), m.made, m.id)
		slices.Sort(texts)
		for _, text := range slices.Compact(texts) {
			of[text] = append(of[text], i)
		}
	}
	for i, removal := range all {
		if !removal.gone || removal.doubt || len(removal.values) == 0 {
			continue
		}
		about := of[removal.values[0]] // has all that the input names
		for _, text := range removal.values {
			if len(of[text]) < len(about) {
				about = of[text]
			}
		}
		var creation *made
		for _, k := range about {
			m := all[k]
			if k < i && m.like(removal) && !m.nothing && m.names(removal.values) && (m.makes || m.made != "" && slices.Contains(removal.values, m.made)) {
				creation = m
			}
		}
		switch {
		case creation != nil:
			if creation.made != "" {
				for _, k := range of[creation.made] {
					if m := all[k]; m.conn == removal.conn && !m.doubt && m.began >= creation.began && slices.Contains(m.values, creation.made) {
						m.nothing, m.why = true, "the run removed again what it had made"
					}
				}
			}
			for _, k := range about {
				if m := all[k]; k <= i && m.like(removal) && m.began >= creation.began && m.names(removal.values) {
					m.nothing, m.why = true, "the run removed again what it had made"
				}
			}
		case removal.why != "":
			for _, k := range slices.Concat(about, of[removal.id]) {
				m := all[k]
				if k < i && m.like(removal) && m.why == "" && !m.gone && (m.names(removal.values) || removal.id != "" && removal.id == m.id) {
					m.why = "the run removed it later, which cannot be undone"
				}
			}
		}
	}
}

// like reports whether two writes are about things of the same kind. One in doubt is like none.
func (m *made) like(other *made) bool {
	return m.conn == other.conn && resource(m.card) == resource(other.card) && !m.doubt
}
