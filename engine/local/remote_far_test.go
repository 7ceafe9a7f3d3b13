package local_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/local"
)

// far is the side of the connection with the Runtime.
type far struct {
	link *link

	mu      sync.Mutex
	last    int
	strands map[int]engine.Runtime
	using   map[int]context.Context // contexts of the calls of cards
	resume  map[int]func()          // ends their pauses
	cancel  context.CancelCauseFunc
}

func newFar(conn net.Conn) *far {
	f := &far{strands: map[int]engine.Runtime{}, using: map[int]context.Context{}, resume: map[int]func(){}}
	opened := make(chan struct{})
	defer close(opened)
	f.link = newLink(conn, handlers{
		"open":   on(func(a openArg) none { <-opened; f.open(a); return none{} }),
		"cancel": on(func(none) none { f.cancel(errors.New("interrupted")); return none{} }),
		"close":  on(func(none) int { defer f.cancel(nil); return len(f.strands) - 1 }),
		"call": on(func(e effect[engine.Invocation]) answer[engine.ValueJSON] {
			out, err := f.rt(e.Strand).Call(e.Arg)
			return answered(engine.ValueJSON{Value: out}, err)
		}),
		"page": on(func(e effect[pageArg]) answer[page] {
			p, err := f.rt(e.Strand).Page(e.Arg.Call, e.Arg.At)
			return answered(pageOf(p), err)
		}),
		"stream": on(func(e effect[streamArg]) answer[engine.Tally] { return answered(f.stream(f.rt(e.Strand), e.Arg)) }),
		"fork": on(func(e effect[forkArg]) engine.ErrorJSON {
			return engine.ErrorJSON{Err: f.rt(e.Strand).Fork(e.Arg.Place, e.Arg.N, func(rt engine.Runtime, i int) error {
				return callBack[engine.ErrorJSON](f, e.Arg.Body, rt, i).Err
			})}
		}),
		"within": on(func(e effect[withinArg]) engine.ErrorJSON {
			return engine.ErrorJSON{Err: f.rt(e.Strand).Within(e.Arg.Limit, func(rt engine.Runtime) error {
				return callBack[engine.ErrorJSON](f, e.Arg.Body, rt, none{}).Err
			})}
		}),
		"start": on(func(e effect[startArg]) engine.ErrorJSON {
			return engine.ErrorJSON{Err: f.rt(e.Strand).Start(e.Arg.Place, e.Arg.Flow, e.Arg.Start)}
		}),
		"respond": on(func(e effect[respondArg]) engine.ErrorJSON {
			return engine.ErrorJSON{Err: f.rt(e.Strand).Respond(e.Arg.Place, e.Arg.Response)}
		}),
		"await": on(func(e effect[awaitArg]) answer[engine.Decision] {
			return answered(f.rt(e.Strand).Await(e.Arg.Place, e.Arg.Approval))
		}),
		"sleep": on(func(e effect[time.Time]) engine.ErrorJSON {
			return engine.ErrorJSON{Err: f.rt(e.Strand).Sleep(engine.Place{}, e.Arg)}
		}),
		"now":    on(func(e effect[none]) time.Time { return f.rt(e.Strand).Now() }),
		"halted": on(func(e effect[none]) bool { return f.rt(e.Strand).Context().Err() != nil }),
		"pause":  on(f.pause),
		"resume": on(f.resumed),
		"emit":   on(func(e effect[engine.Event]) none { f.rt(e.Strand).Emit(e.Arg); return none{} }),
	})
	return f
}

func (f *far) open(a openArg) {
	c := local.Config{
		Run: a.Run, Cards: card.Set{},
		Listen: func(e engine.Event) { ask[none](f.link, "listen", e) },
	}
	for _, of := range a.Cards {
		c.Cards[of.Name] = f.stub(of)
	}
	if a.Start {
		c.Start = func(flow string, s engine.Start) error {
			return ask[engine.ErrorJSON](f.link, "start", startArg{Flow: flow, Start: s}).Err
		}
	}
	if a.Respond {
		c.Respond = func(at engine.Place, r engine.Response) error {
			return ask[engine.ErrorJSON](f.link, "respond", respondArg{at, r}).Err
		}
	}
	if a.Await {
		c.Await = func(_ context.Context, at engine.Place, a engine.Approval) (engine.Decision, error) {
			decided := ask[answer[engine.Decision]](f.link, "await", awaitArg{at, a})
			return decided.Out, decided.Err.Err
		}
	}
	if a.Keeper {
		c.Keeper = farKeeper{f.link}
	}
	var ctx context.Context
	ctx, f.cancel = context.WithCancelCause(context.Background())
	f.strands[0] = local.New(ctx, c)
}

func (f *far) rt(strand int) engine.Runtime {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.strands[strand]
}

func (f *far) number() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	return f.last
}

