package host

import (
	"maps"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
)

// mostNames is the maximum number of names that are kept for a plan.
const mostNames = 1 << 20

// names are the names, for people, of what a plan has read, by id. It is safe for concurrent use.
type names struct {
	mu       sync.Mutex
	byID     map[string]string
	nameless map[nameless]bool // those that were looked for
}

func newNames() *names { return &names{byID: map[string]string{}, nameless: map[nameless]bool{}} }

// learn keeps the names of a thing, or of those in a list.
func (n *names) learn(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n.learn(item)
		}
	case map[string]any:
		id, _ := v["id"].(string)
		if name := nameIn(v); id != "" && name != "" {
			n.mu.Lock()
			defer n.mu.Unlock()
			if len(n.byID) < mostNames {
				n.byID[id] = name
			}
		}
	}
}

// nameIn returns the name of a thing that a service sent; empty if it has none.
func nameIn(object map[string]any) string {
	profile, _ := object["profile"].(map[string]any)
	for _, candidate := range []any{profile["login"], profile["name"], object["userName"], object["displayName"], object["label"], object["name"]} {
		if name, ok := candidate.(string); ok && name != "" {
			return name
		}
	}
	return ""
}

// target returns the target of a write, with the names of what its inputs identify.
func (n *names) target(c card.Card, in map[string]any, before card.State) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := map[string]string{}
	for input, value := range in {
		if id, ok := value.(string); ok && n.byID[id] != "" {
			known[input] = n.byID[id]
		}
	}
	maps.Copy(known, before.Names)
	return c.Target(in, card.State{Names: known})
}

// in returns the names of the things whose ids are in lists that a write changes; nil if none is known.
func (n *names) in(w PlannedWrite) map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var known map[string]string
	for _, change := range w.Changes {
		for _, list := range []any{change.Old, change.New} {
			items, _ := list.([]any)
			for _, item := range items {
				id, _ := item.(string)
				name := n.byID[id]
				if w.Before != nil && w.Before.Names[id] != "" {
					name = w.Before.Names[id]
				}
				if name == "" {
					continue
				}
				if known == nil {
					known = map[string]string{}
				}
				known[id] = name
			}
		}
	}
	return known
}
