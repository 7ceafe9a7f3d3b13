package host

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Change is an attempt of a write with what it changed, for auditors. Secrets are hidden.
type Change struct {
	Act
	Name    string `json:"name,omitempty"`    // the step's name in the flow
	Attempt int    `json:"attempt,omitempty"` // the number of the attempt, if it is not the first
	// Changes are the fields that the call sets: those that differ from the state before it, if that is known.
	Changes []FieldChange `json:"changes,omitempty"`
	// Unseen are what the call changes that nobody can read, such as a password.
	Unseen []string `json:"unseen,omitempty"`
	// Known reports whether the state before the call is known: then a field without Old had no value.
	Known bool `json:"before_known"`
	// Uncertain reports whether another write of the run on the same thing went on at about the same time, so that the state before the call may not be the one
	// that it has changed. A change of a list may then be another one, too.
	Uncertain bool `json:"before_uncertain,omitempty"`
	Gone      bool `json:"gone,omitempty"` // it removes the thing
	// Input is what was asked for, of a card that does not say what it makes of the state before.
	Input engine.Value `json:"input,omitempty"`
}

// FieldChange is a field that a call sets.
type FieldChange struct {
	Field string       `json:"field"` // "profile.department"
	Old   engine.Value `json:"old,omitempty"`
	New   engine.Value `json:"new,omitempty"` // nil: it is cleared
	// Added and Removed are the items of a list that are only in New, or only in Old. Old and New are then nil.
	Added   []any `json:"added,omitempty"`
	Removed []any `json:"removed,omitempty"`
}

// pageOfChanges is the number of writes that are read at a time. Each can have a state of several megabytes.
const pageOfChanges = 50

// Changes calls each for all attempts of writes of a run, in the order in which they were begun. It has few of them in memory at a time. Errors are
// those of RunNamed, and those of each.
func (w *Workspace) Changes(ctx context.Context, id string, each func(Change) error) error {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return err
	}
	history, err := w.History()
	if err != nil {
		return err
	}
	var plan *engine.Plan // only for the names of steps
	if _, checked, err := w.flowOf(run, AsStarted); err == nil {
		plan = checked.Plan
	}
	overlapped, err := history.Overlapped(ctx, run.ID)
	if err != nil {
		return err
	}
	for page := (store.Page{Limit: pageOfChanges}); ; {
		writes, err := history.Writes(ctx, run.ID, page)
		if err != nil || len(writes) == 0 {
			return err
		}
		for _, write := range writes {
			logins, err := history.LoginsOf(ctx, write)
			if err != nil {
				return err
			}
			c := w.changeOf(write, run, logins)
			c.Uncertain = overlapped[write.At]
			if plan != nil {
				c.Name = plan.Title(write.Place, write.Card)
			}
			if err := each(c); err != nil {
				return err
			}
		}
		page.After = writes[len(writes)-1].At
	}
}

// changeOf returns what a write changed. A write that changed nothing has no Changes.
func (w *Workspace) changeOf(write store.Write, run store.Run, logins map[string]string) Change {
	c := Change{Act: actOf(write, run), Known: !write.Before.IsZero()}
	if write.Attempt > 1 {
		c.Attempt = write.Attempt
	}
	of, known := w.config.Cards[write.Card]
	in := write.In
	if known {
		in = card.Shown(of.In, in)
	}
	c.Target = withNames(write, logins)
	if c.Result == ActUnchanged {
		return c
	}
	after, err := of.After(write.In, write.Before)
	if !known || !of.HasAfter() || err != nil {
		c.Input = in
		c.Changes, _ = answered(write)
		return c
	}
	c.Gone, c.Unseen = after.Gone, after.Unseen
	for _, d := range after.Differences(write.Before) {
		c.Changes = append(c.Changes, fieldChange(strings.Join(d.Path, "."), d.Old, d.New))
	}
	if made, known := answered(write); known { // it is what was done, also by a call that failed
		c.Changes = append(slices.DeleteFunc(c.Changes, func(f FieldChange) bool { return f.Field == membersField }), made...)
	}
	return c
}

// membersField is the field of members in the state of a group.
const membersField = "members"

// answered returns what an answer, or the details of an error, says of the members that were added and removed; false if it says nothing of them.
func answered(write store.Write) (changes []FieldChange, known bool) {
	answer := write.Result
	if write.Err != nil {
		answer = card.AsError(write.Err).Details
	}
	fields, _ := answer.(map[string]any)
	added, adds := fields["added"].([]any)
	removed, removes := fields["removed"].([]any)
	if len(added)+len(removed) > 0 {
		changes = append(changes, FieldChange{Field: membersField, Added: added, Removed: removed})
	}
	if doubt, _ := fields["in_doubt"].([]any); len(doubt) > 0 {
		changes = append(changes, FieldChange{Field: membersField + ", in doubt", New: doubt})
	}
	return changes, adds && removes
}

// fieldChange returns the change of a field: of a list, its items, if they are a set of texts.
func fieldChange(field string, was, is engine.Value) FieldChange {
	before, isList := textItems(was)
	after, areList := textItems(is)
	if !isList || !areList || was == nil && is == nil {
		return FieldChange{Field: field, Old: was, New: is}
	}
	c := FieldChange{Field: field, Added: without(after, before), Removed: without(before, after)}
	if len(c.Added)+len(c.Removed) == 0 || len(before)+len(c.Added)-len(c.Removed) != len(after) { // another order, or one item twice
		return FieldChange{Field: field, Old: was, New: is}
	}
	return c
}

// textItems returns the items of a list of texts; nil counts as an empty one.
func textItems(v engine.Value) (items []any, ok bool) {
	items, ok = v.([]any)
	for _, item := range items {
		if reflect.TypeOf(item) != reflect.TypeFor[string]() {
			return nil, false
		}
	}
	return items, ok || v == nil
}

// without returns the items of a list that are not in another one.
func without(list, other []any) (left []any) {
	known := make(map[any]bool, len(other))
	for _, item := range other {
		known[item] = true
	}
	for _, item := range list {
		if !known[item] {
			left = append(left, item)
		}
	}
	return left
}

// withNames returns the target of a write with the name of each id in it, as far as the write or the state before it has one:
// "Staff (00g1) ← ada@acme.example (00u1)".
func withNames(w store.Write, logins map[string]string) string {
	in, _ := w.In.(map[string]any)
	names := map[string]string{}
	for input, name := range w.Before.Names {
		if id, ok := in[input].(string); ok {
			names[id] = name
		}
	}
	parts := strings.Split(w.Target, " ← ")
	for i, id := range parts {
		name := names[id]
		if name == "" {
			name = logins[store.Subject(id)]
		}
		if name != "" && !strings.EqualFold(name, id) {
			parts[i] = name + " (" + id + ")"
		}
	}
	return strings.Join(parts, " ← ")
}

// Family calls each for a run and those that it started, directly or by others: each before those that it started.
func (w *Workspace) Family(ctx context.Context, id string, each func(*Past) error) error {
	p, err := w.Past(ctx, id)
	if err != nil {
		return err
	}
	if err := each(p); err != nil {
		return err
	}
	history, err := w.History()
	if err != nil {
		return err
	}
	for filter := (store.Filter{Parent: &p.Run.ID}); ; {
		page, err := history.Runs(ctx, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		filter.Before = page[len(page)-1].ID
		slices.Reverse(page)
		for _, started := range page {
			if err := w.Family(ctx, started.ID, each); err != nil {
				return err
			}
		}
	}
}
