package host

import (
	"cmp"
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
)

// DryRun is the writes that a dry run, and the runs that it started, did not make.
type DryRun struct {
	mu     sync.Mutex
	Writes []Withheld `json:"writes"`
}

// Withheld is a write that a dry run did not make.
type Withheld struct {
	Card   string         `json:"card"`
	Target string         `json:"target"`
	Input  map[string]any `json:"input"`
	Step   string         `json:"step"`
}

func (d *DryRun) add(e engine.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Writes = append(d.Writes, Withheld{Card: e.Write.Card, Target: e.Write.Target, Input: e.Write.In, Step: e.Place.String()})
}

// sort puts the writes in the order of their cards and targets, so that two dry runs can be compared.
func (d *DryRun) sort() {
	slices.SortFunc(d.Writes, func(a, b Withheld) int {
		return cmp.Or(cmp.Compare(a.Card, b.Card), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Step, b.Step))
	})
}
