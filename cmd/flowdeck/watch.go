package main

import (
	"cmp"
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

// failures are the records that failed with one and the same message.
type failures struct {
	message string
	count   int
	example string // the path of the first
}

func newWatch(log *slog.Logger) *watch {
	return &watch{log: log, streams: map[string]*counts{}, writes: map[string]*writes{}, failures: map[string]*failures{}}
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
		w.log.Debug("end", "step", e.Path, "error", e.Err)
		return
	}
	w.log.Debug("end", "step", e.Path)
}

func (w *watch) recordEnded(e engine.Event) {
	c := w.stream(e.Path)
	switch {
	case e.Err != nil:
		c.Failed++
		w.failed(e)
	case e.Status == engine.Skipped:
		c.Skipped++
	default:
		c.OK++
	}
}

func (w *watch) failed(e engine.Event) {
	path := e.Path + "[" + e.Key + "]"
	w.log.Info("record failed", "record", path, "error", e.Err)
	message := card.AsError(e.Err).Message
	group := w.failures[message]
	if group == nil {
		group = &failures{message: message, example: path}
		w.failures[message] = group
	}
	group.count++
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

// grouped are the failures, the most frequent first.
func (w *watch) grouped() []*failures {
	return slices.SortedFunc(maps.Values(w.failures), func(a, b *failures) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.message, b.message))
	})
}
