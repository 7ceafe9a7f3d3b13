package main

import (
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// watch counts what happens in a run. The run tells it one event at a time; while it does, others may ask how
// a stream stands. All else is to be read when the run has ended.
type watch struct {
	now     func() time.Time
	results func(name string) string // the file of a stream's results; empty for the name ""

	mu      sync.Mutex
	streams map[string]*counts // by the name of the step's place: "sweep"
	order   []string           // of the streams, by their begin
	loops   map[string]bool    // the IDs of the places of those that are under way

	steps   []*step          // by their begin
	open    map[string]*step // those that have not ended, by the ID of their place
	last    *step            // the one that ended last
	writes  map[string]*writes
	retries int

	failures    *groups
	undecidable *groups // records of a dry run that depend on a write
}

// counts are the records of a stream or, for one inside of another, of all its rounds together.
type counts struct {
	Read    int    `json:"read"`
	OK      int    `json:"ok"`
	Skipped int    `json:"skipped"`
	Failed  int    `json:"failed"`
	Results string `json:"results,omitempty"` // the file with a line for each record

	began, ended time.Time // ended: of the last round so far
	going        int       // rounds that are under way
	total        int       // records of the rounds whose list's length is known
	unknown      int       // rounds whose list's length is not known
	inner        bool      // the stream is inside of another: nobody knows how many rounds will come
}

func (c counts) finished() int { return c.OK + c.Skipped + c.Failed }

// length is how many records there will be; false where that is not known.
func (c counts) length() (int, bool) { return c.total, !c.inner && c.unknown == 0 }

// took is how long the stream has been going on until now, or took until it ended.
func (c counts) took(now time.Time) time.Duration {
	if c.going == 0 {
		now = c.ended
	}
	return now.Sub(c.began)
}

// pace is how many records a second finished; 0 before there is anything to say.
func (c counts) pace(now time.Time) float64 {
	if took := c.took(now); took > 0 {
		return float64(c.finished()) / took.Seconds()
	}
	return 0
}

// writes are the calls of a card that is no read, and how many of them changed anything.
type writes struct {
	Calls   int `json:"calls"`
	Changed int `json:"changed"`
}

func newWatch() *watch {
	return &watch{
		now: time.Now, results: func(name string) string { return name },
		streams: map[string]*counts{}, loops: map[string]bool{}, steps: []*step{}, open: map[string]*step{},
		writes:   map[string]*writes{},
		failures: newGroups(), undecidable: newGroups(),
	}
}

// isLoop reports whether a step's verb has records.
func isLoop(verb string) bool { return verb == "stream" || verb == "each" }

func (w *watch) see(e engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e.Kind {
	case engine.StepStarted:
		w.stepStarted(e)
	case engine.StepEnded:
		w.stepEnded(e)
	case engine.Counted:
		c := w.stream(e.Place)
		c.total += e.Total
		c.unknown--
	case engine.RecordStarted:
		w.stream(e.Place).Read++
	case engine.RecordEnded:
		w.recordEnded(e)
	case engine.LoopEnded:
		w.stream(e.Place).Results = w.results(e.Results)
	case engine.Retrying:
		w.retries++
		if s := w.open[e.Place.ID()]; s != nil {
			s.Retries++
		}
	case engine.Wrote:
		counted := w.writes[e.Card]
		if counted == nil {
			counted = &writes{}
			w.writes[e.Card] = counted
		}
		counted.Calls++
		if e.Changed {
			counted.Changed++
		}
	}
}

func (w *watch) stepStarted(e engine.Event) {
	inner := e.Place.InRecord()
	if isLoop(e.Verb) {
		c := w.stream(e.Place)
		if c.began.IsZero() {
			c.began = w.now()
		}
		c.going++
		c.unknown++
		c.inner = c.inner || inner
		w.loops[e.Place.ID()] = true
	}
	if !inner {
		w.begin(e)
	}
}

func (w *watch) stepEnded(e engine.Event) {
	if isLoop(e.Verb) && w.loops[e.Place.ID()] { // one whose guard did not hold never started
		c := w.stream(e.Place)
		c.going--
		c.ended = w.now()
		delete(w.loops, e.Place.ID())
	}
	if !e.Place.InRecord() {
		w.end(e)
	}
}

func (w *watch) recordEnded(e engine.Event) {
	c := w.stream(e.Place)
	switch {
	case e.Status == engine.Undecidable:
		c.Skipped++
		w.undecidable.add(e)
	case e.Err != nil:
		c.Failed++
		w.failures.add(e)
	case e.Status == engine.Skipped:
		c.Skipped++
	default:
		c.OK++
	}
}

// stream is the counts of the stream at a place, or of the stream that the record there belongs to.
func (w *watch) stream(at engine.Place) *counts {
	id := at.Name()
	c := w.streams[id]
	if c == nil {
		c = &counts{}
		w.streams[id] = c
		w.order = append(w.order, id)
	}
	return c
}

// standing is how a stream stands now.
func (w *watch) standing(id string) counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.streams[id]
}