func (f *far) stream(rt engine.Runtime, a streamArg) (engine.Tally, error) {
	if a.Stop != 0 {
		a.Window.Stop = func(t engine.Tally) bool { return callBack[bool](f, a.Stop, rt, t) }
	}
	return rt.Stream(a.Window,
		func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
			got := callBack[answer[engine.Batch]](f, a.Read, rt, at)
			return got.Out, got.Err.Err
		},
		func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
			got := callBack[answer[engine.Outcome]](f, a.Body, rt, r)
			return got.Out, got.Err.Err
		})
}

// callBack calls a function of the interpreter on a strand, and passes the end of the strand to it.
func callBack[R any](f *far, function int, rt engine.Runtime, arg any) R {
	id := f.number()
	f.mu.Lock()
	f.strands[id] = rt
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.strands, id)
	}()
	defer whenOver(rt.Context(), func() { ask[none](f.link, "halt", id) })()
	return ask[R](f.link, "back", back[any]{function, id, arg})
}

// whenOver calls f when ctx ends. The function that it returns prevents the call, or waits for f if it was already
// called.
func whenOver(ctx context.Context, f func()) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(done); f() })
	return func() {
		if !stop() {
			<-done
		}
	}
}

// stub returns a card that is called in the other process.
func (f *far) stub(of cardArg) card.Card {
	type anything = map[string]any
	if of.List {
		spec := card.Spec{Name: of.Name, Effect: of.Effect}
		if of.Cut {
			spec.Cut = func(in card.Value, n int) *card.Error {
				return ask[*card.Error](f.link, "list end", cutArg{of.Name, engine.ValueJSON{Value: in}, n})
			}
		}
		return card.NewList(spec,
			func(ctx context.Context, call card.Call, in anything, at card.Cursor) (items []card.Raw[anything], next card.Cursor, err error) {
				u, err := f.use(ctx, of.Name, call, in, at)
				for _, item := range u.Page.page().Items {
					items = append(items, card.Raw[anything]{Value: item})
				}
				return items, u.Page.Next, err
			})
	}
	c := cardtest.Fake(of.Name, of.Effect, func(ctx context.Context, call card.Call, in anything) (card.Raw[anything], error) {
		u, err := f.use(ctx, of.Name, call, in, "")
		return card.Raw[anything]{Value: u.Out.Value}, err
	})
	if of.ByInput {
		c.ByInput = func(in card.Value) card.Effect {
			return ask[card.Effect](f.link, "effect", useArg{Card: of.Name, In: engine.ValueJSON{Value: in}})
		}
	}
	return c
}

// pause stops the time of a call of a card, which has one pause at a time.
func (f *far) pause(call int) none {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resume[call] = clock.Pause(f.using[call])
	return none{}
}

func (f *far) resumed(call int) none {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resume[call]()
	return none{}
}

func (f *far) use(ctx context.Context, name string, call card.Call, in any, at card.Cursor) (useAnswer, error) {
	number := f.number()
	f.mu.Lock()
	f.using[number] = ctx
	f.mu.Unlock()
	defer whenOver(ctx, func() { ask[none](f.link, "cut", number) })()
	u := ask[useAnswer](f.link, "use", useArg{
		Number: number, Card: name, Run: call.Run, Place: call.Place.ID(), Attempt: call.Attempt, Conn: call.ConnName,
		In: engine.ValueJSON{Value: in}, At: at, Last: engine.ErrorJSON{Err: lastOf(call)},
	})
	switch {
	case u.Panic != "":
		panic(u.Panic)
	case u.Cut && u.NotSent:
		return u, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case u.Cut:
		return u, context.Cause(ctx)
	}
	return u, u.Err.Err
}

// lastOf returns the failure of the attempt before, without a type if there is none.
func lastOf(call card.Call) error {
	if call.Last == nil {
		return nil
	}
	return call.Last
}

// farKeeper is a Keeper that calls the one in the other process.
type farKeeper struct{ *link }

type farKept struct {
	*link
	number int
}

func (k farKeeper) Results(at engine.Place) (engine.Results, error) {
	a := ask[answer[int]](k.link, "results", at)
	return farKept{k.link, a.Out}, a.Err.Err
}

func (k farKeeper) Snapshot(at engine.Place) (engine.Snapshot, error) {
	a := ask[answer[int]](k.link, "snapshot", at)
	return farKept{k.link, a.Out}, a.Err.Err
}

func (k farKept) Add(r engine.Record, out engine.Outcome, err error) error {
	return ask[engine.ErrorJSON](k.link, "keep", keepArg{k.number, r, out, engine.ErrorJSON{Err: err}}).Err
}

func (k farKept) Close() (string, error) {
	a := ask[answer[string]](k.link, "kept", k.number)
	return a.Out, a.Err.Err
}

func (k farKept) Write(records []engine.Record) error {
	return ask[engine.ErrorJSON](k.link, "write", writeArg{k.number, records}).Err
}

func (k farKept) Read() ([]engine.Record, error) {
	a := ask[answer[[]engine.Record]](k.link, "read", k.number)
	return a.Out, a.Err.Err
}

func (k farKept) Complete() (int, bool) { return 0, false }

func (k farKept) Leave(bool) { ask[none](k.link, "remove", k.number) }
