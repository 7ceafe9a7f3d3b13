package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// watch counts what happens in a run. The run tells it one event at a time.
type watch struct {
	log      *slog.Logger
	streams  map[string]*counts // by the step's path, without the keys of records: "sweep"
	order    []string           // of the streams, by their first record
	writes   map[string]*writes // by card
	failures map[string]*failures
	retries  int

	undecidable map[string]*failures // records of a dry run that depend on a write, by message
}

// counts are the records of a stream or, for one inside of another, of all its rounds together.
type counts struct {
	Read    int    `json:"read"`
	OK      int    `json:"ok"`
	Skipped int    `json:"skipped"`
	Failed  int    `json:"failed"`
	Results string `json:"results,omitempty"` // the file with a line for each record
}

func (c counts) finished() int { return c.OK + c.Skipped + c.Failed }

// writes are the calls of a card that is no read, and how many of them changed anything.
type writes struct {
	Calls   int `json:"calls"`
	Changed int `json:"changed"`
}

// failures are the records that ended with one and the same message.
type failures struct {
	message string
	count   int
	example string // the path of the first
	place   string // in the flow, of the first
}

func (f *failures) String() string {
	if f.place == "" {
		return fmt.Sprintf("%s × %s (first: %s)", thousands(f.count), f.message, f.example)
	}
	return fmt.Sprintf("%s × %s (first: %s, %s)", thousands(f.count), f.message, f.example, f.place)
}

func newWatch(log *slog.Logger) *watch {
	return &watch{log: log, streams: map[string]*counts{}, writes: map[string]*writes{}, failures: map[string]*failures{}, undecidable: map[string]*failures{}}
}

func (w *watch) see(e engine.Event) {
	switch e.Kind {
	case engine.StepStarted:
		w.log.Debug("begin", "step", e.Path)
	case engine.StepEnded:
		w.stepEnded(e)
	case engine.RecordStarted:
		w.stream(e.Path).Read++
	case engine.RecordEnded:
		w.recordEnded(e)
	case engine.LoopEnded:
		w.stream(e.Path).Results = e.Results
	case engine.Retrying:
		w.retries++
		w.log.Info("try again", "step", e.Path, "card", e.Card, "attempt", e.Attempt, "wait", e.Wait.String(), "error", e.Err)
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

func (w *watch) stepEnded(e engine.Event) {
	if e.Err != nil {
		w.log.Debug("end", "step", e.Path, "outcome", string(e.Status), "error", e.Err)
		return
	}
	w.log.Debug("end", "step", e.Path, "outcome", string(e.Status))
}

func (w *watch) recordEnded(e engine.Event) {
	c := w.stream(e.Path)
	switch {
	case e.Status == engine.Undecidable:
		c.Skipped++
		group(w.undecidable, e)
	case e.Err != nil:
		c.Failed++
		w.log.Info("record failed", "record", e.Path+"["+e.Key+"]", "error", e.Err)
		group(w.failures, e)
	case e.Status == engine.Skipped:
		c.Skipped++
	default:
		c.OK++
	}
}

// group counts a record under its error's message.
func group(groups map[string]*failures, e engine.Event) {
	message := card.AsError(e.Err).Message
	if groups[message] == nil {
		first := &failures{message: message, example: e.Path + "[" + e.Key + "]"}
		if placed := (*engine.Error)(nil); errors.As(e.Err, &placed) {
			first.place = placed.Place.String()
		}
		groups[message] = first
	}
	groups[message].count++
}

func (w *watch) stream(path string) *counts {
	id := engine.WithoutKeys(path)
	c := w.streams[id]
	if c == nil {
		c = &counts{}
		w.streams[id] = c
		w.order = append(w.order, id)
	}
	return c
}

// sorted are groups of records, the largest first.
func sorted(groups map[string]*failures) []*failures {
	return slices.SortedFunc(maps.Values(groups), func(a, b *failures) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.message, b.message))
	})
}
