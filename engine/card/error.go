package card

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is the failure of a card, in terms that a flow can act on. It has no behavior, so that it can be sent to
// another process.
type Error struct {
	Kind    Kind          `json:"kind"`
	Code    string        `json:"code,omitempty"`   // the service's own code: Okta's "E0000007"
	Status  int           `json:"status,omitempty"` // of the HTTP response; 0 if there was none
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`    // how to fix it
	Changed bool          `json:"changed,omitempty"` // the call had changed something before it failed
	Writes  Writes        `json:"writes,omitempty"`  // what is known of the requests of the attempt that may change something
	Wait    time.Duration `json:"wait,omitempty"`    // the time after which another attempt makes sense, if the service reports it
	Details Value         `json:"details,omitempty"`
	Err     error         `json:"-"` // the cause, if it is a Go error
}

// Kind classifies a failure. The list is closed, since flows compare with it.
type Kind string

const (
	Invalid      Kind = "invalid"      // the input is wrong, or does not fit the current state
	Unauthorized Kind = "unauthorized" // the credentials of the connection were refused, which ends the run
	Forbidden    Kind = "forbidden"    // the credentials are insufficient
	NotFound     Kind = "not_found"
	Conflict     Kind = "conflict"
	RateLimit    Kind = "rate_limit"
	Unavailable  Kind = "unavailable" // the service, or the network
	Timeout      Kind = "timeout"
	Failed       Kind = "failed"   // the flow failed on purpose
	Storage      Kind = "storage"  // a file, or the run's folder, cannot be read or written, such as on a full disk
	Internal     Kind = "internal" // a bug in flowdeck or in a card
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Invalid, Unauthorized, Forbidden, NotFound, Conflict, RateLimit, Unavailable, Timeout, Failed, Storage, Internal}
}

// CodeRefused is the Code of an Unavailable or Timeout error if no connection could be made, or no access token for the request was
// issued, so that the service certainly did nothing.
const CodeRefused = "connection_refused"

// CodeUnread is the Code of an Invalid error if the service answered, but the answer cannot be read, as it is too long: a
// write may have been done, and another attempt would fare no better.
const CodeUnread = "answer_unread"

// Writes is what is known of the requests that may change something, which a failed attempt of a call sent. The zero value means that
// the connection does not report its requests.
type Writes string

const (
	Answered   Writes = "answered"   // each was confirmed or refused, or none was sent
	Unanswered Writes = "unanswered" // at least one may have been done
)

// MayBeDone reports whether a call that failed with this error may have been done all the same. If its requests are not known, the kind
// decides: no answer came, or one that guarantees nothing, such as a 504 or one that cannot be read. Internal: a card may also fail on a
// bug after it sent its request.
func (e *Error) MayBeDone() bool {
	switch e.Writes {
	case Answered:
		return false
	case Unanswered:
		return true
	}
	switch e.Kind {
	case Unavailable, Timeout, Internal:
		return e.Code != CodeRefused
	case Invalid:
		return e.Code == CodeUnread
	}
	return false
}

// CodePartly is the Code of an error of any kind of a call that makes many changes, and failed after it had made some, or may have:
// details shows which, of all attempts (see Call.Last). Another attempt of an idempotent card makes the others.
const CodePartly = "partly_done"

// ErrNotSent is wrapped by the error of a call whose context ended before it had sent anything that may change something.
var ErrNotSent = errors.New("not sent")

// Error returns the message, without kind and hint.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError finds the *Error in err, or makes one: of kind Timeout if a deadline passed, otherwise of kind
// Internal. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Timeout, Message: "it took too long", Err: err}
	}
	return &Error{Kind: Internal, Message: err.Error(), Err: err}
}

// explain adds a hint with the scopes that the card needs to an error of kind Forbidden.
func (c Card) explain(call Call, err error) error {
	return explain(call, c.Name, c.Scopes, err)
}

// explain adds a hint with the scopes that what failed needs to an error of kind Forbidden.
func explain(call Call, what string, scopes []string, err error) error {
	if err == nil { // before errors.As makes e escape, which would cost each call
		return nil
	}
	e := (*Error)(nil)
	if !errors.As(err, &e) || e.Kind != Forbidden || e.Hint != "" || len(scopes) == 0 {
		return err
	}
	explained := *e
	explained.Hint = fmt.Sprintf("%s needs %s: %s", what, strings.Join(scopes, " and "), call.HowToGrant())
	return &explained
}

// granter is a Connection that knows how people grant it a scope.
type granter interface {
	HowToGrant(connection string) string
}

// HowToGrant returns what people do to grant the connection of a call a scope, for hints.
func (c Call) HowToGrant() string {
	if g, ok := c.Conn.(granter); ok {
		return g.HowToGrant(c.ConnName)
	}
	return fmt.Sprintf("grant it to connection %q", c.ConnName)
}
