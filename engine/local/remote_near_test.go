package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

// near is the side of the connection with the interpreter.
type near struct {
	link  *link
	setup enginetest.Setup

	mu      sync.Mutex
	last    int
	funcs   map[int]func(engine.Runtime, json.RawMessage) any // functions that can be called back, by number
	strands map[int]nearStrand
	uses    map[int]context.Context // contexts of calls of cards
	cuts    map[int]context.CancelCauseFunc
	results map[int]engine.Results
	snaps   map[int]engine.Snapshot
}

// nearStrand is the Runtime that the interpreter uses. It has the number of a strand in the other process.
type nearStrand struct {
	run  *near
	id   int
	ctx  context.Context
	halt context.CancelCauseFunc
}

var _ engine.Runtime = nearStrand{}

func newNear(conn net.Conn, s enginetest.Setup) *near {
	n := &near{
		setup: s, funcs: map[int]func(engine.Runtime, json.RawMessage) any{}, strands: map[int]nearStrand{},
		uses: map[int]context.Context{}, cuts: map[int]context.CancelCauseFunc{}, results: map[int]engine.Results{}, snaps: map[int]engine.Snapshot{},
	}
	n.link = newLink(conn, handlers{
		"back": on(n.back), "halt": on(n.halt), "use": on(n.use), "cut": on(n.cut),
		"list end": on(func(a cutArg) *card.Error { return s.Cards[a.Card].Cut(a.In.Value, a.N) }),
		"effect":   on(func(a useArg) card.Effect { return s.Cards[a.Card].EffectOf(a.In.Value) }),
		"listen": on(func(e engine.Event) none {
			if s.Listen != nil {
				s.Listen(e)
			}
			return none{}
		}),
		"start":   on(func(a startArg) engine.ErrorJSON { return engine.ErrorJSON{Err: s.Start(a.Flow, a.Start)} }),
		"respond": on(func(a respondArg) engine.ErrorJSON { return engine.ErrorJSON{Err: s.Respond(a.Place, a.Response)} }),
		"await": on(func(a awaitArg) answer[engine.Decision] {
			return answered(s.Await(context.Background(), a.Place, a.Approval))
		}),
		"results": on(func(at engine.Place) answer[int] {
			r, err := s.Keeper.Results(at)
			return answered(hold(n, n.results, r), err)
		}),
		"keep": on(func(a keepArg) engine.ErrorJSON {
			return engine.ErrorJSON{Err: held(n, n.results, a.Number).Add(a.Record, a.Out, a.Err.Err)}
		}),
		"kept": on(func(number int) answer[string] { return answered(held(n, n.results, number).Close()) }),
		"snapshot": on(func(at engine.Place) answer[int] {
			snap, err := s.Keeper.Snapshot(at)
			return answered(hold(n, n.snaps, snap), err)
		}),
		"write": on(func(a writeArg) engine.ErrorJSON {
			return engine.ErrorJSON{Err: held(n, n.snaps, a.Number).Write(a.Records)}
		}),
		"read":   on(func(number int) answer[[]engine.Record] { return answered(held(n, n.snaps, number).Read()) }),
		"remove": on(func(number int) none { held(n, n.snaps, number).Leave(true); return none{} }),
	})
	open := openArg{Run: s.Run, Start: s.Start != nil, Respond: s.Respond != nil, Await: s.Await != nil, Keeper: s.Keeper != nil}
	for _, c := range s.Cards {
		open.Cards = append(open.Cards, cardArg{c.Name, c.Effect, c.ByInput != nil, c.IsList(), c.Cut != nil})
	}
	ask[none](n.link, "open", open)
	return n
}

// hold stores v and returns a number for it, for held.
func hold[T any](n *near, in map[int]T, v T) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	in[n.last] = v
	return n.last
}

func held[T any](n *near, in map[int]T, number int) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return in[number]
}

func drop[T any](n *near, in map[int]T, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(in, number)
}

// first returns the run's first strand.
func (n *near) first() engine.Runtime { return n.strand(0) }

func (n *near) strand(id int) nearStrand {
	ctx, halt := context.WithCancelCause(context.Background())
	s := nearStrand{n, id, ctx, halt}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.strands[id] = s
	return s
}

// back calls a function on a strand that an effect made.
func (n *near) back(b back[json.RawMessage]) any {
	s := n.strand(b.Strand)
	defer s.halt(nil)
	defer drop(n, n.strands, s.id)
	return held(n, n.funcs, b.Func)(s, b.Arg)
}

// halt ends the context of a strand.
func (n *near) halt(id int) none {
	if s := held(n, n.strands, id); s.halt != nil {
		s.halt(engine.ErrCanceled)
	}
	return none{}
}

