package temporal

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// bounds keep the history of each workflow short. A server ends a workflow with 51,200 events or 50 MB, and each worker that
// continues it reads all of that.
type bounds struct {
	inPlace int // records of a stream that runs in the workflow that it is in
	chunk   int // records of a chunk
	events  int // events after which nothing is added to a workflow that another one can do
	bytes   int // bytes, likewise
	handed  int // chunks after which a stream continues as new; 0: only events and bytes matter
}

var usual = bounds{inPlace: 50, chunk: 50, events: 3000, bytes: 2 << 20}

// limits returns the bounds of the workflows.
func (r *run) limits() bounds {
	if r.Workflows.bounds == (bounds{}) {
		return usual
	}
	return r.Workflows.bounds
}

// long reports whether the history of the workflow is long.
func (r *run) long() bool { return r.longer(1) || r.bytes >= mostFull }

// longer reports whether the history of the workflow is so many times as long as one should be.
func (r *run) longer(times int) bool {
	info, b := workflow.GetInfo(r.free), r.limits()
	return info.GetCurrentHistoryLength() >= times*b.events || info.GetCurrentHistorySize() >= times*b.bytes
}

// Sizes, in bytes of JSON, of the parts of what workflows exchange. A payload has at most mostBytes.
const (
	mostTurns  = 768 << 10 // what the turns of a stream have in common
	mostPart   = 384 << 10 // the records of a chunk, unless it has only one; those that a stream takes along when it continues as new
	mostValues = 384 << 10 // the values of the records that are the items of a loop
	mostGroups = 128 << 10 // the texts that a loop counts by
	mostError  = 64 << 10  // an error
	mostKnown  = 64 << 10  // the secrets that a part of a run gets
	mostFull   = 512 << 10 // the result of a chunk after which no record starts in it
	mostResult = mostBytes - 256<<10
)

// size returns the size of a value as JSON.
func size(v any) int {
	data, err := json.Marshal(v)
	if err != nil { // it cannot be sent
		return mostBytes
	}
	return len(data)
}

// mostMemory is the Size of a value that is too large in any case. A value may contain the same part so often that its JSON form is practically
// infinite.
const mostMemory = 16 << 20

// huge reports whether a value is too large to be measured with size.
func huge(v engine.Value) bool { return engine.Size(v, mostMemory) > mostMemory }

// sizeOf returns the size of turns as JSON.
func sizeOf(t engine.Turns) int {
	if huge(t.Roots) || huge(t.State) {
		return mostMemory
	}
	return size(t)
}

// slim returns an error that is not too large for what is sent: without its details if it is.
func slim(err error) error {
	if err == nil || engine.IsCanceled(err) {
		return err
	}
	of := card.AsError(err)
	if !huge(of.Details) && size(engine.ErrorJSON{Err: err}) <= mostError {
		return err
	}
	short := &card.Error{Kind: of.Kind, Code: of.Code, Message: clipped(of.Message), Hint: clipped(of.Hint), Writes: of.Writes, Changed: of.Changed}
	if step, ok := err.(*engine.Error); ok {
		return &engine.Error{Cause: short, Pos: step.Pos, Place: step.Place, Title: step.Title, Card: step.Card, Attempts: step.Attempts}
	}
	return short
}

// clipped returns the start of a text.
func clipped(s string) string {
	const most = 4 << 10
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// slimmed returns a tally whose errors and groups are not too large for what is sent.
func slimmed(t engine.Tally) engine.Tally {
	for _, f := range []**engine.Failure{&t.First, &t.Fatal} {
		if *f != nil {
			*f = &engine.Failure{Index: (*f).Index, Err: slim((*f).Err)}
		}
	}
	if size(t.Groups) > mostGroups {
		t.Groups = engine.Groups{Full: true, Unknown: t.Groups.Unknown}
	}
	return t
}

// tooLarge returns the error of a stream that cannot be sent to a workflow of its own.
func tooLarge(at engine.Place, bytes int) error {
	takes := fmt.Sprintf("%d KiB", bytes>>10)
	if bytes >= mostMemory { // they were not measured
		takes = "more than 1 MiB"
	}
	return &card.Error{
		Kind: card.Invalid, Hint: "keep less in the steps and variables before it, or stream the list",
		Message: fmt.Sprintf("the values that %s can read take %s, and a long loop of a run on Temporal can have %d KiB", at, takes, mostTurns>>10),
	}
}
