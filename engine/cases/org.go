package cases

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// names are the keys by which people know the things in a dump, in the order in which they count.
var names = []string{"login", "userName", "label", "name", "displayName", "id"}

// state is the dump of a server: its sections by name.
type state map[string]card.Value

// readState reads a dump.
func readState(dump []byte) state {
	root, _ := flow.ReadData("dump", dump) // a simulator wrote it
	all, _ := root.Literal().(map[string]any)
	return all
}

// named returns the things of a section by their names; false for a section that is not a list of things.
func named(section card.Value) (map[string]any, bool) {
	list, ok := section.([]any)
	if !ok {
		return nil, section == nil
	}
	all := map[string]any{}
	for _, item := range list {
		thing, _ := item.(map[string]any)
		name := nameOf(thing)
		if name == "" {
			return nil, false
		}
		for n := 2; all[name] != nil; n++ { // two with the same name
			name = fmt.Sprintf("%s (%d)", nameOf(thing), n)
		}
		all[name] = thing
	}
	return all, true
}

func nameOf(thing map[string]any) string {
	for _, key := range names {
		if name, ok := thing[key].(string); ok && name != "" {
			return name
		}
	}
	return ""
}

// matchState compares what is expected of a server with its dump: lists of things as mappings by name.
func (m matcher) matchState(path string, want *flow.Node, states [2]state) {
	m.unsorted = true
	was, got := states[0], states[1]
	for _, field := range want.Fields {
		key := joined(path, field.Key.Text)
		if field.Value.Kind != flow.Mapping {
			m.match(key, field.Value, got[field.Key.Text])
			continue
		}
		things, ok := named(got[field.Key.Text])
		if !ok {
			m.match(key, field.Value, got[field.Key.Text])
			continue
		}
		before, _ := named(was[field.Key.Text])
		for _, one := range field.Value.Fields {
			thing, there := found(things, one.Key.Text)
			_, known := found(before, one.Key.Text)
			switch {
			case there:
				m.match(joined(key, one.Key.Text), one.Value, thing)
			case !one.Value.IsNull():
				*m.failures = append(*m.failures, Failure{
					Pos: one.Key.Pos, Width: one.Key.Width, What: joined(key, one.Key.Text), Want: shown(m.veil, one.Value.Literal()),
					Got: "it is not there" + among(things),
				})
			case !known:
				m.absent(one.Key, joined(key, one.Key.Text), before)
			}
		}
	}
}

// found finds a thing by its name, by its name in another case, or by its id.
func found(things map[string]any, name string) (any, bool) {
	thing, there := things[name]
	if !there {
		thing, there = folded(things, name)
	}
	if !there {
		thing, there = withID(things, name)
	}
	return thing, there
}

// folded finds a thing by its name in another case.
func folded(things map[string]any, name string) (any, bool) {
	for _, other := range slices.Sorted(maps.Keys(things)) {
		if strings.EqualFold(other, name) {
			return things[other], true
		}
	}
	return nil, false
}

// withID finds a thing by its id.
func withID(things map[string]any, id string) (any, bool) {
	for _, thing := range things {
		if own, _ := thing.(map[string]any)["id"].(string); own == id {
			return thing, true
		}
	}
	return nil, false
}

// among lists the names of things, if they are few.
func among(things map[string]any) string {
	if len(things) == 0 || len(things) > 12 {
		return ""
	}
	return "; there are " + strings.Join(slices.Sorted(maps.Keys(things)), ", ")
}

// changes describes how a section changed; empty if it did not.
func changes(secrets *veil.Veil, before, after card.Value) string {
	if asJSON(before) == asJSON(after) {
		return ""
	}
	was, ok := named(before)
	is, listed := named(after)
	if !ok || !listed {
		return shown(secrets, before) + " became " + shown(secrets, after)
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if is[name] == nil {
			all = append(all, name+" was removed")
		} else if a, b := was[name].(map[string]any), is[name].(map[string]any); asJSON(a) != asJSON(b) {
			all = append(all, name+": "+fieldsChanged(secrets, a, b))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if was[name] == nil {
			all = append(all, name+" was added")
		}
	}
	const most = 10
	if len(all) > most {
		all = append(all[:most], fmt.Sprintf("and %d more", len(all)-most))
	}
	return strings.Join(all, "; ")
}

// fieldsChanged describes the differences of two things.
func fieldsChanged(secrets *veil.Veil, a, b map[string]any) string {
	keys := slices.Compact(slices.Sorted(maps.Keys(a)))
	for key := range b {
		if _, there := a[key]; !there {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var all []string
	for _, key := range keys {
		if asJSON(a[key]) != asJSON(b[key]) {
			all = append(all, fmt.Sprintf("%s %s → %s", key, shown(secrets, a[key]), shown(secrets, b[key])))
		}
	}
	return strings.Join(all, ", ")
}
