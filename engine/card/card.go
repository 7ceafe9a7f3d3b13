// Package card is the vocabulary that cards and the engine share: cards, their inputs, answers and errors, and
// the connections that they are called on.
//
// It must not know flows, YAML, Okta or HTTP.
package card

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Spec describes a card completely, except for running it. Validation, editor schemas, docs and tests are
// views of it.
type Spec struct {
	Name    string   // service.resource.verb, as in a flow: "okta.user.suspend"
	Title   string   // the connector's own name for it: "Suspend User"
	Also    []string // its names in other connectors, for searches: "Read User"
	Summary string   // one line, imperative, no full stop
	Scopes  []string // the OAuth scopes that it needs, exactly
	Effect  Effect   // the strongest effect that it can have
	Undo    Undo     // how far it can be taken back; zero for a card that reads
	Target  string   // the thing that a call acts on, for people, with inputs in braces: "{group_id} ← {user_id}"; empty: the first input
	InDoubt string   // creates or destroys, without Write.Did: the reason why nobody can find out whether a call was done
	Key     string   // list cards: the field of a record that identifies it; empty if none does
	Example string   // one YAML step, checked and run by the tests

	// ByInput returns the effect of a call with this input, for a card whose effect depends on it; Effect is then the
	// strongest of them. nil: every call has Effect. Before a run, and in a dry run, an unknown input has a value that
	// fits no schema: ByInput then returns the strongest effect that is possible. If the call only reads without that input, a
	// dry run cannot decide whether it writes.
	ByInput func(in Value) Effect

	// AnyCase means that the service decides whether the case of a query parameter matters. Then an input that narrows a list does so in any
	// case. Otherwise such an input in another case is a mistake.
	AnyCase bool

	// SecretsIn returns the secret strings in an answer or, for a list card, in a record, for a card whose schema cannot
	// describe them, such as a raw request. nil: the schema marks all secrets.
	SecretsIn func(out Value) []string

	// Filters has, for inputs with the tag filter, functions that read a filter before the run: by the path of the input, such
	// as "filter" or "extra_parameters.filter". A function returns nil unless the service certainly refuses the filter. It must
	// not look at the contents of strings in the filter, which may be examples of values that are not known yet.
	Filters map[string]func(filter string) *FilterMistake

	// Cut finds lists that the service does not return as a whole: in has the input of a call, and n the number of records on the page
	// that ends the list. It returns the error of a call that needs all records; nil if there are no more. A list card whose lists are
	// always whole has none.
	Cut func(in Value, n int) *Error

	// NoConnection means that the card needs no connection: it works on the workspace, or on its inputs alone. Then its
	// service needs no Service, and Call.Conn is nil.
	NoConnection bool

	// FilesOnly means that the card changes only files of the workspace and the run: its connection is only read from, and may be
	// read-only.
	FilesOnly bool

	// NoScopes means that the service has no scopes that flowdeck knows: the account of the connection decides. A card without it, and
	// without Scopes, has scopes that depend on its inputs.
	NoScopes bool
}

// Effect classifies what happens if the same call is made twice. There is no default: a card must declare it.
type Effect int

const (
	Reads      Effect = iota + 1 // changes nothing
	Idempotent                   // leaves the same state however often it runs
	Creates                      // makes a second thing, sends a second mail, or fails
	Destroys                     // removes something that cannot be fully restored
)

// String returns the effect in lower case, as docs and messages write it.
func (e Effect) String() string {
	switch e {
	case Reads:
		return "reads"
	case Idempotent:
		return "idempotent"
	case Creates:
		return "creates"
	case Destroys:
		return "destroys"
	}
	return fmt.Sprintf("Effect(%d)", int(e))
}

// A Card is a Spec bound to the code that performs it. NewRead, NewWrite and NewList make one; the zero Card
// panics. Cards are immutable and safe for concurrent use.
type Card struct {
	Spec
	In  *jsonschema.Schema // its inputs, an object
	Out *jsonschema.Schema // its answer; for a list card, one record

	Table string // the table that In and Out are about; empty for a card of any table, and for one of none

	secretIn, secretOut bool // HasSecrets of In and Out, computed once: computing it for every answer would take a fifth of a step

	narrowing [][]string // see Narrowing

	refuse func(in map[string]any) *Refusal // see Refusing; nil refuses nothing
	check  func(call Call, in Value) error  // see Checking; nil checks nothing

	action func(context.Context, Call, Value) (Value, error)
	write  write
	list   func(context.Context, Call, Value, Cursor) (Page, error)
}

