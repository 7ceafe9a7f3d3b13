package host

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// What sets a limit besides a flow: see Allowance.By.
const (
	ByMaxChanges = "--max-changes"
	byAllow      = "--allow"
)

// bound is one limit of a measure.
type bound struct {
	by      string // ByMaxChanges, byAllow, or the place in the file of the flow
	most    int64  // unless it is a percentage; of the time, in nanoseconds
	of      engine.Fuse
	on      engine.Use      // the connection of the list of a percentage
	counter *engine.Counter // of the list; nil: not opened yet. Guarded by fuse.reading
	records int             // of the list, as far as it was read
	known   bool            // the list was read to its end; always set for a number
}

func newBound(l engine.Fuse, on engine.Use) *bound {
	return &bound{by: l.Pos.String(), most: l.Most, of: l, on: on, known: l.Of == nil}
}

// percentage reports whether the bound is a percentage of a list.
func (b *bound) percentage() bool { return b.of.Of != nil }

// id identifies the list of a percentage in the journal.
func (b *bound) id() string {
	id := fmt.Sprintf("%s %s %s", b.of.Flow, b.of.Measure, b.on.Name)
	if b.percentage() {
		id += " " + b.of.Of.Card.Name
		if b.of.With != "" {
			id += " " + b.of.With
		}
	}
	return id
}

// allowed returns how much is allowed: of a percentage, as far as its list was read.
func (b *bound) allowed() int64 {
	if b.percentage() {
		return b.of.Allows(b.records)
	}
	return b.most
}

// list returns the percentage as the flow has it; empty for a number.
func (b *bound) list() string {
	if !b.percentage() {
		return ""
	}
	text := words.Number(b.of.Percent) + "% of " + b.of.Of.Card.Name
	if b.of.With != "" {
		text += " with " + b.of.With
	}
	return text
}

// unreadable returns why a run pauses that does not know its limit.
func (b *bound) unreadable(err error) string {
	return fmt.Sprintf("limit of %s (%s): the list cannot be read: %s", b.list(), b.by, card.AsError(err).Message)
}

// read reads another page of the list of a percentage, and keeps its length when it is known.
func (f *fuse) read(b *bound) error {
	f.reading.Lock()
	defer f.reading.Unlock()
	f.mu.Lock()
	known := b.known
	f.mu.Unlock()
	if known {
		return nil
	}
	if b.counter == nil {
		var err error
		if b.counter, err = f.open(b.of, b.on); err != nil {
			return err
		}
	}
	n, ended, err := b.counter.Page()
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b.records, b.known = n, ended
	if !ended {
		return nil
	}
	if f.kept.Lists == nil {
		f.kept.Lists = map[string]int{}
	}
	f.kept.Lists[b.id()] = n
	return f.save()
}

// keptLimits are the limits of a run as the journal has them.
type keptLimits struct {
	MaxChanges *int                     `json:"max_changes,omitempty"` // in all of its processes
	Allow      map[engine.Measure]int64 `json:"allow,omitempty"`       // what a person allowed in all; of the time, in nanoseconds
	Lists      map[string]int           `json:"lists,omitempty"`       // the lengths of the lists of percentages
	Steps      int                      `json:"steps,omitempty"`       // at most as many steps have ended that a resumed run does not pass again
	Flow       bool                     `json:"flow,omitempty"`        // its flows have limits
	Time       *keptTime                `json:"time,omitempty"`        // nil: the run was not resumed, or its time has no limit
	Bounds     []keptBound              `json:"bounds,omitempty"`      // those of its flows, in all of its processes: a changed flow does not raise them
}

// keptBound is a limit of a flow.
type keptBound struct {
	Measure engine.Measure `json:"measure"`
	Most    int64          `json:"most,omitempty"`
	Percent float64        `json:"percent,omitempty"`
	List    string         `json:"list,omitempty"` // bound.id of a percentage
	By      string         `json:"by"`
}

// same reports whether both allow the same.
func (k keptBound) same(other keptBound) bool {
	k.By = other.By
	return k == other
}

func (b *bound) keeps() keptBound {
	k := keptBound{Measure: b.of.Measure, Most: b.most, By: b.by}
	if b.percentage() {
		k.Percent, k.List = b.of.Percent, b.id()
	}
	return k
}

// restored returns the limit that the run had before, given those of its flows as they are now. A percentage of a list that no limit has any more
// allows what it allowed when the list was read to its end, or nothing.
func (k keptBound) restored(now []*bound, lists map[string]int) *bound {
	b := &bound{by: k.By + ", before the flow was changed", most: k.Most, known: true}
	if k.List == "" {
		return b
	}
	percent := engine.Fuse{Percent: k.Percent}
	if n, read := lists[k.List]; read {
		b.most = percent.Allows(n)
		return b
	}
	for _, same := range now {
		if same.percentage() && same.id() == k.List {
			other := *same
			other.by, other.of.Percent = b.by, k.Percent
			return &other
		}
	}
	return b
}

func readLimits(text json.RawMessage) (kept keptLimits) {
	if len(text) > 0 {
		_ = json.Unmarshal(text, &kept) // it was written by keptLimits.text
	}
	return kept
}

func (k keptLimits) text() json.RawMessage {
	text, err := json.Marshal(k)
	if err != nil { // cannot happen: it has numbers and names only
		return nil
	}
	return text
}

// save keeps the limits in the journal. The caller holds mu.
func (f *fuse) save() error {
	if f.write == nil {
		return nil
	}
	return f.write(f.kept.text())
}

// text returns the limits for the journal; nil if there are none.
func (f *fuse) text() json.RawMessage {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept.text()
}

// close keeps how many steps have ended, when nothing runs any more.
func (f *fuse) close() error {
	if f == nil || f.meters[engine.StepsMeasure] == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept.Steps = f.steps.closed()
	return f.save()
}

// An Allowance is a limit of a run, together with the runs that it started, and how much of it they used in all of their processes. Times are in
// seconds.
type Allowance struct {
	Allowed float64 `json:"allowed"` // of a percentage whose list was not needed to its end: as far as it was read
	Used    float64 `json:"used"`    // with InDoubt
	InDoubt int     `json:"in_doubt,omitempty"`
	Refused int     `json:"refused,omitempty"` // calls, or steps, that were about to follow when the run paused
	Reached bool    `json:"reached"`           // the run paused, or a dry run would, before it went past
	By      string  `json:"by"`                // --max-changes, --allow, or the place in the file of the flow
	List    string  `json:"list,omitempty"`    // the percentage: 5% of okta.user.list
	// At is when the time was counted; zero for the others, and for a run that does not go on yet.
	At    time.Time `json:"at,omitzero"`
	Error string    `json:"error,omitempty"` // of a dry run: why the list of a percentage cannot be read
}

// soFar returns the limits and what was used; nil if there are none.
func (f *fuse) soFar() map[engine.Measure]*Allowance {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[engine.Measure]*Allowance{}
	for name, m := range f.meters {
		b := m.lowest()
		l := &Allowance{
			Allowed: float64(b.allowed()), Used: float64(m.made + m.inDoubt), InDoubt: m.inDoubt, Refused: m.refused, Reached: m.reached, By: b.by, List: b.list(),
		}
		if name == engine.TimeMeasure {
			l.Allowed, l.Used = seconds(time.Duration(b.most)), seconds(f.went())
			if !f.time.since.IsZero() {
				l.At = f.now().UTC()
			}
		}
		all[name] = l
	}
	return all
}
