package card

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is the failure of a card in terms that a flow can act on. It is data: it crosses process borders.
type Error struct {
	Kind    Kind          `json:"kind"`
	Code    string        `json:"code,omitempty"`   // the service's own code: Okta's "E0000007"
	Status  int           `json:"status,omitempty"` // of the HTTP answer; 0 if there was none
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"` // what the person can do
	Wait    time.Duration `json:"wait,omitempty"` // how long until it is worth another try, where the service says so
	Details Value         `json:"details,omitempty"`
	Err     error         `json:"-"` // the cause, if it is a Go error
}

// Kind is the sort of a failure. The list is closed: flows compare with it.
type Kind string

const (
	Invalid      Kind = "invalid"      // the input, or the state it meets, is wrong
	Unauthorized Kind = "unauthorized" // the credentials are refused
	Forbidden    Kind = "forbidden"    // the credentials do not suffice
	NotFound     Kind = "not_found"
	Conflict     Kind = "conflict"
	RateLimit    Kind = "rate_limit"
	Unavailable  Kind = "unavailable" // the service, or the way to it
	Timeout      Kind = "timeout"
	Failed       Kind = "failed"   // the flow said so
	Internal     Kind = "internal" // a defect of flowdeck or of a card
)

// CodeRefused is the Code of an Unavailable error when no connection came about at all, so that the
// service certainly did nothing.
const CodeRefused = "connection_refused"

// Error is the message alone, without kind or hint.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError finds the *Error in err, or makes one: of kind Timeout for a deadline that passed, else
// Internal. nil is nil.
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

// explain adds to an error what only the card knows: which scopes it would have needed.
func (c Card) explain(call Call, err error) error {
	e := (*Error)(nil)
	if !errors.As(err, &e) || e.Kind != Forbidden || e.Hint != "" || len(c.Scopes) == 0 {
		return err
	}
	explained := *e
	explained.Hint = fmt.Sprintf("%s needs %s: grant it to connection %q, or use an API token of an administrator who may do this",
		c.Name, strings.Join(c.Scopes, " and "), call.ConnName)
	return &explained
}
