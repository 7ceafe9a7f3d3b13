package host

import (
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Watch counts the events of a run. Stream is safe for concurrent use; the other methods are for the run's listeners,
// which are called for one event at a time.
type Watch struct {
	now     func() time.Time
	results func(name string) string // returns the file of a stream's results; nil: the name itself
	waited  func() Waits             // returns the waits of the run's connections so far
	before  Waits                    // those before the run started
	began   time.Time

	mu       sync.Mutex
	reported bool               // Report was called: the counts are the caller's
	streams  map[string]*Counts // by the name of the step's place: "sweep"
	order    []string           // names of the streams, in the order of their starts
	loops    map[string]bool    // IDs of the places of the streams that have not ended

	steps  []*Step            // in the order of their starts
	rounds map[string][]*Step // the last steps of each name, which differ in their rounds
	gone   int                // number of entries in steps that are of earlier rounds
	open   map[string]*Step   // steps that have not ended, by the ID of their place
	last   *Step              // the step that ended last
	// errorBytes is the total Size of the details of the errors in steps.
	errorBytes int
	message    func(string) string // hides secrets in a message, and shortens it
	veil       *veil.Veil          // hides secrets in what Sum returns
	writes     map[string]*Writes
	wrote      []string // the cards of writes, in the order of their first calls
	retries    int
	refused    refusals
	answer     *Response // nil: the run has not answered

	// noRecord is the error of a loop that lacks a record which a person picked. The run fails with it, whatever the flow makes of it.
	noRecord error

	failures    *Groups
	undecidable *Groups // records of a dry run that depend on a write
	continued   *Groups // failed steps after which their flow continued
}

// Counts counts the records of a stream. For an inner stream it counts those of all rounds together.
type Counts struct {
	Title       string `json:"name,omitempty"` // the name of the loop in the flow, for people
	Read        int    `json:"read"`
	OK          int    `json:"ok"`
	Skipped     int    `json:"skipped"`
	Failed      int    `json:"failed"`
	Canceled    int    `json:"canceled,omitempty"`    // records that were cut off
	Undecidable int    `json:"undecidable,omitempty"` // in a dry run: skipped records that depend on a write
	Results     string `json:"results,omitempty"`     // the file with a line for each record
	// NotKept is the number of records without a line in Results, because it could not be written, and NotKeptRecords the paths of
	// the first of them.
	NotKept        int      `json:"not_kept,omitempty"`
	NotKeptRecords []string `json:"not_kept_records,omitempty"`

	Began time.Time `json:"-"`
	Ended time.Time `json:"-"` // end of the last round so far
	Going int       `json:"-"` // number of rounds that have not ended
	Total int       `json:"-"` // number of records of the rounds whose list has a known length
	// Unknown is the number of rounds whose list has an unknown length.
	Unknown int  `json:"-"`
	Inner   bool `json:"-"` // the stream is nested in another: the number of rounds is unknown
}

// mostNotKept is the maximum number of records that are named. A run has at most as many as it has records in flight.
const mostNotKept = 20

func (c *Counts) notKept(records []engine.Place) {
	c.NotKept += len(records)
	for _, at := range records[:min(len(records), mostNotKept-len(c.NotKeptRecords))] {
		c.NotKeptRecords = append(c.NotKeptRecords, at.String())
	}
}

// Finished returns the number of records that have ended.
func (c Counts) Finished() int { return c.OK + c.Skipped + c.Failed + c.Canceled }

// Length returns the total number of records; false if it is not known.
func (c Counts) Length() (int, bool) { return c.Total, !c.Inner && c.Unknown == 0 }

// Took returns the time from the start of the stream until its end or, if it has not ended, until now.
func (c Counts) Took(now time.Time) time.Duration {
	if c.Going == 0 {
		now = c.Ended
	}
	return now.Sub(c.Began)
}

// Pace returns the number of records that finished per second; 0 if no time has passed.
func (c Counts) Pace(now time.Time) float64 {
	if took := c.Took(now); took > 0 {
		return float64(c.Finished()) / took.Seconds()
	}
	return 0
}

// Writes counts the calls of a card that writes, the calls that changed something, and the calls that may have done so,
// because an answer was lost.
type Writes struct {
	Calls   int `json:"calls"`
	Changed int `json:"changed"`
	InDoubt int `json:"in_doubt"`
}

// NewWatch returns a Watch without events. It hides the secrets that v knows in the messages that it keeps; v may be
// nil.
func NewWatch(now func() time.Time, v *veil.Veil) *Watch {
	return &Watch{
		now: now, began: now(), waited: func() Waits { return Waits{} }, streams: map[string]*Counts{}, loops: map[string]bool{}, steps: []*Step{}, rounds: map[string][]*Step{}, open: map[string]*Step{},
		writes: map[string]*Writes{}, message: v.Message, veil: v,
		failures: newGroups(v.Message), undecidable: newGroups(v.Message), continued: newGroups(v.Message),
	}
}

// IsLoop reports whether a verb has records.
func IsLoop(verb string) bool { return flow.StepForm().Verb(verb).Records() }

// See counts an event. It must be called for one event at a time.
func (w *Watch) See(e engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e.Kind {
	case engine.StepStarted:
		w.stepStarted(e)
	case engine.StepEnded:
		w.stepEnded(e)
	case engine.Counted:
		c := w.stream(e.Place)
		c.Total += e.Total
		c.Unknown--
	case engine.RecordStarted:
		w.stream(e.Place).Read++
	case engine.RecordEnded:
		w.recordEnded(e)
	case engine.LoopEnded:
		c := w.stream(e.Place)
		if c.Results = e.Results; w.results != nil && e.Results != "" {
			c.Results = w.results(e.Results)
		}
		c.notKept(e.NotKept)
	case engine.Retrying:
		w.retries++
		if s := w.open[e.Place.ID()]; s != nil {
			s.Retries++
		}
		w.refused.see(e, w.now(), w.waited)
	case engine.Waited:
		w.refused.see(e, w.now(), w.waited)
	case engine.Wrote:
		counted := w.written(e.Card)
		counted.Calls++
		if e.Changed {
			counted.Changed++
		}
	case engine.Restored:
		w.restore(e.Restored)
	case engine.Responded:
		w.answer = newResponse(*e.Response)
	case engine.InDoubt:
		w.written(e.Card).InDoubt++
	}
}

func (w *Watch) written(card string) *Writes {
	if w.writes[card] == nil {
		w.writes[card] = &Writes{}
		w.wrote = append(w.wrote, card)
	}
	return w.writes[card]
}

func (w *Watch) stepStarted(e engine.Event) {
	inner := e.Place.InRecord()
	if IsLoop(e.Verb) {
		c := w.stream(e.Place)
		if c.Began.IsZero() {
			c.Began = w.now()
		}
		c.Title = e.Title
		c.Going++
		c.Unknown++
		c.Inner = c.Inner || inner
		w.loops[e.Place.ID()] = true
	}
	if !inner {
		w.start(e)
	}
}

func (w *Watch) stepEnded(e engine.Event) {
	if w.loops[e.Place.ID()] { // a loop whose guard did not hold has not started
		c := w.stream(e.Place)
		c.Going--
		c.Ended = w.now()
		delete(w.loops, e.Place.ID())
	}
	switch missed := IsLoop(e.Verb) && e.Err != nil && card.AsError(e.Err).Code == engine.CodeNoRecord; {
	case missed && w.noRecord == nil:
		w.noRecord = e.Err
	case e.Continued:
		w.continued.add(e)
	}
	if !e.Place.InRecord() {
		w.end(e)
	}
}

func (w *Watch) recordEnded(e engine.Event) {
	c := w.stream(e.Place)
	switch {
	case e.Status == engine.Undecidable:
		c.Skipped++
		c.Undecidable++
		w.undecidable.see(e)
	case e.Status == engine.Canceled:
		c.Canceled++
	case e.Err != nil:
		c.Failed++
		w.failures.see(e)
	case e.Status == engine.Skipped:
		c.Skipped++
	default:
		c.OK++
	}
}

// stream returns the counts of the stream at a place, or of the stream with the record at this place.
func (w *Watch) stream(at engine.Place) *Counts { return w.streamNamed(at.Name()) }

func (w *Watch) streamNamed(id string) *Counts {
	c := w.streams[id]
	if c == nil {
		c = &Counts{}
		w.streams[id] = c
		w.order = append(w.order, id)
	}
	return c
}

// Stream returns the counts of a stream so far, by its id in the report.
func (w *Watch) Stream(id string) Counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.streams[id]
}

// Streams returns the ids of the streams so far, in the order of their starts.
func (w *Watch) Streams() []string { return w.order }

// Last returns the step that ended last; nil if none has ended.
func (w *Watch) Last() *Step { return w.last }
