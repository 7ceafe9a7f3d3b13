package host

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Group is the records, or steps of records, that failed with the same error.
type Group struct {
	Kind    card.Kind `json:"kind,omitempty"` // of the first one's error
	Code    string    `json:"code,omitempty"` // the service's code of the first one's error; empty if there is none
	Message string    `json:"message"`
	Count   int       `json:"count"`
	First   string    `json:"first"`           // the path of the first one
	Title   string    `json:"name,omitempty"`  // the name in the flow of the first one or, for a record, of the step that failed in it, for people
	Place   string    `json:"place,omitempty"` // the position in the flow of the first one's error; empty if it is not known
}

// Groups are failed records, grouped by error.
type Groups struct {
	hide    func(string) string // removes secrets from messages
	byError map[string]*Group
	rest    int // number of records with other errors, after mostErrors
}

// mostErrors is the maximum number of groups: a list may have a million records, and each may fail with its own
// message.
const mostErrors = 1000

func newGroups(hide func(string) string) *Groups {
	return &Groups{hide: hide, byError: map[string]*Group{}}
}

// see counts a record under its error, unless that is the error of a record in it, which was counted.
func (g *Groups) see(e engine.Event) {
	if !ofInner(e) {
		g.add(e)
	}
}

// ofInner reports whether a record failed because records in it failed.
func ofInner(e engine.Event) bool {
	for err := e.Err; err != nil; {
		step := (*engine.Error)(nil)
		if !errors.As(err, &step) {
			return false
		}
		for at := step.Place.InnerRecord().Around().InnerRecord(); !at.IsZero(); at = at.Around().InnerRecord() {
			if at.Equal(e.Place) {
				return true
			}
		}
		err = step.Cause.Err
	}
	return false
}

// add counts a record under its error. Errors that differ only in the record's key are the same.
func (g *Groups) add(e engine.Event) {
	failure := card.AsError(e.Err)
	message := g.hide(failure.Message) // before the key is removed, which may be a part of a secret
	same := withoutKey(message, e.Place)
	if f := g.byError[same]; f != nil {
		f.Message = same
		f.Count++
		return
	}
	if len(g.byError) == mostErrors {
		g.rest++
		return
	}
	first := &Group{Message: message, Count: 1, First: e.Place.String()}
	if e.Status != engine.Undecidable {
		first.Kind, first.Code = failure.Kind, g.hide(failure.Code)
	}
	if placed := (*engine.Error)(nil); errors.As(e.Err, &placed) {
		first.Title, first.Place = placed.Title, placed.Pos.String()
	}
	if e.Kind == engine.StepEnded {
		first.Title = e.Title
	}
	g.byError[same] = first
}

// withoutKey returns the message of an error without the key of the innermost record at a place.
func withoutKey(message string, at engine.Place) string {
	if key := at.InnerRecord().Key(); len(key) > len("1000") { // a short key, such as an index, may be a part of any word
		return strings.ReplaceAll(message, key, "…")
	}
	return message
}

// Of returns the group of an error that ended the run; nil if it is not that of a record.
func (g *Groups) Of(f *Failure) *Group {
	if g == nil || f == nil || !f.at.InRecord() {
		return nil
	}
	if group := g.byError[withoutKey(g.hide(f.Message), f.at)]; group != nil && group.Place == f.Place && group.Code == g.hide(f.Code) {
		return group
	}
	return nil
}

// Largest returns the n largest groups, the largest first, and the number of records in other groups.
func (g *Groups) Largest(n int) (shown []*Group, rest int) {
	all := slices.SortedFunc(maps.Values(g.byError), func(a, b *Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Message, b.Message))
	})
	rest = g.rest
	for _, f := range all[min(len(all), n):] {
		rest += f.Count
	}
	return all[:min(len(all), n)], rest
}

// mostReported is the number of groups in a report's JSON.
const mostReported = 20

// reported returns copies of the largest groups; nil if there are none.
func (g *Groups) reported() (all []Group) {
	largest, _ := g.Largest(mostReported)
	for _, one := range largest {
		all = append(all, *one)
	}
	return all
}

// atLeast adds groups that are missing in others, and returns the larger ones.
func atLeast(groups, others []Group) []Group {
	all := slices.Clone(groups)
	for _, o := range others {
		i := slices.IndexFunc(all, func(g Group) bool { return g.Message == o.Message || g.First == o.First })
		switch {
		case i < 0:
			all = append(all, o)
		case o.Count > all[i].Count:
			all[i] = o
		}
	}
	return all
}

// failedBefore returns the errors of the records that failed before a run was resumed, as far as the journal has them: without those
// of loops in records that succeeded.
func (r *runs) failedBefore(run string) ([]Group, error) {
	groups := newGroups(r.workspace.config.Veil.Message)
	err := r.store.EachFailed(context.WithoutCancel(r.ctx), run, func(at engine.Place, failure error) {
		groups.see(engine.Event{Place: at, Err: failure, Status: engine.Failed})
	})
	return groups.reported(), err
}

// followErrors adds the groups of the process before.
func (r *Report) followErrors(before []Group) {
	all := newGroups((*veil.Veil)(nil).Message) // a copy: the run may go on to count
	if r.Failures == nil {                      // a report so far, which has the largest only
		for _, g := range r.Errors {
			all.byError[g.Message] = &g
		}
	} else {
		all.hide, all.rest = r.Failures.hide, r.Failures.rest
		for same, g := range r.Failures.byError {
			one := *g
			all.byError[same] = &one
		}
	}
	for _, b := range before {
		same := b.Message
		for known, f := range all.byError {
			if f.Message == b.Message {
				same = known
				b.Count += f.Count
			}
		}
		all.byError[same] = &b
	}
	r.Failures, r.Errors = all, all.reported()
}
