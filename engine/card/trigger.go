package card

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Trigger describes what starts a flow in a service: an event that the service sends, or a record that a poll finds. A server
// receives the events and reads the records.
type Trigger struct {
	Name    string      // as in a flow: "okta.user.suspended". An event and a poll may have the same name
	Title   string      // the connector's own name for it: "User Suspended"
	Summary string      // one line, imperative, no full stop
	Kind    TriggerKind // how the flow starts
	Types   []string    // the event types that it is for; nil: the input `types` has them
	Events  *EventTypes // the types that the input `types` may have; nil if it has no such input
	Scopes  []string    // the OAuth scopes that are needed, exactly
	Example string      // one trigger of a flow, in YAML

	In  *jsonschema.Schema // the value of `with`, an object; its field filter is evaluated for each event or record
	Out *jsonschema.Schema // the root `trigger` of the flow, without its field kind

	// Filters reads filter expressions in With before a run, as Spec.Filters does.
	Filters map[string]func(filter string) *FilterMistake
	// Root returns the root `trigger` for an event or a record, without its field kind.
	Root func(of Value) map[string]any
	// Delivery is how the service delivers the events of an event. Of a poll, it reads records that are events; nil if they are not.
	Delivery Delivery
	// Keeper keeps the hooks of flows with `register: true`; nil if In has no such input.
	Keeper HookKeeper
	// KeeperScopes are the OAuth scopes that Keeper needs besides Scopes, exactly.
	KeeperScopes []string
	// Reader reads the records of a poll. Of an event, it reads the log of the service for types of events, which are its input `types`; nil if there is no log.
	Reader *Reader
}

// TriggerKind is how a Trigger starts a flow. The texts are those of the language.
type TriggerKind string

const (
	Event TriggerKind = "event" // the service sends each event
	Poll  TriggerKind = "poll"  // the service is asked for new records, again and again
)

// EventTypes is the catalogue of the event types of a service.
type EventTypes struct {
	Of    string   // the service, for people: "Okta"
	Names []string // all types, sorted
	Rest  []string // the types that the service has, but that this trigger cannot have; sorted
	Poll  string   // the poll that finds the events of Rest; empty if Rest is
}

// Service returns the first part of the trigger's name.
func (t Trigger) Service() string {
	service, _, _ := strings.Cut(t.Name, ".")
	return service
}

// A TriggerName identifies a Trigger.
type TriggerName struct {
	Kind TriggerKind
	Name string
}

// Triggers is the triggers that a host offers.
type Triggers map[TriggerName]Trigger

// NewTriggers makes Triggers. It panics if two of one kind have the same name, or if one has no valid name, which are programming errors.
func NewTriggers(triggers ...Trigger) Triggers {
	all := make(Triggers, len(triggers))
	for _, t := range triggers {
		key := TriggerName{t.Kind, t.Name}
		if _, twice := all[key]; twice || !name.MatchString(t.Name) {
			panic(fmt.Sprintf("card: trigger %q has an invalid name, or that of another %s", t.Name, t.Kind))
		}
		all[key] = t
	}
	return all
}

// Sorted returns the triggers by name.
func (all Triggers) Sorted() []Trigger {
	return slices.SortedFunc(maps.Values(all), func(a, b Trigger) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)))
	})
}

// Names returns the names of the triggers of a kind, sorted.
func (all Triggers) Names(kind TriggerKind) (names []string) {
	for _, t := range all.Sorted() {
		if t.Kind == kind {
			names = append(names, t.Name)
		}
	}
	return names
}
