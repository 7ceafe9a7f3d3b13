package host

import (
	"fmt"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Limits, in bytes, for what the report of a run keeps in memory.
const (
	mostErrorBytes   = 64 << 20  // the details of the errors of the listed steps
	mostStartedBytes = 64 << 20  // the results of the runs that a run starts
	mostListedBytes  = 256 << 20 // the writes that a dry run and the runs that it starts list
)

// tooLarge returns the error for something that exceeds one of these limits.
func tooLarge(hint, what string, most int) *Failure {
	return newFailure(&card.Error{Kind: card.Invalid, Hint: hint, Message: fmt.Sprintf("%s take more than %d MiB of memory", what, most>>20)})
}

// shorten shortens the messages of the error of a step, and drops details that are too large.
func (w *Watch) shorten(s *Step) {
	for d := &s.Error.Described; d != nil; d = d.Cause {
		d.Message, d.Hint = w.message(d.Message), w.message(d.Hint)
		n := engine.Size(d.Details, mostErrorBytes)
		if w.errorBytes+n > mostErrorBytes {
			d.Details = fmt.Sprintf("left out: the details of all errors of this run take more than %d MiB", mostErrorBytes>>20)
			continue
		}
		s.errorBytes += n
		w.errorBytes += n
	}
}

// limit makes a started run fail whose result is too large to be kept.
func (r *runs) limit(report *Report) {
	n := engine.Size(report.Result, mostStartedBytes)
	if r.bytes+n <= mostStartedBytes {
		r.bytes += n
		return
	}
	report.Result, report.Reason, report.Status = nil, "", engine.Failed
	report.Error = tooLarge(fmt.Sprintf("return less from flow %q, or start it from fewer records", report.Flow),
		"the flow ended, but its result is not kept: the results of all started runs", mostStartedBytes)
}

// listed counts the writes that a dry run and the runs that it starts list. It is safe for concurrent use.
type listed struct {
	bytes atomic.Int64
	full  func() // ends the runs
}

// add counts the parts of a write, or of a record that is named. It returns false if they are too large, so that this one is not listed.
func (l *listed) add(parts ...map[string]any) bool {
	n := 0
	for _, part := range parts {
		n += engine.Size(part, mostListedBytes)
	}
	if l.bytes.Add(int64(n)) <= mostListedBytes {
		return true
	}
	l.full()
	return false
}

// verdict makes a dry run fail whose list of writes may not be complete.
func (l *listed) verdict(r *Report) {
	if l.bytes.Load() > mostListedBytes {
		r.Status, r.Reason, r.Error = engine.Failed, "", tooLarge("use --max for a dry run of fewer records", "the writes that this dry run lists", mostListedBytes)
	}
}
