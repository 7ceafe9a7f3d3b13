package host

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// thing returns what a write is about, as the writes of the run and those of its undos have it.
func (m *made) thing() string { return thingOf(m.conn, m.card, cmp.Or(m.id, m.target)) }

func thingOf(connection, name, target string) string {
	return connection + " " + resource(name) + strings.ToLower(target)
}

// findOwn finds for each write when its run last changed what the write set. That is not known if one of the writes that set it has no time.
func findOwn(all []*made) {
	last, unknown := map[string]time.Time{}, map[string]bool{} // by thing and field
	for _, m := range all {
		for _, field := range m.sets {
			key := m.thing() + " " + field
			unknown[key] = unknown[key] || m.moved.IsZero()
			last[key] = later(last[key], m.moved)
		}
	}
	for _, m := range all {
		for _, field := range m.sets {
			key := m.thing() + " " + field
			if unknown[key] {
				m.own = time.Time{}
				break
			}
			m.own = later(m.own, last[key])
		}
	}
}

// lastOwn returns when the run, or an undo of it, last changed what a write set; zero if that is not known. A later time that the service reports is that of
// a change by somebody else.
func (u *Undo) lastOwn(number int) time.Time {
	m := u.made[number]
	if m == nil || m.own.IsZero() {
		return time.Time{}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return later(m.own, u.moved[m.thing()])
}

// took remembers when this undo changed what a write is about.
func (u *Undo) took(number int, out engine.Value) {
	if m, at := u.made[number], card.ChangedAt(out); m != nil && !at.IsZero() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.moved[m.thing()] = later(u.moved[m.thing()], at)
	}
}

// undosMoved adds when the undos of a run, and the undos of these, last changed each thing.
func (w *Workspace) undosMoved(ctx context.Context, history *store.Store, run string, last map[string]time.Time) error {
	for filter := (store.Filter{Flow: undoName + run}); ; {
		undos, err := history.Runs(ctx, filter)
		if err != nil || len(undos) == 0 {
			return err
		}
		for _, undo := range undos {
			for page := (store.Page{Limit: 1000}); ; {
				writes, err := history.Writes(ctx, undo.ID, page)
				if err != nil {
					return err
				}
				if len(writes) == 0 {
					break
				}
				for _, one := range writes {
					thing := thingOf(one.Connection, one.Card, one.Target)
					last[thing] = later(last[thing], card.ChangedAt(one.Result))
				}
				page.After = writes[len(writes)-1].At
			}
			if err := w.undosMoved(ctx, history, undo.ID, last); err != nil {
				return err
			}
		}
		filter.Before = undos[len(undos)-1].ID
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
