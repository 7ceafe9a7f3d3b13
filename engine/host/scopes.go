package host

import (
	"cmp"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Needs are the OAuth scopes that flows need on one connection.
type Needs struct {
	Connection string  `json:"connection"`
	Service    string  `json:"service"`
	Scopes     []Scope `json:"scopes"`  // the fewest that suffice, sorted; never nil
	Unknown    []Need  `json:"unknown"` // cards whose scopes depend on their inputs; never nil
}

// Scope is a scope, and what needs it.
type Scope struct {
	Name     string  `json:"scope"`
	NeededBy []Need  `json:"needed_by"`
	Includes []Scope `json:"includes,omitempty"` // the scopes that are needed, too, but need no grant of their own
}

// Need is a card, and the flows that need it, sorted.
type Need struct {
	Card  string   `json:"card"`
	Flows []string `json:"flows"`
}

// Scopes returns the scopes that flows need, by connection, sorted by its name: those of all cards that they can call, also in flows that they
// run or start, of the lists from which the options of their inputs are read, and of their triggers. chosen is the user's choice of a connection for
// each service; it may be nil. If a flow has problems, the error is a ProblemsError.
func (w *Workspace) Scopes(flows []*flow.Flow, chosen map[string]string) ([]Needs, error) {
	found := map[engine.Use]needed{}
	for _, f := range flows {
		c, err := w.Check(f, chosen)
		if err != nil {
			return nil, err
		}
		need := func(use engine.Use, card string, scopes []string) {
			if found[use] == nil {
				found[use] = needed{}
			}
			if len(scopes) == 0 {
				scopes = []string{unknownScope}
			}
			for _, scope := range scopes {
				found[use].add(scope, card, f.Name.Text)
			}
		}
		add := func(use engine.Use, call engine.CallCard) {
			if !call.Card.NoConnection && !call.Card.NoScopes {
				need(use, call.Card.Name, call.Card.Scopes)
			}
		}
		c.Plan.EachCard(chosen, func(use engine.Use, call engine.CallCard, _ flow.Pos) { add(use, call) })
		c.Plan.EachOption(chosen, add)
		for _, t := range c.Plan.Triggers {
			if t.Source == nil {
				continue
			}
			of, scopes := t.Source.Card, t.Source.Card.Scopes
			if t.MayRegister() {
				scopes = slices.Concat(scopes, of.KeeperScopes)
			}
			need(c.TriggerUse(t), of.Name, scopes)
		}
	}
	all := []Needs{}
	for use, needed := range found {
		n := Needs{Connection: use.Name, Service: use.Service, Scopes: []Scope{}, Unknown: needed.list(unknownScope)}
		delete(needed, unknownScope)
		service := w.config.Services[use.Service]
		scopes := slices.Sorted(maps.Keys(needed))
		for _, name := range service.Least(scopes) {
			scope := Scope{Name: name, NeededBy: needed.list(name)}
			for _, other := range scopes {
				if other != name && service.Grants([]string{name}, other) {
					scope.Includes = append(scope.Includes, Scope{Name: other, NeededBy: needed.list(other)})
				}
			}
			n.Scopes = append(n.Scopes, scope)
		}
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b Needs) int {
		return cmp.Or(cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.Service, b.Service))
	})
	return all, nil
}

// needed has the flows that need a scope, by scope and card.
type needed map[string]map[string]map[string]bool

// unknownScope is the scope of a card whose scopes depend on its inputs.
const unknownScope = ""

func (n needed) add(scope, card, flow string) {
	if n[scope] == nil {
		n[scope] = map[string]map[string]bool{}
	}
	if n[scope][card] == nil {
		n[scope][card] = map[string]bool{}
	}
	n[scope][card][flow] = true
}

// list returns what needs a scope, sorted by card.
func (n needed) list(scope string) []Need {
	list := []Need{}
	for _, card := range slices.Sorted(maps.Keys(n[scope])) {
		list = append(list, Need{card, slices.Sorted(maps.Keys(n[scope][card]))})
	}
	return list
}