// use calls a card.
func (n *near) use(a useArg) (u useAnswer) {
	ctx, cut := n.using(a.Number)
	defer cut(nil)
	ctx = clock.WithPause(ctx, func() func() {
		ask[none](n.link, "pause", a.Number)
		return func() { ask[none](n.link, "resume", a.Number) }
	})
	defer func() {
		if p := recover(); p != nil {
			u.Panic = fmt.Sprint(p)
		}
	}()
	var place engine.Place
	if err := place.UnmarshalText([]byte(a.Place)); err != nil {
		panic(err)
	}
	call := card.Call{Run: a.Run, Place: place, Attempt: a.Attempt, Last: card.AsError(a.Last.Err), ConnName: a.Conn}
	var err error
	if c := n.setup.Cards[a.Card]; c.IsList() {
		var p card.Page
		p, err = c.Page(ctx, call, a.In.Value, a.At)
		u.Page = pageOf(p)
	} else {
		u.Out.Value, err = c.Run(ctx, call, a.In.Value)
	}
	u.Err.Err = err
	u.NotSent = errors.Is(err, card.ErrNotSent)
	u.Cut = ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
	return u
}

// cut ends the context of a call of a card.
func (n *near) cut(number int) none {
	_, cut := n.using(number)
	cut(errors.New("cut off"))
	return none{}
}

// using returns the context of a call of a card, which may be cut off before the call arrives.
func (n *near) using(number int) (context.Context, context.CancelCauseFunc) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.uses[number] == nil {
		n.uses[number], n.cuts[number] = context.WithCancelCause(context.Background())
	}
	return n.uses[number], n.cuts[number]
}

// do requests an effect on the strand.
func do[R any](s nearStrand, what string, arg any) R {
	return ask[R](s.run.link, what, effect[any]{s.id, arg})
}

// lend makes a function available to an effect until end is called.
func lend[A any](n *near, f func(engine.Runtime, A) any) (id int, end func()) {
	id = hold(n, n.funcs, func(rt engine.Runtime, arg json.RawMessage) any {
		return on(func(a A) any { return f(rt, a) })(arg)
	})
	return id, func() { drop(n, n.funcs, id) }
}

func (s nearStrand) Call(c engine.Invocation) (engine.Value, error) {
	a := do[answer[engine.ValueJSON]](s, "call", c)
	return a.Out.Value, a.Err.Err
}

func (s nearStrand) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	a := do[answer[page]](s, "page", pageArg{c, at})
	return a.Out.page(), a.Err.Err
}

func (s nearStrand) Stream(w engine.Window, read func(engine.Runtime, card.Cursor) (engine.Batch, error), body func(engine.Runtime, engine.Record) (engine.Outcome, error)) (engine.Tally, error) {
	arg := streamArg{Window: w}
	var end func()
	arg.Read, end = lend(s.run, func(rt engine.Runtime, at card.Cursor) any { return answered(read(rt, at)) })
	defer end()
	arg.Body, end = lend(s.run, func(rt engine.Runtime, r engine.Record) any { return answered(body(rt, r)) })
	defer end()
	if w.Stop != nil {
		arg.Stop, end = lend(s.run, func(_ engine.Runtime, t engine.Tally) any { return w.Stop(t) })
		defer end()
	}
	a := do[answer[engine.Tally]](s, "stream", arg)
	return a.Out, a.Err.Err
}

func (s nearStrand) Fork(at engine.Place, n int, body func(engine.Runtime, int) error) error {
	id, end := lend(s.run, func(rt engine.Runtime, i int) any { return engine.ErrorJSON{Err: body(rt, i)} })
	defer end()
	return do[engine.ErrorJSON](s, "fork", forkArg{at, n, id}).Err
}

func (s nearStrand) Within(l engine.Limit, body func(engine.Runtime) error) error {
	id, end := lend(s.run, func(rt engine.Runtime, _ none) any { return engine.ErrorJSON{Err: body(rt)} })
	defer end()
	return do[engine.ErrorJSON](s, "within", withinArg{l, id}).Err
}

func (s nearStrand) Start(at engine.Place, flow string, start engine.Start) error {
	return do[engine.ErrorJSON](s, "start", startArg{at, flow, start}).Err
}

func (s nearStrand) Respond(at engine.Place, r engine.Response) error {
	return do[engine.ErrorJSON](s, "respond", respondArg{at, r}).Err
}

func (s nearStrand) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	decided := do[answer[engine.Decision]](s, "await", awaitArg{at, a})
	return decided.Out, decided.Err.Err
}

func (s nearStrand) Sleep(_ engine.Place, until time.Time) error {
	return do[engine.ErrorJSON](s, "sleep", until).Err
}

func (s nearStrand) Moment(engine.Place) time.Time { return s.Now() }

func (s nearStrand) Position(engine.Place) (engine.Position, error) { return engine.Position{}, nil }

func (s nearStrand) Now() time.Time { return do[time.Time](s, "now", nil) }

// Context returns a context that ends when the other process reports it. It also asks whether it has ended, since the
// report may not have arrived yet.
func (s nearStrand) Context() context.Context {
	if do[bool](s, "halted", nil) {
		s.halt(engine.ErrCanceled)
	}
	return s.ctx
}

func (s nearStrand) Emit(e engine.Event) {
	if s.run.setup.Listen != nil {
		do[none](s, "emit", e)
	}
}
