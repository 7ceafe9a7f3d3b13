// Package catalogue is the cards as people look them up: what there is to say of each, and the search that finds
// the one that is meant.
//
// It knows no service, no terminal and no Markdown: who shows an Entry chooses its form.
package catalogue

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Entry is all that people are told of a card. Its JSON is what `flowdeck cards --json` prints: a key that is
// there stays and keeps its meaning; new ones may come.
type Entry struct {
	Name          string             `json:"name"`            // as in a flow: okta.user.suspend
	Title         string             `json:"title"`           // the connector's own name for it
	Also          []string           `json:"also"`            // what other connectors call it
	Summary       string             `json:"summary"`         // one line
	Resource      string             `json:"resource"`        // what it acts on: the name without its verb
	Effect        string             `json:"effect"`          // reads, idempotent, creates or destroys
	EffectByInput bool               `json:"effect_by_input"` // Effect is the strongest there is; the inputs decide
	Undo          *Undo              `json:"undo"`            // null for a card that reads
	NoConnection  bool               `json:"no_connection"`   // it needs no connection
	Scopes        []string           `json:"scopes"`          // empty if they depend on the inputs, or if it needs no connection
	List          bool               `json:"list"`            // whether it answers page by page
	Key           string             `json:"key"`             // of a list: the field that identifies a record, if one does
	Example       string             `json:"example"`         // one step, in YAML
	Input         *jsonschema.Schema `json:"input"`           // JSON Schema of the inputs, an object
	Output        *jsonschema.Schema `json:"output"`          // JSON Schema of the answer; of a list, of one record

	effect          card.Effect
	Inputs, Outputs []Field `json:"-"` // Input and Output as rows, for people
}

// Undo says how far what a card did can be taken back. Nothing takes it back by itself.
type Undo struct {
	Extent string `json:"extent"` // exact, partial or none
	Card   string `json:"card"`   // the card that takes it back; empty if none does
	Rest   string `json:"rest"`   // what stays different, where the extent is partial

	NeedsBefore bool `json:"needs_before"` // it takes the values that the call overwrote
}

// Of is the entries of some cards: those of a resource together, in the order of what they do, reads first.
func Of(cards card.Set) []Entry {
	entries := make([]Entry, 0, len(cards))
	for c := range maps.Values(cards) {
		entries = append(entries, describe(c))
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Resource, b.Resource), cmp.Compare(a.effect, b.effect), strings.Compare(a.Name, b.Name))
	})
	return entries
}

func describe(c card.Card) Entry {
	e := Entry{
		Name: c.Name, Title: c.Title, Also: append([]string{}, c.Also...), Summary: c.Summary, Resource: resource(c.Name),
		Effect: c.Effect.String(), EffectByInput: c.ByInput != nil, effect: c.Effect,
		NoConnection: c.NoConnection, Scopes: append([]string{}, c.Scopes...), List: c.IsList(), Key: c.Key, Example: strings.TrimSpace(c.Example),
		Input: c.In, Output: c.Out, Inputs: rows("", c.In), Outputs: rows("", c.Out),
	}
	if c.Undo.Extent != 0 {
		e.Undo = &Undo{Extent: c.Undo.Extent.String(), Card: c.Undo.Card, Rest: c.Undo.Rest, NeedsBefore: c.Undo.NeedsBefore}
	}
	return e
}

// resource is a card's name without its verb. A name of two parts has none.
func resource(name string) string {
	if strings.Count(name, ".") < 2 {
		return name
	}
	return name[:strings.LastIndex(name, ".")]
}

// Mark is the effect in one word.
func (e Entry) Mark() string {
	switch {
	case e.EffectByInput:
		return "any"
	case e.effect == card.Idempotent:
		return "writes"
	}
	return e.Effect
}

// EffectInWords says what a second identical call would do.
func (e Entry) EffectInWords() string {
	words := map[card.Effect]string{
		card.Reads:      "reads: it changes nothing",
		card.Idempotent: "writes: doing it twice is as doing it once",
		card.Creates:    "creates: a second time it makes a second thing, sends a second mail, or fails",
		card.Destroys:   "destroys: what it takes away cannot be given back whole",
	}[e.effect]
	if e.EffectByInput {
		return "its inputs decide, and at most it " + words
	}
	return words
}

// UndoInWords says how far it can be taken back; empty for a card that reads.
func (e Entry) UndoInWords() string {
	switch {
	case e.Undo == nil:
		return ""
	case e.Undo.Card == "":
		return "none: what it did stays"
	}
	words := e.Undo.Extent + ", with " + e.Undo.Card
	if e.Undo.NeedsBefore {
		words += " and the values from before the call"
	}
	if e.Undo.Rest != "" {
		words += ": " + e.Undo.Rest
	}
	return words
}

// ListInWords says how the records of a list are had; empty for other cards.
func (e Entry) ListInWords() string {
	switch {
	case !e.List:
		return ""
	case e.Key == "":
		return "page by page, for a stream, or with `result: first` or `all`"
	}
	return "page by page, for a stream, or with `result: first` or `all`; a record's key is " + e.Key
}

// ScopesInWords names the OAuth scopes that it needs.
func (e Entry) ScopesInWords() string {
	switch {
	case e.NoConnection:
		return "none: it needs no connection"
	case len(e.Scopes) == 0:
		return "they depend on the inputs"
	}
	return strings.Join(e.Scopes, ", ")
}

// Step is the example as an element of a flow's steps, ready to paste.
func (e Entry) Step() string {
	return "- " + strings.ReplaceAll(e.Example, "\n", "\n  ")
}
