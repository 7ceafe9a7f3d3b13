package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// PlanGroup is the writes of one card, in the order of the run.
type PlanGroup struct {
	Card    string // with the connection, if the plan has several
	Summary PlanSummary
	Writes  []PlannedWrite
}

// ByCard returns the writes grouped by card, in the order of the first ones.
func (p *Plan) ByCard() (groups []PlanGroup) {
	at := map[string]int{}
	for _, w := range p.Writes {
		name := w.Card
		if len(p.Connections) > 1 && w.Connection != "" {
			name += " on " + w.Connection
		}
		i, known := at[name]
		if !known {
			i, at[name] = len(groups), len(groups)
			groups = append(groups, PlanGroup{Card: name})
		}
		groups[i].Writes = append(groups[i].Writes, w)
	}
	for i := range groups {
		groups[i].Summary = summaryOf(groups[i].Writes)
	}
	return groups
}

// Orgs returns what the plan is for, such as "acme.okta.com".
func (p *Plan) Orgs() string {
	var all []string
	for _, c := range p.Connections {
		org := c.Org
		if len(p.Connections) > 1 {
			org = c.Name + ": " + org
		}
		if c.Simulated {
			org += " (simulated)"
		}
		if !slices.Contains(all, org) {
			all = append(all, org)
		}
	}
	if len(all) == 0 {
		return "this workspace"
	}
	return strings.Join(all, " and ")
}

// Adds reports whether the write creates something, or puts something into something else.
func (w PlannedWrite) Adds() bool { return w.Creates || w.isSwitch(true) }

// Removes reports whether the write deletes something, or takes something out of something else.
func (w PlannedWrite) Removes() bool { return w.Deletes || w.isSwitch(false) }

// isSwitch reports whether all that the write changes is whether one thing belongs to another.
func (w PlannedWrite) isSwitch(on bool) bool {
	return len(w.Unseen) == 0 && len(w.Changes) == 1 && len(w.Changes[0].Path) == 1 && w.Changes[0].Path[0] == "member" && w.Changes[0].New == on
}

// Identifies reports whether an input of the write is this id: its target shows the name.
func (w PlannedWrite) Identifies(id string) bool {
	for _, value := range w.Input {
		if value == any(id) {
			return true
		}
	}
	return false
}

// Details returns what the write changes as phrases: `department: "Sales" → "Revenue"`.
func (w PlannedWrite) Details() (all []string) {
	if w.Verdict == MayChange {
		for _, name := range slices.Sorted(maps.Keys(w.Input)) {
			if text := inputWords(w.Input[name]); !strings.Contains(" "+w.Target+" ", " "+strings.Trim(text, `"`)+" ") {
				all = append(all, name+": "+text)
			}
		}
		all = append(all, w.Reason)
	}
	for _, change := range w.Changes {
		if w.isSwitch(change.New == true) {
			continue
		}
		all = append(all, change.Words(w.Creates || w.Deletes, w.Names))
	}
	if len(w.Unseen) > 0 {
		all = append(all, "also: "+strings.Join(w.Unseen, ", "))
	}
	return all
}

// Name returns the name of the field: its path, without the profile around it.
func (c PlannedChange) Name() string {
	path := c.Path
	if len(path) > 1 && path[0] == "profile" {
		path = path[1:]
	}
	return strings.Join(path, ".")
}

// Words returns the change as a phrase. whole is set if all of a thing is new, or lost: then only its value is of interest. names are what people
// call the things whose ids are in lists.
func (c PlannedChange) Words(whole bool, names map[string]string) string {
	before, wasList := c.Old.([]any)
	after, isList := c.New.([]any)
	switch {
	case whole && c.New != nil:
		return c.Name() + ": " + valueWords(c.New)
	case whole:
		return c.Name() + ": " + valueWords(c.Old)
	case (wasList || c.Old == nil) && (isList || c.New == nil) && scalars(before) && scalars(after):
		return c.Name() + ": " + listWords(before, after, names)
	}
	return c.Name() + ": " + valueWords(c.Old) + " → " + valueWords(c.New)
}

// listWords returns the items that are added to a list and removed from it.
func listWords(before, after []any, names map[string]string) string {
	var parts []string
	missing := func(sign string, items, among []any) {
		in := make(map[any]bool, len(among))
		for _, item := range among {
			in[item] = true
		}
		for _, item := range items {
			if !in[item] {
				parts = append(parts, sign+itemWords(item, names))
			}
		}
	}
	missing("+ ", after, before)
	missing("- ", before, after)
	if len(parts) == 0 {
		return "another order"
	}
	return strings.Join(parts, ", ")
}

// itemWords returns an item of a list, with its name if it is the id of something.
func itemWords(item any, names map[string]string) string {
	if id, is := item.(string); is && names[id] != "" {
		return names[id]
	}
	return valueWords(item)
}

// scalars reports whether a list has neither lists nor objects, so that its items can be compared.
func scalars(list []any) bool {
	return !slices.ContainsFunc(list, func(item any) bool {
		switch item.(type) {
		case []any, map[string]any:
			return true
		}
		return false
	})
}

// inputWords returns an input; one that is not known as the placeholder for it.
func inputWords(v any) string {
	if unknown, is := v.(fmt.Stringer); is {
		return unknown.String()
	}
	return valueWords(v)
}

// valueWords returns a value as JSON; what has no value is "none".
func valueWords(v any) string {
	if v == nil {
		return "none"
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // every value of the model has JSON
		return fmt.Sprint(v)
	}
	return string(words.VisibleJSON(data))
}
