package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// gone is what a run did at places that the flow no longer has: it stays in the report, and is not undone.
type gone struct {
	asked   string                   // the run that is resumed
	counted map[string][]store.Write // by run: the writes that the report does not have yet, since their scopes have not ended
	names   []string                 // of all places with a write, those of records that have ended as well
}

// find finds the places of a run, and of the runs that it started, that the flow no longer has. It returns a UsageError if a write at one of
// them may have been done and is not decided, since nothing would settle it later.
func (g *gone) find(ctx context.Context, history *store.Store, run store.Run, p *engine.Plan, f *Checked, decided map[int64]bool) error {
	changed := p.Digest() != run.Digest
	if changed {
		if err := g.findIn(ctx, history, run, p, decided); err != nil {
			return err
		}
	}
	for filter := (store.Filter{Parent: &run.ID}); ; {
		page, err := history.Runs(ctx, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, started := range page {
			if changed {
				whole, err := history.Run(ctx, started.ID) // a page has no Start.At
				if err != nil {
					return err
				}
				if at := whole.Start.At; !at.IsZero() && !p.Starts(at, started.Flow) {
					g.names = append(g.names, fmt.Sprintf("%s (start of run %s)", at.Name(), started.ID))
				}
			}
			if to := f.started(started.Flow); to != nil && started.Resumable() {
				if err := g.find(ctx, history, started, to, f, decided); err != nil {
					return err
				}
			}
		}
		filter.Before = page[len(page)-1].ID
	}
}

// findIn finds the places of one run.
func (g *gone) findIn(ctx context.Context, history *store.Store, run store.Run, p *engine.Plan, decided map[int64]bool) error {
	known := map[string]bool{}
	has := func(at engine.Place, card string) bool {
		name := at.General().ID() + " " + card
		if _, asked := known[name]; !asked {
			known[name] = p.Calls(at, card)
		}
		return known[name]
	}
	open, err := history.Undecided(ctx, run.ID)
	if err != nil {
		return err
	}
	of, hint := "", "look, and add --did %s=yes if it was done, or =no"
	if run.ID != g.asked {
		of, hint = " of run "+run.ID, "look, and settle it first: flowdeck resume "+run.ID+" --with-latest --did %s=yes if it was done, or =no"
	}
	did := func(at engine.Place, card string) { g.names = append(g.names, fmt.Sprintf("%s (%s)%s", at, card, of)) }
	for _, w := range open {
		if has(w.Place, w.Card) {
			continue
		}
		done, now := decided[w.At]
		switch {
		case now && done && (w.Settled == nil || !*w.Settled):
			did(w.Place, w.Card)
		case !now && w.Settled == nil:
			return Usage(fmt.Sprintf(hint, w.Place), "%s at %s%s may have been done, and flow %q no longer has this step", w.Card, w.Place, of, run.Flow)
		}
	}
	if err := history.EachPlace(ctx, run.ID, func(at engine.Place, card string) {
		if !has(at, card) {
			did(at, card)
		}
	}); err != nil {
		return err
	}
	writes, err := history.Going(ctx, run.ID)
	if err != nil {
		return err
	}
	writes = slices.DeleteFunc(writes, func(w store.Write) bool { return has(w.Place, w.Card) })
	for i, w := range writes {
		if done, now := decided[w.At]; now {
			writes[i].Settled = &done
		}
	}
	if len(writes) > 0 {
		g.counted[run.ID] = writes
	}
	return nil
}

// countGone counts calls whose steps the flow no longer has.
func countGone(writes []store.Write) engine.Counts {
	c := engine.Counts{Writes: map[string]engine.Writes{}}
	for len(writes) > 0 {
		first := writes[0]
		var attempts []engine.Effect
		writes = slices.DeleteFunc(slices.Clone(writes), func(w store.Write) bool {
			if !w.Place.Equal(first.Place) {
				return false
			}
			switch e := (engine.Effect{Value: w.Result, Err: w.Err}); {
			case w.Settled == nil:
				attempts = append(attempts, e)
			case *w.Settled:
				attempts = append(attempts, engine.Effect{Value: map[string]any{"changed": true}})
			}
			return true
		})
		if len(attempts) > 0 {
			counted := c.Writes[first.Card]
			counted.CountCall(attempts)
			c.Writes[first.Card] = counted
		}
	}
	return c
}

// Gone returns a phrase about the writes that were done by steps which the flow no longer has; empty if there are none.
func (r *Resume) Gone() string {
	names := r.gone.names
	if len(names) == 0 {
		return ""
	}
	const most = 5
	text := strings.Join(names[:min(len(names), most)], ", ")
	if rest := len(names) - most; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	if len(names) == 1 {
		return "1 write of a step that the flow no longer has: " + text + ". It is not undone; if its step, or one around it, was renamed, it is made again"
	}
	return fmt.Sprintf("%d writes of steps that the flow no longer has: %s. They are not undone; those whose step, or one around it, was renamed are made again",
		len(names), text)
}
