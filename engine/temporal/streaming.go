package temporal

import (
	"encoding/json"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// streaming is the argument of the workflow of a stream, also when it continues as new. Then no chunk of it goes on.
type streaming struct {
	part
	Moment time.Time // the start of the stream, which the expressions of the list see
	far
	Chunks int              // number of chunks so far
	Tally  engine.Tally     // of them, without their values, which are
	Items  []engine.Item    // these, if Tally.Kept is set
	Cut    engine.ErrorJSON // of a record that was cut off
	Sum    json.RawMessage
}

// far is how far a stream has come.
type far struct {
	After *engine.Reading // where the list is read on; nil: at its start
	Whole bool            // the list has been read to its end, or to the maximum number of records
	Rest  []engine.Record // records before After that no chunk has had
	Read  int             // records that were read, up to After
	// Drop is the number of records of a list in memory that chunks have had: it is read again, and they are left out. Then After is nil.
	Drop int
}

// stream is the workflow of a stream.
func (w *Workflows) stream(ctx workflow.Context, arg streaming) (Streamed, error) {
	s, plan, err := w.open(ctx, arg.part)
	if err != nil {
		return Streamed{}, err
	}
	if err := s.run.add(arg.Sum); err != nil {
		return Streamed{}, err
	}
	_, stop, err := plan.Turns(arg.Turns)
	if err != nil {
		panic(err) // the worker has another version of the flow: perhaps the next one has this one
	}
	st := &stream{strand: s, arg: arg, stop: stop, queue: arg.Rest, page: len(arg.Rest), total: arg.Tally.Total, cut: arg.Cut.Err}
	st.counted = arg.Turns.Counted || arg.After != nil && arg.After.Counted
	for _, item := range arg.Items {
		st.bytes += size(engine.ValueJSON{Value: item.Value})
	}
	st.starting, st.close = workflow.WithCancel(s.ctx)
	defer st.close()
	st.readErr = st.read(plan)
	again := st.handOut()
	st.close()
	_ = workflow.Await(s.here, func() bool { return !st.reading }) // s.here is never canceled
	sum, err := s.run.sum()
	if err != nil {
		return Streamed{}, err
	}
	if again && !st.over() {
		st.carries()
		s.run.drain()
		st.arg.takes(s.run)
		st.arg.Sum = sum
		st.arg.Lease = s.run.left.lease()
		st.arg.Secrets = s.run.made.Secrets
		st.arg.Cut.Err = slim(st.cut)
		return Streamed{}, workflow.NewContinueAsNewError(ctx, StreamWorkflow, st.arg)
	}
	tally, err := st.end()
	return Streamed{
		Tally: tally, Err: engine.ErrorJSON{Err: slim(err)}, Sum: sum, Chunks: st.arg.Chunks, Responded: s.run.responded,
		Used: s.run.left.used(), Secrets: s.run.made.Secrets,
	}, nil
}

// stream is a stream in its workflow.
type stream struct {
	strand
	arg      streaming // is changed
	stop     func(engine.Tally) bool
	total    int              // see engine.Tally.Total
	starting workflow.Context // ends when no record may start any more
	close    workflow.CancelFunc

	reading bool
	counted bool            // the event Counted was sent
	ahead   *listed         // the page that was read last; nil if it was taken, or none was read
	readErr error           // why nothing is read any more
	handed  int             // chunks in this workflow
	queue   []engine.Record // of the pages so far
	page    int             // records of the queue when it was filled
	back    []engine.Record // those that a chunk had and has not started
	going   int             // records that may be in flight in the chunks that go on
	bytes   int             // of the items
	waiting bool            // for the chunks to end, to continue as new
	tries   int             // how often that took too long
	fitted  struct {        // see fits
		records int
		ok      bool
	}
	shut   bool  // the stream was stopped
	cut    error // of a record that was cut off
	broken error // of a chunk without a result
}

// handOut gives all records to chunks, and waits for these. It returns true if the workflow must continue as new.
func (st *stream) handOut() bool {
	for {
		var next action
		_ = workflow.Await(st.here, func() bool { // here is never canceled
			next = st.next()
			return next != waits
		})
		switch next {
		case ends:
			return false
		case continues:
			return true
		case drains:
			st.drains()
		default:
			st.hand(st.some())
		}
	}
}

// action is what a stream does next.
type action int

const (
	waits     action = iota
	ends             // all chunks have ended, and no more follow
	continues        // as new
	drains           // waits for the chunks that go on, to continue as new
	hands            // records to a chunk
)

// next returns what the stream does next. It takes the page that was read if there is nothing else to start.
func (st *stream) next() action {
	again := len(st.back) == 0 && st.wantsAgain()
	switch {
	case st.over() && st.going > 0:
		return waits
	case st.over():
		return ends
	case again && st.going == 0:
		return continues
	case again && !st.waiting && st.tries < mostTries:
		return drains
	case again:
		return waits
	}
	st.takePage()
	switch started := len(st.back) == 0 && len(st.queue) == 0; {
	case started && st.ended() && st.going == 0:
		return ends
	case started, st.run.paused != nil, st.going >= st.run.width(st.arg.Window):
		return waits
	}
	return hands
}

// over reports whether no record may start any more.
func (st *stream) over() bool { return st.shut || st.broken != nil || st.halted() != nil }

// ended reports whether the list has no more records.
func (st *stream) ended() bool { return st.arg.Whole && st.ahead == nil }

// chunks is the number of chunks that a stream has at the same time if its width allows it: while one waits for its last records, the others go on.
const chunks = 4

// share returns the number of records that may be in flight in one chunk.
func (st *stream) share() int {
	width := st.run.width(st.arg.Window)
	return (width + chunks - 1) / chunks
}

// some takes the records of the next chunk: first those that another one had.
func (st *stream) some() []engine.Record {
	from := &st.queue
	if len(st.back) > 0 {
		from = &st.back
	}
	all := *from
	most := min(st.run.limits().chunk, max((st.page+chunks-1)/chunks, 10), len(all))
	n, bytes := 0, 0
	for n < most {
		if bytes += size(all[n]); n > 0 && bytes > mostPart {
			break
		}
		n++
	}
	*from = all[n:]
	return slices.Clone(all[:n])
}

// hand gives records to a chunk.
func (st *stream) hand(records []engine.Record) {
	width := max(1, min(st.share(), st.run.width(st.arg.Window)-st.going))
	before := slimmed(st.arg.Tally)
	before.Groups = engine.Groups{} // nothing in a chunk asks for them
	if len(records) == 1 {
		records[0] = fitting(records[0], mostBytes-mostTurns-mostPart)
	}
	arg := chunk{part: st.part(st.arg.Turns, st.arg.Window), Records: records, Width: width, Before: before}
	arg.Secrets, st.run.made.Secrets = st.run.made.Secrets, nil // the result of the chunk has them, if it has one
	id := ChunkID(StreamID(st.run.Run, st.arg.Window.Place), st.arg.Chunks)
	st.arg.Chunks++
	st.handed++
	st.going += width
	workflow.Go(st.here, func(here workflow.Context) {
		on := strand{run: st.run, here: here, ctx: st.starting, cut: st.strand.cut, held: st.held}
		var out Chunked
		arg.takes(st.run) // a signal may have come since
		arg.Lease = st.run.left.lend(id, len(records))
		c, err := on.child(ChunkWorkflow, Child{ID: id, Stream: st.arg.Window.Place}, arg, &out)
		st.run.left.settle(id, out.Used, c == nil || err == nil)
		st.going -= width
		if err != nil {
			st.run.made.Secrets = append(arg.Secrets, st.run.made.Secrets...)
		}
		switch {
		case c == nil && engine.IsCanceled(err): // it has not started
		case err != nil:
			st.broken = err
			st.close()
		default:
			st.took(records, out)
		}
	})
}

// took counts the records of a chunk that has ended.
func (st *stream) took(records []engine.Record, out Chunked) {
	kept := st.arg.Tally.Kept
	st.arg.Tally = st.arg.Tally.Plus(out.Tally)
	st.arg.Tally.Kept, st.arg.Tally.Total = kept, st.total
	st.arg.Tally = slimmed(st.arg.Tally)
	st.back = append(st.back, records[len(records)-out.Rest:]...)
	st.run.respondedAt(out.Responded)
	if err := st.run.add(out.Sum); err != nil {
		st.broken = err
	}
	if kept {
		st.hold(out)
	}
	if st.cut == nil && !st.shut {
		st.cut = out.Err.Err
	}
	if st.stop(st.arg.Tally) && !st.shut {
		st.shut = true
		st.close()
	}
}

// hold keeps the values of the OK records of a chunk, as long as they are not too large.
func (st *stream) hold(out Chunked) {
	w := st.arg.Window
	for _, row := range out.Rows {
		if row.Err.Err != nil || row.Outcome.Status == engine.Skipped || !row.Record.Place.Around().Equal(w.Place) {
			continue
		}
		st.bytes += size(engine.ValueJSON{Value: row.Outcome.Value})
		st.arg.Items = append(st.arg.Items, engine.Item{Index: row.Record.Index, Value: row.Outcome.Value})
	}
	if out.Cut || len(st.arg.Items) > w.Values || st.bytes > mostValues {
		st.arg.Items, st.arg.Tally.Kept = nil, false
	}
}

// end returns the result of the stream.
func (st *stream) end() (engine.Tally, error) {
	t := st.arg.Tally
	if t.Kept {
		slices.SortFunc(st.arg.Items, func(a, b engine.Item) int { return a.Index - b.Index })
		for _, item := range st.arg.Items {
			t.Values = append(t.Values, item.Value)
		}
	}
	if st.arg.After != nil {
		t.Reading = &engine.Reading{Wanted: st.arg.After.Wanted}
	}
	unstarted := !st.ended() || len(st.queue) > 0 || len(st.back) > 0 || t.Read < st.arg.Read
	switch {
	case st.broken != nil:
		return t, st.broken
	case st.shut: // the reader's error does not matter
		return t, nil
	case st.cut != nil:
		return t, st.cut
	case st.halted() != nil && unstarted:
		return t, st.halted()
	}
	return t, st.readErr
}
