package host

import (
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/tables"
)

// Tables returns the tables of the workspace. Close them when nothing uses them any more.
func (w *Workspace) Tables() *tables.Store {
	var declared []card.Table
	for _, t := range w.Workspace.Tables {
		if t.Key != nil { // otherwise no flow can use it
			declared = append(declared, check.Table(t))
		}
	}
	return tables.New(tables.Config{
		State: w.config.State, Tables: declared, Power: w.durability() == store.Power,
		Secret: func(text string) bool { return w.config.Veil.String(text) != text },
	})
}
