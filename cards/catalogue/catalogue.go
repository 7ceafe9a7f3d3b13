// Package catalogue describes cards to people, and searches them.
//
// It must not know services, terminals or Markdown: its callers format an Entry.
package catalogue

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Entry describes a card completely. `flowdeck cards --json` prints it as JSON: a key is never removed and never changes its
// meaning, but keys may be added.
type Entry struct {
	Name          string             `json:"name"`            // as in a flow: okta.user.suspend
	Title         string             `json:"title"`           // its name in Okta's connector
	Also          []string           `json:"also"`            // its names in other connectors
	Summary       string             `json:"summary"`         // one line
	Resource      string             `json:"resource"`        // the name without its verb
	Effect        string             `json:"effect"`          // reads, idempotent, creates or destroys
	EffectByInput bool               `json:"effect_by_input"` // the inputs decide; Effect is the strongest effect
	Undo          *Undo              `json:"undo"`            // null if the card reads
	NoConnection  bool               `json:"no_connection"`   // it needs no connection
	Scopes        []string           `json:"scopes"`          // empty if they depend on the inputs, or if it needs no connection
	List          bool               `json:"list"`            // whether it answers page by page
	Key           string             `json:"key"`             // for a list: the field that identifies a record, if there is one
	Example       string             `json:"example"`         // one step, in YAML
	Input         *jsonschema.Schema `json:"input"`           // the JSON Schema of the inputs, an object
	Output        *jsonschema.Schema `json:"output"`          // the JSON Schema of the answer; for a list, of one record

	effect          card.Effect
	Inputs, Outputs []Field `json:"-"` // Input and Output as rows, for people
}

// Undo is how far a call of the card can be taken back. flowdeck does not do it by itself.
type Undo struct {
	Extent string `json:"extent"` // exact, partial or none
	Card   string `json:"card"`   // the card that takes it back; empty if none does
	Rest   string `json:"rest"`   // what stays different, where the extent is partial

	NeedsBefore bool `json:"needs_before"` // it takes the values that the call overwrote
}

// Of returns the entries of cards, grouped by resource and sorted by effect, with reads first.
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

// resource returns a card's name without its verb. A name of two parts has no verb.
func resource(name string) string {
	if strings.Count(name, ".") < 2 {
		return name
	}
	return name[:strings.LastIndex(name, ".")]
}

// Mark returns the effect in one word; if the inputs decide, the strongest.
func (e Entry) Mark() string {
	switch {
	case e.EffectByInput && e.effect == card.Destroys:
		return "any"
	case e.effect == card.Idempotent:
		return "writes"
	}
	return e.Effect
}

// EffectInWords describes the effect, and that of a second identical call.
func (e Entry) EffectInWords() string {
	words := map[card.Effect]string{
		card.Reads:      "reads: changes nothing",
		card.Idempotent: "writes: a second call changes nothing more",
		card.Creates:    "creates: a second call creates another thing, sends another email, or fails",
		card.Destroys:   "destroys: removes something that cannot be fully restored",
	}[e.effect]
	if e.EffectByInput {
		return "depends on the inputs, at most: " + words
	}
	return words
}

// UndoInWords describes how far a call can be taken back; empty for a card that reads.
func (e Entry) UndoInWords() string {
	switch {
	case e.Undo == nil:
		return ""
	case e.Undo.Card == "":
		return "none: it cannot be taken back"
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

// ListInWords describes how to get the records of a list; empty for other cards.
func (e Entry) ListInWords() string {
	switch {
	case !e.List:
		return ""
	case e.Key == "":
		return "page by page, for a stream, or with `result: first` or `all`"
	}
	return "page by page, for a stream, or with `result: first` or `all`; a record's key is " + e.Key
}

// ScopesInWords lists the OAuth scopes that it needs.
func (e Entry) ScopesInWords() string {
	switch {
	case e.NoConnection:
		return "none: it needs no connection"
	case len(e.Scopes) == 0:
		return "depend on the inputs"
	}
	return strings.Join(e.Scopes, ", ")
}

// Step returns the example as an item of a flow's steps.
func (e Entry) Step() string {
	return "- " + strings.ReplaceAll(e.Example, "\n", "\n  ")
}
