package host

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// sum is what a Watch has counted, as data. Its fields are in the histories of runs that go on in other processes, so they keep their names.
type sum struct {
	Streams     []streamSum              `json:"streams,omitempty"` // in the order of their starts
	Steps       []stepSum                `json:"steps,omitempty"`
	Writes      []writesSum              `json:"writes,omitempty"` // in the order of their first calls
	Retries     int                      `json:"retries,omitempty"`
	Refused     time.Duration            `json:"refused,omitempty"`
	RefusedBy   map[string]time.Duration `json:"refused_by,omitempty"` // card → time
	Answer      *Response                `json:"answer,omitempty"`
	NoRecord    engine.ErrorJSON         `json:"no_record"`
	Failures    groupsSum                `json:"failures"`
	Undecidable groupsSum                `json:"undecidable"`
	Continued   groupsSum                `json:"continued"`
}

type streamSum struct {
	ID string `json:"id"`
	Counts
	Began   time.Time `json:"began,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Going   int       `json:"going,omitempty"`
	Total   int       `json:"total,omitempty"`
	Unknown int       `json:"unknown,omitempty"`
	Inner   bool      `json:"inner,omitempty"`
}

type stepSum struct {
	Step
	At      engine.Place  `json:"at"`
	FailsAt *engine.Place `json:"fails_at,omitempty"`
	Depth   int           `json:"depth,omitempty"`
	Named   string        `json:"named"`
}

type writesSum struct {
	Card string `json:"card"`
	Writes
}

type groupsSum struct {
	Groups []groupSum `json:"groups,omitempty"`
	Rest   int        `json:"rest,omitempty"`
}

type groupSum struct {
	Same string `json:"same"` // what the errors of the group have in common
	Group
}

// Limits of a sum, so that it fits into the history of a workflow.
const (
	mostSumGroups = 50
	mostSumSteps  = 500
	mostSumErrors = 256 << 10 // bytes of the errors of steps
)

// Sum returns what the watch has counted so far, for Add. It has the last 500 steps and the 50 most frequent errors; the records with other
// errors are only counted. Secrets that are known here are hidden: whoever adds it may not know them. The watch goes on. It is safe for concurrent use.
func (w *Watch) Sum() (json.RawMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := sum{
		Retries: w.retries, Refused: w.refused.any.sum - w.refused.twice, Answer: w.answer, NoRecord: engine.ErrorJSON{Err: w.noRecord},
		Failures: w.failures.sum(), Undecidable: w.undecidable.sum(), Continued: w.continued.sum(),
	}
	for _, id := range w.order {
		c := *w.streams[id]
		s.Streams = append(s.Streams, streamSum{ID: id, Counts: c, Began: c.Began, Ended: c.Ended, Going: c.Going, Total: c.Total, Unknown: c.Unknown, Inner: c.Inner})
	}
	size := 0
	for _, step := range w.steps {
		if step.gone {
			continue
		}
		one := stepSum{Step: *step, At: step.place, Depth: step.Depth, Named: step.Name}
		if step.Error != nil {
			failure := *step.Error.hidden(w.veil)
			if size += step.errorBytes + len(failure.Message); size > mostSumErrors {
				failure.Described = engine.Described{Kind: failure.Kind, Code: failure.Code, Place: failure.Place, Step: failure.Step, Message: "left out: the errors of this run are too large"}
			}
			one.Error, one.FailsAt = &failure, &failure.at
		}
		s.Steps = append(s.Steps, one)
	}
	s.Steps = s.Steps[max(0, len(s.Steps)-mostSumSteps):]
	for _, name := range w.wrote {
		s.Writes = append(s.Writes, writesSum{name, *w.writes[name]})
	}
	for name, span := range w.refused.byCard {
		if s.RefusedBy == nil {
			s.RefusedBy = map[string]time.Duration{}
		}
		s.RefusedBy[name] = span.sum
	}
	return card.EncodeJSON(s)
}

// Add counts what another watch has counted of the same run. The parts of a run that are added in the order in which they happened count as if
// one watch had seen all of its events, but for waits after refusals: those at the same time count for each part. It is safe for concurrent use.
func (w *Watch) Add(part json.RawMessage) error {
	var s sum
	decoder := json.NewDecoder(bytes.NewReader(part))
	decoder.UseNumber() // a float64 cannot have each integer
	if err := decoder.Decode(&s); err != nil {
		return fmt.Errorf("read the counts of a part of the run: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range s.Streams {
		w.addStream(c)
	}
	for _, one := range s.Steps {
		step := one.Step
		step.place, step.Depth, step.Name = one.At, one.Depth, one.Named
		if step.Error != nil {
			step.Error.at = *cmp.Or(one.FailsAt, &engine.Place{})
			w.shorten(&step)
		}
		w.list(&step)
		if step.Status != "" {
			w.last = &step
		}
	}
	for _, wrote := range s.Writes {
		counted := w.written(wrote.Card)
		counted.Calls += wrote.Calls
		counted.Changed += wrote.Changed
		counted.InDoubt += wrote.InDoubt
	}
	w.retries += s.Retries
	w.refused.add(s.Refused, s.RefusedBy)
	w.answer = cmp.Or(w.answer, s.Answer)
	if w.noRecord == nil {
		w.noRecord = s.NoRecord.Err
	}
	w.failures.addSum(s.Failures)
	w.undecidable.addSum(s.Undecidable)
	w.continued.addSum(s.Continued)
	return nil
}

func (w *Watch) addStream(s streamSum) {
	c := w.streamNamed(s.ID)
	if c.Began.IsZero() || !s.Began.IsZero() && s.Began.Before(c.Began) {
		c.Began = s.Began
	}
	if s.Ended.After(c.Ended) {
		c.Ended = s.Ended
	}
	c.Title = cmp.Or(s.Title, c.Title)
	c.Read += s.Read
	c.OK += s.OK
	c.Skipped += s.Skipped
	c.Failed += s.Failed
	c.Canceled += s.Canceled
	c.Undecidable += s.Undecidable
	c.Going += s.Going
	c.Total += s.Total
	c.Unknown += s.Unknown
	c.Inner = c.Inner || s.Inner
	if s.Results != "" {
		if c.Results = s.Results; w.results != nil {
			c.Results = w.results(s.Results)
		}
	}
	c.NotKept += s.NotKept
	c.NotKeptRecords = append(c.NotKeptRecords, s.NotKeptRecords...)
	c.NotKeptRecords = c.NotKeptRecords[:min(len(c.NotKeptRecords), mostNotKept)]
}

// add counts waits after refusals of another part of the run.
func (r *refusals) add(total time.Duration, byCard map[string]time.Duration) {
	r.any.sum += total
	for name, d := range byCard {
		if r.byCard == nil {
			r.byCard = map[string]*span{}
		}
		if r.byCard[name] == nil {
			r.byCard[name] = &span{}
		}
		r.byCard[name].sum += d
	}
}

// sum returns the most frequent groups.
func (g *Groups) sum() (s groupsSum) {
	for same, one := range g.byError {
		shown := *one
		shown.First, shown.Title = g.hide(one.First), g.hide(one.Title)
		s.Groups = append(s.Groups, groupSum{same, shown})
	}
	slices.SortFunc(s.Groups, func(a, b groupSum) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Same, b.Same)) })
	s.Rest = g.rest
	for _, left := range s.Groups[min(len(s.Groups), mostSumGroups):] {
		s.Rest += left.Count
	}
	s.Groups = s.Groups[:min(len(s.Groups), mostSumGroups)]
	return s
}

// addSum counts the groups of another part of the run.
func (g *Groups) addSum(s groupsSum) {
	g.rest += s.Rest
	for _, one := range s.Groups {
		switch known := g.byError[one.Same]; {
		case known != nil:
			known.Message = one.Same
			known.Count += one.Count
		case len(g.byError) == mostErrors:
			g.rest += one.Count
		default:
			g.byError[one.Same] = &one.Group
		}
	}
}

// NewWatch returns a Watch that hides the secrets which the workspace knows.
func (w *Workspace) NewWatch(now func() time.Time) *Watch { return NewWatch(now, w.config.Veil) }
