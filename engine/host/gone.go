package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// gone finds the writes of a run whose steps the flow no longer has: they stay in the report, and are not made again. It returns a UsageError
// if one of them may have been done and is not decided, since nothing would settle it later.
func gone(ctx context.Context, history *store.Store, run store.Run, p *engine.Plan, decided map[int64]bool) ([]store.Write, error) {
	if p.Digest() == run.Digest {
		return nil, nil
	}
	writes, err := history.Going(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	writes = slices.DeleteFunc(writes, func(w store.Write) bool { return p.Calls(w.Place, w.Card) })
	for i, w := range writes {
		if done, ok := decided[w.At]; ok {
			writes[i].Settled = &done
			continue
		}
		if w.Doubt && w.Settled == nil {
			return nil, Usage(fmt.Sprintf("look, and add --did %s=yes if it was done, or =no", w.Place),
				"%s at %s may have been done, and flow %q no longer has this step", w.Card, w.Place, run.Flow)
		}
	}
	return writes, nil
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
	var done []string
	for _, w := range r.gone {
		if name := fmt.Sprintf("%s (%s)", w.Place, w.Card); (w.Changed || w.Settled != nil && *w.Settled) && !slices.Contains(done, name) {
			done = append(done, name)
		}
	}
	if len(done) == 0 {
		return ""
	}
	const most = 5
	text := strings.Join(done[:min(len(done), most)], ", ")
	if len(done) > most {
		text += ", …"
	}
	if len(done) == 1 {
		return "1 write of a step that the flow no longer has: " + text + ". It is neither repeated nor undone"
	}
	return fmt.Sprintf("%d writes of steps that the flow no longer has: %s. They are neither repeated nor undone", len(done), text)
}
