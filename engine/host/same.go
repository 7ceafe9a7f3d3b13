package host

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// SameAs returns a UsageError if a connection leads to another org than when the run started: what the run knows is of that
// org.
func (o *Connections) SameAs(run store.Run) error {
	for _, then := range run.Connections {
		now, open := o.ids[then.Name]
		if !open || same(then, now) {
			continue
		}
		was, is := then.Org, now.Org
		if strings.Contains(then.Key, "://") && strings.Contains(now.Key, "://") { // the same host
			was, is = then.Key, now.Key
		}
		const hint = "set the connection back, or run the flow again"
		url := strings.Contains(then.Key+now.Key, "://")
		if then.Simulated && now.Simulated && !url && then.Key != then.Org && now.Key != now.Org {
			return Usage(hint, "run %s used a simulated org by connection %q, which has been reset or replaced since", run.ID, then.Name)
		}
		return Usage(hint, "run %s used %s by connection %q, which now leads to %s", run.ID, was, then.Name, is)
	}
	return nil
}

func same(then store.Connection, now card.Identity) bool {
	switch {
	case then.Simulated != now.Simulated:
		return false
	case then.Key != "" || now.Key != "":
		return then.Key == now.Key
	}
	return then.Simulated || then.Org == now.Org // the mailbox of a workspace that was moved
}
