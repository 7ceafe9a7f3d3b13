package host

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// DryRun has the writes that a dry run did not make, in the order in which a sequential run would make them. A run
// processes many records at the same time. Here the writes are in the order of the records, so that two dry runs can be
// compared.
type DryRun struct {
	mu     sync.Mutex
	Writes []Withheld `json:"writes"`
	// Beyond is the number of writes that the run would not make, since it may make no more changes.
	Beyond int `json:"beyond,omitempty"`
	// Asks has the steps that would ask for an approval, in the order of a sequential run.
	Asks []*Ask `json:"asks,omitempty"`

	// undecidable and failed are the records that a plan must name.
	undecidable, failed []Undecidable

	steps  int // number of steps that have started
	listed *listed
	cards  card.Set
	going  map[string]int    // by run and place: the index of a record, or the number of a step, that has not ended
	titles map[string]string // by run and place: the name of a step that has one and has not ended
}

// Ask is a step that would ask for an approval.
type Ask struct {
	Step   string `json:"step"`   // in the flow
	Prompt string `json:"prompt"` // the first one by the alphabet, so that two dry runs can be compared
	Count  int    `json:"count"`  // how often it would ask

	by   []string // who may decide: see engine.Approval
	self bool
	path []turn // of the first time
}

// ask counts an approval.
func (d *DryRun) ask(run string, e engine.Event) {
	path := d.path(run, e.Place)
	for _, a := range d.Asks {
		if a.Step == e.Place.Name() {
			a.Count, a.Prompt = a.Count+1, min(a.Prompt, e.Approval.Prompt)
			if comparePaths(path, a.path) < 0 {
				a.path = path
			}
			return
		}
	}
	d.Asks = append(d.Asks, &Ask{Step: e.Place.Name(), Prompt: e.Approval.Prompt, Count: 1, by: e.Approval.By, self: e.Approval.Self, path: path})
}

// Withheld is a write that a dry run did not make.
type Withheld struct {
	Card   string         `json:"card"`
	Target string         `json:"target"`
	Input  map[string]any `json:"input"`
	Step   string         `json:"step"`
	Name   string         `json:"name,omitempty"`   // the step's name in the flow, for people
	Record string         `json:"record,omitempty"` // the key of the innermost record; empty outside of a loop, and for an index

	run   string
	place engine.Place
	card  card.Card
	write *engine.Write
	local bool   // it changes tables or files of the workspace
	path  []turn // from the outermost place to that of the step
}

// turn is the position of a place among its siblings: a number or, for branches, a name. Places without either, such as
// the rounds of a repeat, are equal: the steps inside of them have numbers.
type turn struct {
	number int
	name   string
}

func newDryRun(l *listed, cards card.Set) *DryRun {
	return &DryRun{Writes: []Withheld{}, listed: l, cards: cards, going: map[string]int{}, titles: map[string]string{}}
}

// see records an event. The steps of a list start in order, whatever happens between them.
func (d *DryRun) see(run string, e engine.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e.Kind {
	case engine.StepStarted:
		d.steps++
		d.going[run+" "+e.Place.ID()] = d.steps
		if e.Title != "" {
			d.titles[run+" "+e.Place.ID()] = e.Title
		}
	case engine.RecordStarted:
		d.going[run+" "+e.Place.ID()] = e.Index
	case engine.StepEnded, engine.RecordEnded:
		delete(d.going, run+" "+e.Place.ID())
		delete(d.titles, run+" "+e.Place.ID())
		d.notPlanned(e)
	case engine.Asked:
		d.ask(run, e)
	case engine.Withheld:
		if !d.listed.add(e.Write.In, e.Write.Before.Fields) {
			return
		}
		w := Withheld{
			Card: e.Write.Card, Target: e.Write.Target, Input: e.Write.In, Step: e.Place.String(), Name: d.titles[run+" "+e.Place.ID()],
			run: run, place: e.Place, card: d.cards[e.Write.Card], write: e.Write, local: ofWorkspace(d.cards[e.Write.Card]),
		}
		if at := e.Place.InnerRecord(); at.Key() != strconv.Itoa(d.going[run+" "+at.ID()]) {
			w.Record = at.Key()
		}
		w.path = d.path(run, e.Place)
		d.Writes = append(d.Writes, w)
	}
}

// path returns the positions of the places around one that has not ended, and its own: the outermost first.
func (d *DryRun) path(run string, at engine.Place) (path []turn) {
	for ; !at.IsZero(); at = at.Around() {
		t := turn{number: d.going[run+" "+at.ID()]}
		if at.IsBranch() {
			t.name = at.Key()
		}
		path = append(path, t)
	}
	slices.Reverse(path)
	return path
}

// comparePaths compares two paths in the order of a sequential run.
func comparePaths(a, b []turn) int {
	return slices.CompareFunc(a, b, func(x, y turn) int {
		return cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.name, y.name))
	})
}

// notPlanned keeps a record of which it is not known what the run would do.
func (d *DryRun) notPlanned(e engine.Event) {
	if e.Kind != engine.RecordEnded || e.Err == nil || engine.IsCanceled(e.Err) || ofInner(e) {
		return
	}
	u := Undecidable{Record: e.Place.String(), Reason: card.AsError(e.Err).Message}
	if placed := (*engine.Error)(nil); errors.As(e.Err, &placed) {
		u.Place = placed.Pos.String()
	}
	if !d.listed.add(map[string]any{"": u.Reason}) {
		return
	}
	if e.Status == engine.Undecidable {
		d.undecidable = append(d.undecidable, u)
	} else {
		d.failed = append(d.failed, u)
	}
}

// sort sorts the writes. Those of started runs come last.
func (d *DryRun) sort() {
	slices.SortFunc(d.Asks, func(a, b *Ask) int { return cmp.Or(comparePaths(a.path, b.path), cmp.Compare(a.Step, b.Step)) })
	slices.SortStableFunc(d.Writes, func(a, b Withheld) int {
		return cmp.Or(cmp.Compare(a.run, b.run), comparePaths(a.path, b.path))
	})
}

// cutDryRun cuts the lists of a dry run, and of the runs that it started, after the changes that the run may make. nil is no limit.
func (r *Report) cutDryRun(most *int) {
	if r.DryRun == nil || most == nil {
		return
	}
	left := *most
	for _, of := range append([]*Report{r}, r.Started...) {
		if of.DryRun != nil {
			left, of.DryRun.Beyond = of.DryRun.cut(left)
		}
	}
}

// cut drops the writes that would follow as many changes as are left. It returns how many are left after the list, and the number of
// changes that were dropped.
func (d *DryRun) cut(left int) (_, beyond int) {
	for i, w := range d.Writes { // sorted
		switch {
		case w.local:
			continue
		case left > 0:
			left--
			continue
		}
		for _, w := range d.Writes[i:] {
			if !w.local {
				beyond++
			}
		}
		d.Writes = d.Writes[:i]
		break
	}
	return left, beyond
}
