// Package catalogue describes cards for people, and searches them.
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

// Entry is the complete description of a card, or of a trigger. `flowdeck cards --json` prints it as JSON. Keys may be added, but are
// never removed, and never change their meaning.
type Entry struct {
	Name           string             `json:"name"`            // as in a flow: okta.user.suspend
	Title          string             `json:"title"`           // its name in Okta's connector
	Also           []string           `json:"also"`            // its names in other connectors
	Summary        string             `json:"summary"`         // one line
	Resource       string             `json:"resource"`        // the name without its verb
	Effect         string             `json:"effect"`          // reads, idempotent, creates or destroys
	EffectByInput  bool               `json:"effect_by_input"` // the effect depends on the inputs; Effect is the strongest possible one
	Undo           *Undo              `json:"undo"`            // null for a card that reads
	NoConnection   bool               `json:"no_connection"`   // the card needs no connection
	Scopes         []string           `json:"scopes"`          // empty if they depend on the inputs, or if the card needs no connection or has a service without scopes
	RegisterScopes []string           `json:"register_scopes"` // of a trigger: those that `register: true` needs, too; empty for a card
	List           bool               `json:"list"`            // the card returns its records in pages
	Key            string             `json:"key"`             // for a list: the field that identifies a record; empty if there is none
	Example        string             `json:"example"`         // one step, in YAML
	Trigger        string             `json:"trigger"`         // event or poll for a trigger, which then has no effect; empty for a card
	Types          []string           `json:"types"`           // the event types of a trigger; empty for a card, and if its inputs have them
	Input          *jsonschema.Schema `json:"input"`           // the JSON Schema of the inputs, an object
	Output         *jsonschema.Schema `json:"output"`          // the JSON Schema of the answer; for a list, of one record; for a trigger, of the root trigger

	effect          card.Effect
	noScopes        bool
	Inputs, Outputs []Field `json:"-"` // Input and Output as rows, for people
}

// Undo describes how far a call of the card can be undone.
type Undo struct {
	Extent string `json:"extent"` // exact, partial or none
	Card   string `json:"card"`   // the card that undoes the call; empty if there is none
	Rest   string `json:"rest"`   // the remaining differences, if the extent is partial

	NeedsBefore bool `json:"needs_before"` // the undo needs the values that the call has overwritten
}

// Of returns the entries of cards, grouped by resource and sorted by effect, with reads first. The entries share the
// schemas of the cards, so callers must not modify them.
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
		Types: []string{}, Effect: c.Effect.String(), EffectByInput: c.ByInput != nil, effect: c.Effect, noScopes: c.NoScopes,
		NoConnection: c.NoConnection, Scopes: append([]string{}, c.Scopes...), RegisterScopes: []string{}, List: c.IsList(), Key: c.Key, Example: strings.TrimSpace(c.Example),
		Input: c.In, Output: c.Out, Inputs: rows("", c.In), Outputs: rows("", c.Out),
	}
	if c.Undo.Extent != 0 {
		e.Undo = &Undo{Extent: c.Undo.Extent.String(), Card: c.Undo.Card, Rest: c.Undo.Rest, NeedsBefore: c.Undo.NeedsBefore}
	}
	return e
}

// resource returns a card's name without its verb. A name with two parts has no verb.
func resource(name string) string {
	if strings.Count(name, ".") < 2 {
		return name
	}
	return name[:strings.LastIndex(name, ".")]
}

// Mark returns the effect as one word. If the inputs decide, it is the strongest possible effect.
func (e Entry) Mark() string {
	switch {
	case e.Trigger != "":
		return e.Trigger
	case e.EffectByInput && e.effect == card.Destroys:
		return "any"
	case e.effect == card.Idempotent:
		return "writes"
	}
	return e.Effect
}

// EffectInWords describes the effect of a call, and of a second identical call.
func (e Entry) EffectInWords() string {
	if e.Trigger != "" {
		return triggersInWords[e.Trigger]
	}
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

// UndoInWords describes how far a call can be undone; empty for a card that reads.
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

// ListInWords describes how to read the records of a list; empty for other cards.
func (e Entry) ListInWords() string {
	switch {
	case !e.List:
		return ""
	case e.Key == "":
		return "page by page, for a stream, or with `result: first` or `all`"
	}
	return "page by page, for a stream, or with `result: first` or `all`; a record's key is " + e.Key
}

// ScopesInWords lists the OAuth scopes that the card needs.
func (e Entry) ScopesInWords() string {
	switch {
	case e.NoConnection:
		return "none: it needs no connection"
	case e.noScopes:
		return "none: the account of the connection decides"
	case len(e.Scopes) == 0:
		return "depend on the inputs"
	}
	words := strings.Join(e.Scopes, ", ")
	if len(e.RegisterScopes) > 0 {
		words += "; with register: true also " + strings.Join(e.RegisterScopes, ", ")
	}
	return words
}

// Step returns the example as an item of a flow's steps.
func (e Entry) Step() string {
	return "- " + strings.ReplaceAll(e.Example, "\n", "\n  ")
}