// Cursor is a position in a list, which only the card that made it can read. "" is the start and, as
// Page.Next, the end.
type Cursor string

// Page is a part of a list. It may be empty and still have a Next.
type Page struct {
	Items []Value
	Next  Cursor
	Cut   *Error // the list may go on, although it has no Next: the error of a call that needs all of it; nil if the list is whole
}

// Call is one attempt to run a card, as the host describes it.
type Call struct {
	Run     string // the run's id
	Place   Place  // in the run; Run and Place.ID are the same for every attempt, and differ between calls
	Attempt int    // from 1
	Last    *Error // the failure of the attempt before; nil for the first one, and if it is not known

	Serial bool // the requests of the call are made one after another, in an order that is the same each time

	Files  Files  // the files of the workspace and the run; nil if there are none
	Tables Tables // the tables of the workspace; nil if there are none

	ConnName string     // the connection's name in the workspace, for messages
	Conn     Connection // nil for a card that needs none
}

// Place is the position of a call in its run. It becomes a string only where one is needed.
type Place interface {
	// String returns the place for people: "sweep[00u1].suspend".
	String() string
	// ID returns a text that is different for every place of the run.
	ID() string
}

// Set is the cards that a host offers, by name.
type Set map[string]Card

// NewSet makes a Set. It panics if two cards have the same name, which is a programming error.
func NewSet(cards ...Card) Set {
	s := make(Set, len(cards))
	for _, c := range cards {
		if _, twice := s[c.Name]; twice {
			panic(fmt.Sprintf("card: two cards have the name %q", c.Name))
		}
		s[c.Name] = c
	}
	return s
}

// Service returns the first part of the card's name, which is also the name of the service whose connections it is
// called on.
func (c Card) Service() string {
	service, _, _ := strings.Cut(c.Name, ".")
	return service
}

// EffectOf returns the effect of a call with this input.
func (c Card) EffectOf(in Value) Effect {
	if c.ByInput == nil {
		return c.Effect
	}
	return c.ByInput(in)
}

// IsList reports whether the card answers page by page.
func (c Card) IsList() bool { return c.list != nil }

// Secrets returns the secret strings in an answer of the card or, for a list card, in a record. It is cheap for a card
// without secrets.
func (c Card) Secrets(out Value) (texts []string) {
	if c.secretOut {
		texts = Secrets(c.Out, out)
	}
	if c.SecretsIn != nil {
		texts = append(texts, c.SecretsIn(out)...)
	}
	return texts
}

// InputSecrets returns the secret strings in the inputs of a call, which a service may repeat.
func (c Card) InputSecrets(in Value) (texts []string) {
	if c.secretIn {
		texts = Secrets(c.In, in)
	}
	if c.SecretsIn != nil {
		texts = append(texts, c.SecretsIn(in)...)
	}
	return texts
}

// Run makes one attempt of a card that is not a list. in is an object of the value model, and out fits the schema Out.
// Every error is, or wraps, an *Error, or is the cause of the context's cancellation.
func (c Card) Run(ctx context.Context, call Call, in Value) (out Value, err error) {
	if err := c.refused(in); err != nil {
		return nil, c.explain(call, err)
	}
	if c.Effect == Reads {
		out, err = c.action(ctx, call, in)
		return out, c.explain(call, err)
	}
	requests := &sent{}
	out, err = c.action(context.WithValue(ctx, sentKey{}, requests), call, in)
	return out, requests.in(ctx, c.explain(call, err))
}

// Page makes one attempt to read the page at a cursor. Errors are those of Run.
func (c Card) Page(ctx context.Context, call Call, in Value, at Cursor) (Page, error) {
	if err := c.refused(in); err != nil {
		return Page{}, c.explain(call, err)
	}
	page, err := c.list(ctx, call, in, at)
	if err == nil && page.Next == "" && c.Cut != nil {
		page.Cut = c.Cut(in, len(page.Items))
	}
	return page, c.explain(call, err)
}

