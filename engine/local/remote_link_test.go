package local_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// link lets two processes call each other over one connection, with many calls at the same time.
type link struct {
	conn     net.Conn
	handlers handlers
	reading  sync.WaitGroup // the reader, and the handlers of calls

	mu      sync.Mutex
	out     *json.Encoder
	asked   int
	waiting map[int]chan json.RawMessage // by the number of the call
	broken  error
}

// message is a call or, if What is empty, the answer to one.
type message struct {
	Number int
	What   string `json:",omitempty"`
	Body   json.RawMessage
}

type handlers map[string]func(json.RawMessage) any

// on returns a handler whose argument and answer are JSON.
func on[A, R any](f func(A) R) func(json.RawMessage) any {
	return func(body json.RawMessage) any {
		var arg A
		if err := json.Unmarshal(body, &arg); err != nil {
			panic(fmt.Sprintf("%T from %s: %v", arg, body, err))
		}
		return f(arg)
	}
}

func newLink(conn net.Conn, h handlers) *link {
	l := &link{conn: conn, handlers: h, out: json.NewEncoder(conn), waiting: map[int]chan json.RawMessage{}}
	l.reading.Go(l.read)
	return l
}

// wait returns when the connection is closed and all handlers have returned.
func (l *link) wait() {
	l.reading.Wait()
	_ = l.conn.Close()
}

func (l *link) close() {
	_ = l.conn.Close()
	l.reading.Wait()
}

func (l *link) read() {
	for in := json.NewDecoder(l.conn); ; {
		var m message
		if err := in.Decode(&m); err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.broken = err
			for _, answer := range l.waiting {
				close(answer)
			}
			return
		}
		if m.What != "" {
			l.reading.Go(func() { l.send(m.Number, "", l.handlers[m.What](m.Body)) })
			continue
		}
		l.mu.Lock()
		answer := l.waiting[m.Number]
		delete(l.waiting, m.Number)
		l.mu.Unlock()
		answer <- m.Body
	}
}

func (l *link) send(number int, what string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", what, err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.out.Encode(message{number, what, body}); err != nil && !errors.Is(err, net.ErrClosed) && l.broken == nil {
		l.broken = err
	}
}

// ask calls the other process and waits for its answer. It panics if the connection breaks, unless the test has ended.
func ask[R any](l *link, what string, arg any) (answer R) {
	l.mu.Lock()
	if l.broken != nil {
		l.mu.Unlock()
		if errors.Is(l.broken, io.EOF) || errors.Is(l.broken, net.ErrClosed) {
			return answer // after the end of a failed test
		}
		panic(fmt.Sprintf("%s: the link is broken: %v", what, l.broken))
	}
	l.asked++
	number, body := l.asked, make(chan json.RawMessage, 1)
	l.waiting[number] = body
	l.mu.Unlock()
	l.send(number, what, arg)
	data, ok := <-body
	if !ok {
		panic(fmt.Sprintf("%s: the link is broken", what))
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		panic(fmt.Sprintf("%s: %T from %s: %v", what, answer, data, err))
	}
	return answer
}

// Arguments and answers of calls for which package engine has no types.

type (
	// effect is an effect on a strand.
	effect[A any] struct {
		Strand int
		Arg    A
	}
	// answer is the result of a call that may fail.
	answer[R any] struct {
		Out R
		Err engine.ErrorJSON
	}
	// back is a call of a function that the interpreter passed with an effect.
	back[A any] struct {
		Func   int
		Strand int
		Arg    A
	}
	streamArg struct {
		Window           engine.Window
		Read, Body, Stop int // numbers of functions; 0 is a nil Stop
	}
	pageArg struct {
		Call engine.Invocation
		At   card.Cursor
	}
	page struct {
		Items engine.ValueJSON
		Next  card.Cursor
		Cut   *card.Error
	}
	forkArg struct {
		Place   engine.Place
		N, Body int
	}
	withinArg struct {
		Limit engine.Limit
		Body  int
	}
	startArg struct {
		Place engine.Place
		Flow  string
		Start engine.Start
	}
	respondArg struct {
		Place    engine.Place
		Response engine.Response
	}
	awaitArg struct {
		Place    engine.Place
		Approval engine.Approval
	}
	openArg struct {
		Run     string
		Cards   []cardArg
		Start   bool // whether flows can be started
		Respond bool // whether a request waits for an answer
		Await   bool // whether a person can be asked
		Keeper  bool // whether there is a Keeper
	}
	cutArg struct {
		Card string
		In   engine.ValueJSON
		N    int
	}
	cardArg struct {
		Name    string
		Effect  card.Effect
		ByInput bool
		List    bool
		Cut     bool // whether it finds lists that are not whole
	}
	// useArg is a call of a card in the other process.
	useArg struct {
		Number  int // identifies the call, to cut it off
		Card    string
		Run     string
		Place   string
		Attempt int
		Conn    string
		In      engine.ValueJSON
		At      card.Cursor
		Last    engine.ErrorJSON
	}
	useAnswer struct {
		Out     engine.ValueJSON
		Page    page
		Err     engine.ErrorJSON
		Cut     bool   // the error is that of the context
		NotSent bool   // the error is card.ErrNotSent
		Panic   string // of the card
	}
	keepArg struct {
		Number int
		Record engine.Record
		Out    engine.Outcome
		Err    engine.ErrorJSON
	}
	writeArg struct {
		Number  int
		Records []engine.Record
	}
)

func answered[R any](out R, err error) answer[R] { return answer[R]{out, engine.ErrorJSON{Err: err}} }

func pageOf(p card.Page) page { return page{engine.ValueJSON{Value: p.Items}, p.Next, p.Cut} }

func (p page) page() card.Page {
	items, _ := p.Items.Value.([]any)
	return card.Page{Items: items, Next: p.Next, Cut: p.Cut}
}
