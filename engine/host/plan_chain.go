package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// chain follows the states of what the writes of a plan change, one after the other: a later write finds what an earlier one left.
type chain struct {
	states map[string]card.State
	open   map[string]bool   // an earlier write leaves a state that is not known
	last   map[string]writer // who wrote last
	named  map[string]string // by name, in lower case: the key of what an earlier write gave this name; empty for a name that it took away
}

// writer is a write of a plan: its index, and the record that it is in.
type writer struct {
	nth    int
	record string
}

func newChain() *chain {
	return &chain{states: map[string]card.State{}, open: map[string]bool{}, last: map[string]writer{}, named: map[string]string{}}
}

// add adds a write to the plan.
func (c *chain) add(p *Plan, w Withheld, names *names) {
	key := c.key(w)
	planned := c.planned(key, w, names)
	now := writer{len(p.Writes), w.run + " " + w.place.InnerRecord().ID()}
	if before, again := c.last[key]; again && (before.record != now.record || p.Writes[before.nth].Shared) {
		planned.Shared, p.Writes[before.nth].Shared = true, true
	}
	c.last[key] = now
	p.Writes = append(p.Writes, planned)
}

// planned returns a write of the plan.
func (c *chain) planned(key string, w Withheld, names *names) PlannedWrite {
	of := w.write
	p := PlannedWrite{
		Run: w.run, Place: w.place, Step: w.Step, Name: w.Name, Record: w.Record, Card: w.Card, Connection: of.Connection, Effect: of.Effect.String(),
		Target: names.target(w.card, w.Input, of.Before), Input: w.Input, Unknown: unknownPaths(nil, nil, w.Input),
	}
	after := card.Predicted{}
	if of.After != nil {
		after = *of.After
	}
	if before, again := c.states[key]; again && of.Again != nil {
		known := map[string]string{} // also of this write's input, such as logins
		maps.Copy(known, of.Before.Names)
		maps.Copy(known, before.Names)
		before.Names = known
		p.Before, after = &before, of.Again(before)
	} else if named, renamed := c.named[c.name(w)]; renamed && named == "" && of.Again != nil {
		before := card.State{Missing: true}
		p.Before, after = &before, of.Again(before)
	} else if !of.Before.IsZero() {
		p.Before = &of.Before
	}
	if c.open[key] {
		p.Before = nil
	}
	p.judge(w.card, after)
	p.Names = names.in(p)
	if c.open[key] && p.Verdict == MayChange {
		p.Reason = "an earlier write leaves a state that only the run will know"
	}
	switch {
	case after.Refused != "", p.Before != nil && p.Before.Missing && p.Verdict == MayChange && !makes(w.Card): // it changes nothing
	case p.Before != nil && p.Verdict != MayChange:
		c.states[key] = after.Over(*p.Before)
		c.rename(key, w, *p.Before)
		c.open[key] = slices.ContainsFunc(after.Unseen, func(name string) bool { return p.Before.Fields[name] != nil })
	default:
		c.open[key] = true
	}
	return p
}

// key identifies what a write changes, for the writes of cards about the same kind of thing: by its id, which a login also leads to, or by the
// two things that belong together. A name that an earlier write gave or took away is that of another thing than when the plan was made.
func (c *chain) key(w Withheld) string {
	resource := w.Card[:strings.LastIndexByte(w.Card, '.')]
	named, renamed := c.named[c.name(w)]
	if named != "" {
		return named
	}
	if id, ok := w.write.Before.Fields["id"].(string); ok && !renamed && strings.Count(w.card.Spec.Target, "{") < 2 {
		return fmt.Sprintf("%s %s %s", w.write.Connection, resource, id)
	}
	return fmt.Sprintf("%s %s %q", w.write.Connection, resource, w.card.Target(w.Input, card.State{}))
}

// name identifies the name by which a write finds what it changes.
func (c *chain) name(w Withheld) string {
	return nameOf(w, w.card.Target(w.Input, card.State{}))
}

func nameOf(w Withheld, name string) string {
	return fmt.Sprintf("%s %s %q", w.write.Connection, w.Card[:strings.LastIndexByte(w.Card, '.')], strings.ToLower(name))
}

// rename notes that a write gives a user or a group, which has a name before, another one.
func (c *chain) rename(key string, w Withheld, before card.State) {
	for _, path := range [][]string{{"profile", "login"}, {"profile", "name"}, {"userName"}, {"displayName"}} {
		kind := ".group."
		if path[len(path)-1] == "login" || path[0] == "userName" {
			kind = ".user."
		}
		was, _ := card.Field(before.Fields, path).(string)
		is, _ := card.Field(c.states[key].Fields, path).(string)
		if strings.Contains(w.Card, kind) && was != "" && is != "" && !strings.EqualFold(was, is) {
			c.named[nameOf(w, was)], c.named[nameOf(w, is)] = "", key
		}
	}
}
