package host

import (
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// The codes of errors of flows that were not run. Cards do not use them.
const (
	codeProblems   = "problems"
	codeUsage      = "usage"
	codeConnection = "connection"
)

// NotRun returns a report for a flow that was not run, so that reports have the same form in every case. flow is the
// requested name. v hides secrets in the report's JSON; it may be nil.
func NotRun(flow string, err error, v *veil.Veil) *Report {
	r := NewWatch(time.Now, v).Report()
	r.Flow, r.Status, r.veil = flow, engine.Failed, v
	if engine.IsCanceled(err) {
		r.Status = engine.Canceled
		return r
	}
	r.Error = newFailure(err)
	problems, usage, conn := (*ProblemsError)(nil), (*UsageError)(nil), (*ConnectionError)(nil)
	switch {
	case errors.As(err, &problems):
		r.Error = &Failure{Described: engine.Described{Kind: card.Invalid, Code: codeProblems}, Problems: ProblemList(problems.Problems)}
		r.Error.Message = fmt.Sprintf("problems in the flow: %d", len(r.Error.Problems))
	case errors.As(err, &usage):
		r.Error.Kind, r.Error.Code, r.Error.Message, r.Error.Hint = card.Invalid, codeUsage, usage.Error(), usage.Hint
	case errors.As(err, &conn):
		r.Error.Code, r.Error.Message = codeConnection, conn.Error()
	}
	return r
}
