package temporal

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// listed is a page that was read.
type listed struct {
	records []engine.Record
	after   engine.Reading
	last    bool
	err     error
}

// read begins to read the list, one page ahead of those that were taken.
func (st *stream) read(plan *engine.Plan) error {
	if st.arg.Whole {
		return nil
	}
	after, from := st.arg.After, st.arg.Window.From.Cursor
	if after != nil {
		from = after.At.Cursor
	}
	on := st.strand
	on.ctx = st.starting
	read, far, err := plan.List(since{on, st.arg.Moment}, st.arg.Turns, st.arg.Window, after)
	if err != nil {
		st.arg.Whole = true
		return err
	}
	st.reading = true
	workflow.Go(st.here, func(here workflow.Context) {
		defer func() { st.reading = false }()
		on.here = here
		for at := from; ; {
			batch, err := read(on, at)
			after := far()
			st.ahead, st.counted = &listed{batch.Records, after, batch.Next == "", err}, after.Counted
			if at = batch.Next; err != nil || at == "" {
				return
			}
			_ = workflow.Await(here, func() bool { return st.ahead == nil || st.starting.Err() != nil })
			if st.starting.Err() != nil || st.arg.Whole {
				return
			}
		}
	})
	return nil
}

// takePage takes the page that was read into an empty queue.
func (st *stream) takePage() {
	page := st.ahead
	if page == nil || len(st.queue) > 0 {
		return
	}
	st.ahead = nil
	if page.err != nil {
		st.readErr, st.arg.Whole = page.err, true
		return
	}
	records := page.records
	if st.arg.Drop > 0 {
		records = records[min(st.arg.Drop, len(records)):]
		st.arg.Drop = 0
	}
	if most := st.arg.Window.Max; most > 0 && st.arg.Read+len(records) >= most {
		records, page.last = records[:most-st.arg.Read], true
	}
	st.arg.Read += len(records)
	st.page = len(records)
	st.queue, st.arg.After, st.arg.Whole = records, &page.after, page.last
}

// wantsAgain reports whether the workflow should continue as new: its history is long, and what is left of the page fits into the argument of
// the next one. It has then no more chunks until those that go on have ended, or for patience.
func (st *stream) wantsAgain() bool {
	handed, times := st.run.limits().handed, st.tries+1
	long := st.run.longer(times) || handed > 0 && st.handed >= times*handed
	return long && st.handed > 0 && !(st.ended() && len(st.queue) == 0) && (st.arg.Window.InMemory || st.fits())
}

// patience is how long a stream waits for its chunks to end, so that it can continue as new. After that it goes on for some time before it waits
// again: a record may wait for days, as for an approval.
const patience = time.Minute

// mostTries is how often it goes on. Then it waits, since a history has a limit.
const mostTries = 5

// drains begins to wait for the chunks that go on.
func (st *stream) drains() {
	st.waiting = true
	workflow.Go(st.here, func(here workflow.Context) {
		err := workflow.NewTimer(st.starting, patience).Get(here, nil)
		if st.waiting = false; err == nil {
			st.tries++
		}
	})
}

// fits reports whether the records of the queue fit into the argument of the next workflow.
func (st *stream) fits() bool {
	if n := len(st.queue); n > 0 && n == st.fitted.records {
		return st.fitted.ok
	}
	st.fitted.records, st.fitted.ok = len(st.queue), true
	bytes := 0
	for _, r := range st.queue {
		if bytes += size(r); bytes > mostPart {
			st.fitted.ok = false
			break
		}
	}
	return st.fitted.ok
}

// carries makes the argument of the next workflow. The page that was read ahead is read again.
func (st *stream) carries() {
	st.arg.Turns.Counted = st.counted
	if st.arg.After != nil {
		st.arg.After.Counted = st.counted
	}
	if st.fits() {
		st.arg.Rest = st.queue
		return
	}
	st.arg.Read -= len(st.queue)
	st.arg.After, st.arg.Whole, st.arg.Drop, st.arg.Rest = nil, false, st.arg.Read, nil
}

// fitting returns a record that fits into the argument of a chunk: one that does not fails.
func fitting(r engine.Record, most int) engine.Record {
	if bytes := size(r); bytes > most {
		r.Value = nil
		r.Err = &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the record takes %d bytes, and one of a run on Temporal can have %d", bytes, most)}
	}
	return r
}
