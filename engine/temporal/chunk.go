package temporal

import (
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/window"
)

// chunk is the argument of the workflow of a chunk.
type chunk struct {
	part
	Records []engine.Record
	Width   int          // maximum number of records in flight here
	Before  engine.Tally // of the stream when the chunk started
}

// chunk is the workflow of a chunk.
func (w *Workflows) chunk(ctx workflow.Context, arg chunk) (Chunked, error) {
	s, plan, err := w.open(ctx, arg.part)
	if err != nil {
		return Chunked{}, err
	}
	arg.Turns.Start.Permit = s.run.permit()
	turn, stop, err := plan.Turns(arg.Turns)
	if err != nil {
		panic(err) // the worker has another version of the flow: perhaps the next one has this one
	}
	win := window.Open(engine.Window{
		Place: arg.Window.Place, Total: arg.Before.Total,
		Stop: func(t engine.Tally) bool { return stop(arg.Before.Plus(t)) },
	}, arg.Before.Total, s.held)
	all := len(arg.Records)
	read := func(engine.Runtime, card.Cursor) (engine.Batch, error) {
		return engine.Batch{Records: arg.Records}, nil
	}
	width := s.run.width(arg.Window)
	reset := func() bool { return s.run.width(arg.Window) != width } // the next chunks have what may be in flight now
	full := func() bool { return s.run.long() || s.run.full() || reset() }
	if s.run.long() || s.run.full() { // the records themselves are large
		full = func() bool { return s.run.full() || reset() }
	}
	taken, tally, err := s.through(win, read, func() int { return arg.Width }, full, func(s strand, r engine.Record) {
		out, err := turn(s, r)
		s.ended(r, out, err)
		win.End(r, out, err, true)
	})
	done := Chunked{Tally: slimmed(tally), Err: engine.ErrorJSON{Err: slim(err)}, Responded: s.run.responded, Made: s.run.made, Used: s.run.left.used()}
	if s.halted() == nil && !win.Closed() {
		done.Rest = all - taken
	}
	if done.Sum, err = s.run.sum(); err != nil {
		return Chunked{}, err
	}
	done.fit(mostResult - size(done.Tally) - len(done.Sum))
	return done, nil
}
