package host

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// phase is a part of a run that was over before the next one began.
type phase struct {
	name   string // of the step that takes it back
	groups []*group
}

// group has writes that are taken back one after the other, the newest first. Groups of a phase are independent of each other.
type group struct {
	key    string // of its record
	writes []*made
}

// phasesOf returns in which order writes are taken back: the newest phase first. Runs that were going on at the same time are one phase, since
// nobody knows what depended on what.
func phasesOf(all []*made) []*phase {
	type part struct {
		writes       []*made
		whole        bool
		began, ended int64
	}
	byPhase := map[string]*part{}
	var parts []*part
	for _, m := range all {
		p := byPhase[m.phase]
		if p == nil {
			p = &part{whole: m.whole, began: m.began}
			byPhase[m.phase] = p
			parts = append(parts, p)
		}
		p.writes = append(p.writes, m)
		p.began, p.ended = min(p.began, m.began), max(p.ended, m.ended, m.began)
	}
	one := func(p *part) bool { return p.writes[0].run == all[0].run }
	if !slices.ContainsFunc(parts, func(p *part) bool { return !one(p) }) { // the numbers of one run are its order
		slices.SortStableFunc(parts, func(a, b *part) int { return cmp.Compare(a.writes[0].number, b.writes[0].number) })
	} else {
		slices.SortStableFunc(parts, func(a, b *part) int {
			return cmp.Or(cmp.Compare(a.began, b.began), cmp.Compare(a.writes[0].number, b.writes[0].number))
		})
		merged := parts[:1]
		for _, p := range parts[1:] {
			last := merged[len(merged)-1]
			if p.began >= last.ended || p.writes[0].run == last.writes[0].run && !last.whole {
				merged = append(merged, p)
				continue
			}
			last.writes, last.whole, last.ended = append(last.writes, p.writes...), true, max(last.ended, p.ended)
		}
		parts = merged
	}
	slices.Reverse(parts)
	names := map[string]int{}
	var phases []*phase
	for _, p := range parts {
		slices.SortStableFunc(p.writes, func(a, b *made) int {
			if a.run == b.run {
				return cmp.Compare(b.number, a.number)
			}
			return cmp.Or(cmp.Compare(b.began, a.began), cmp.Compare(b.number, a.number))
		})
		phases = append(phases, &phase{name: unique(names, stepName(p.writes[0].name)), groups: groupsOf(p.writes, p.whole)})
	}
	return phases
}

// findNewer finds, for each write that created something, the newer ones that changed the fields of it, the oldest first: they are taken back
// before. Their cards have the same resource, since another one has other fields.
func (u *Undo) findNewer(all []*made) {
	of := func(m *made, thing string) string { return resource(m.card) + " " + thing }
	created := map[string]*made{} // by resource and thing
	for _, m := range all {
		for _, thing := range m.things {
			if strings.HasPrefix(thing, "record ") || strings.HasPrefix(thing, "name ") {
				continue
			}
			if older := created[of(m, thing)]; older != nil && !slices.Contains(older.newer, m.at) {
				older.newer = append(older.newer, m.at)
			}
		}
		if u.workspace.config.Cards[m.card].Effect == card.Creates {
			for _, thing := range m.things {
				created[of(m, thing)] = m
			}
		}
	}
}

// resource returns the start of the name of a card that the cards of the same kind of things share.
func resource(name string) string { return name[:strings.LastIndexByte(name, '.')+1] }

// groupsOf divides writes, the newest first, by the things that they share.
func groupsOf(writes []*made, whole bool) (groups []*group) {
	parent := make([]int, len(writes))
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	of := map[string]int{}
	for i, m := range writes {
		parent[i] = i
		things := m.things
		if whole {
			things = []string{"all"}
		}
		for _, thing := range things {
			other, known := of[thing]
			if !known {
				of[thing] = i
				continue
			}
			a, b := find(i), find(other)
			parent[max(a, b)] = min(a, b)
		}
	}
	at := map[int]*group{}
	names := map[string]int{}
	for i, m := range writes {
		root := find(i)
		if at[root] == nil {
			at[root] = &group{}
			groups = append(groups, at[root])
		}
		at[root].writes = append(at[root].writes, m)
	}
	for _, g := range groups {
		g.key = unique(names, cmp.Or(g.writes[0].record, g.writes[0].target, "all"))
	}
	return groups
}

// unique returns a name that was not returned before.
func unique(names map[string]int, name string) string {
	names[name]++
	if n := names[name]; n > 1 {
		return unique(names, fmt.Sprintf("%s-%d", name, n))
	}
	return name
}

var notInStep = regexp.MustCompile(`[^a-z0-9_-]+`)

// stepName returns the name of the step that takes back what a place did.
func stepName(place string) string {
	return cmp.Or(strings.Trim(notInStep.ReplaceAllString(place, "-"), "-"), "undo")
}
