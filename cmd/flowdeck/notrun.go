package main

import (
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The codes of errors that no card has, of flows that were not run.
const (
	codeProblems   = "problems"
	codeUsage      = "usage"
	codeConnection = "connection"
)

// notRun is the report of a flow that was not run, so that --json has one shape whatever happens.
func notRun(arg string, err error) *report {
	w := newWatch()
	r := &report{
		Flow: arg, Status: engine.Failed, Steps: w.steps, Streams: w.streams, Writes: w.writes, Connections: map[string]connected{},
	}
	if errors.Is(err, errInterrupted) {
		r.Status = engine.Canceled
		return r
	}
	r.Error = newFailure(err)
	if found := (*problemsError)(nil); errors.As(err, &found) {
		r.Error = &failure{Kind: card.Invalid, Code: codeProblems, Problems: problemList(found.problems)}
		r.Error.Message = fmt.Sprintf("problems in the flow: %d", len(r.Error.Problems))
		return r
	}
	told := (*exit)(nil)
	if !errors.As(err, &told) {
		return r
	}
	r.Error.Message, r.Error.Hint = told.Error(), told.hint
	switch told.code {
	case exitUsage:
		r.Error.Kind, r.Error.Code = card.Invalid, codeUsage
	case exitConnection:
		r.Error.Code = codeConnection
	}
	return r
}