// Around returns the card with each attempt inside of a function, which makes the attempt by next. The card is not a list.
func (c Card) Around(around func(ctx context.Context, call Call, in Value, next func() (Value, error)) (Value, error)) Card {
	action := c.action
	c.action = func(ctx context.Context, call Call, in Value) (Value, error) {
		return around(ctx, call, in, func() (Value, error) { return action(ctx, call, in) })
	}
	return c
}

// Answered returns the card with answers in place of its own: answer is asked before each attempt. If it returns false, the card makes the attempt. The
// answer of a list card is the list of all records. What Checking refuses gets no answer.
func (c Card) Answered(answers func(ctx context.Context, call Call, in Value) (out Value, answered bool, err error)) Card {
	answer, check := answers, c.check
	if check != nil {
		answer = func(ctx context.Context, call Call, in Value) (Value, bool, error) {
			if err := check(call, in); err != nil {
				return nil, false, err
			}
			return answers(ctx, call, in)
		}
	}
	action, list := c.action, c.list
	if action != nil {
		c.action = func(ctx context.Context, call Call, in Value) (Value, error) {
			if out, answered, err := answer(ctx, call, in); answered || err != nil {
				return out, err
			}
			return action(ctx, call, in)
		}
	}
	if list != nil {
		c.list = func(ctx context.Context, call Call, in Value, at Cursor) (Page, error) {
			out, answered, err := answer(ctx, call, in)
			if answered || err != nil {
				items, _ := out.([]any)
				return Page{Items: items}, err
			}
			return list(ctx, call, in, at)
		}
	}
	return c
}

// NewRead binds a spec to the function of a card that changes nothing and answers one thing. The fields of In, a
// struct, are the inputs (see SchemaFor for its tags); Out is the answer, a struct or a Raw. It panics if the Spec is
// incomplete, which is a programming error.
func NewRead[In, Out any](spec Spec, read func(context.Context, Call, In) (Out, error)) Card {
	c := describe[In, Out](spec)
	c.mustRead()
	c.action = typedAction(read)
	return c
}

// typedAction erases the types of an action.
func typedAction[In, Out any](do func(context.Context, Call, In) (Out, error)) func(context.Context, Call, Value) (Value, error) {
	return func(ctx context.Context, call Call, in Value) (Value, error) {
		typed, err := decodeInput[In](in)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, call, typed)
		if err != nil {
			return nil, err
		}
		return encodeOutput(out)
	}
}

// NewList binds a spec to the function that reads one page: the items at a cursor, and the cursor of the
// page that follows. In is as for NewRead; Item is one record.
func NewList[In, Item any](spec Spec, page func(context.Context, Call, In, Cursor) ([]Item, Cursor, error)) Card {
	c := describe[In, Item](spec)
	c.mustRead()
	c.list = func(ctx context.Context, call Call, in Value, at Cursor) (Page, error) {
		typed, err := decodeInput[In](in)
		if err != nil {
			return Page{}, err
		}
		items, next, err := page(ctx, call, typed, at)
		if err != nil {
			return Page{}, err
		}
		p := Page{Items: make([]Value, len(items)), Next: next}
		for i, item := range items {
			if p.Items[i], err = encodeOutput(item); err != nil {
				return Page{}, err
			}
		}
		return p, nil
	}
	return c
}

// name matches the name of a card.
var name = regexp.MustCompile(`^[a-z]+(\.[a-z]+(_[a-z]+)*)+$`)

func describe[In, Out any](spec Spec) Card {
	if !name.MatchString(spec.Name) {
		panic(fmt.Sprintf("card: %q is not service.resource.verb", spec.Name))
	}
	if spec.Effect == 0 {
		panic(fmt.Sprintf("card: %s declares no effect", spec.Name))
	}
	out := SchemaFor[Out]()
	c := Card{Spec: spec, In: SchemaFor[In](), Out: out, secretOut: HasSecrets(out)}
	c.secretIn = HasSecrets(c.In)
	c.narrowing = narrowing(c.In, nil)
	c.checkTarget()
	c.checkFilters()
	return c
}

// mustRead panics if the spec is that of a card that writes.
func (c Card) mustRead() {
	if c.Effect != Reads || c.Undo != (Undo{}) || c.InDoubt != "" || c.ByInput != nil {
		panic(fmt.Sprintf("card: %s: use NewWrite for an effect other than Reads, and for Undo, InDoubt and ByInput", c.Name))
	}
}
