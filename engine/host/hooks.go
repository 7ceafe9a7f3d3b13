package host

import (
	"cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
)

// HookKeeper returns what keeps the event hooks of a service on a connection of the workspace. The error is for people: there is no such connection, it is
// read-only, or its service has no event hooks.
func (w *Workspace) HookKeeper(connection string) (use engine.Use, keeper card.HookKeeper, err error) {
	conn, ok := w.Connection(connection)
	use = engine.Use{Service: typeOf(conn), Name: connection}
	if !ok {
		return use, nil, &card.Error{Kind: card.NotFound, Message: "the workspace has no connection " + connection + " any more"}
	}
	if check.ReadOnly(conn) {
		return use, nil, &card.Error{
			Kind: card.Forbidden, Message: "connection " + connection + " is read_only", Hint: "use another connection, or remove read_only from it",
		}
	}
	for _, t := range w.config.Triggers {
		if t.Keeper != nil && t.Service() == use.Service {
			return use, t.Keeper, nil
		}
	}
	return use, nil, &card.Error{Kind: card.Invalid, Message: "the service of connection " + connection + " has no event hooks"}
}

// Org returns a text that is the same as long as a connection leads to the same org.
func (o *Connections) Org(name string) string {
	id := o.ids[name]
	return cmp.Or(id.Key, id.Org)
}
