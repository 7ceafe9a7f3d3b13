package card

import "time"

// Delivery is how a service delivers events to a server, as HTTP requests to an endpoint, and how these are read. Its methods are safe for concurrent use.
// What they get is not trusted.
type Delivery interface {
	// Challenge returns the answer to a request by which the service finds out whether a server expects its events at an endpoint. header returns
	// the value of a header. ok is false for another request.
	Challenge(header func(name string) string) (answer map[string]any, ok bool)
	// Events returns the events in the body of a request. The error is that of a body that has none, for people.
	Events(body map[string]any) ([]Value, error)
	// Read reads an event, as a request or the log of the service has it. The error is for people, without a text of the event.
	Read(event Value) (Happened, error)
	// CausedBy reports whether an account, as in Identity.As, has caused an event that Read returned.
	CausedBy(event Value, as string) bool
}

// Happened is an event of a service that has been read.
type Happened struct {
	ID      string // is the same in whichever way the event arrives, and however often
	Type    string
	At      time.Time
	Subject string   // the id of the person or thing that it is about, whose events start flows one after another; empty: nothing
	About   []string // the ids of all that it is about
	Event   Value    // fits the trigger's Root
}
