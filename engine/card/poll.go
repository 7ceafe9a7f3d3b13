package card

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Reader reads what is new in a service for a trigger: the records of a poll, or the events of which a Delivery may have lost some. It is safe for concurrent
// use. NewReader makes one.
type Reader struct {
	Scopes []string // the OAuth scopes that it needs, exactly

	read func(ctx context.Context, call Call, in Value, at []byte) (News, error)
}

// News is a page of what is new.
type News struct {
	Records []Record
	More    bool // another page can be read at once
	// Position is where the next page starts. It is JSON that only the service can read.
	Position []byte
	// At is the time of the service up to which all was read. Zero: unknown.
	At time.Time
	// Forget is a value of At: records that were read before cannot come again. Zero: each may.
	Forget time.Time
	// Lost is the span that should have been read, but that the service does not have any more; nil if there is none.
	Lost *Span
}

// Record is something that starts a flow once, however often it is read.
type Record struct {
	Key     string // identifies it among those of the trigger
	At      time.Time
	Subject string // the id of the person or thing that it is about, whose records start flows one after another; empty: nothing
	Value   Value  // fits the trigger's Root
	Old     bool   // it happened before the trigger was there, and starts nothing
	Err     error  // why it cannot be used, for people, without a text of the record; nil if it can. Then only Value is set
}

// Span is a span of time.
type Span struct{ From, To time.Time }

// NewReader binds scopes to the function that reads a page. In is the value of the trigger's `with` without its filter. Position is
// where the page starts; nil for the first page of a trigger, which sets the start: what happened before is Old. The function returns the position of the next
// page. Times are those of the service, never those of this machine. The errors are *Error, or those of ctx.
func NewReader[In, Position any](scopes []string, read func(ctx context.Context, call Call, in In, at *Position) (News, Position, error)) *Reader {
	return &Reader{Scopes: scopes, read: func(ctx context.Context, call Call, in Value, at []byte) (News, error) {
		typed, err := decodeInput[In](in)
		if err != nil {
			return News{}, err
		}
		var from *Position
		if at != nil {
			from = new(Position)
			if err := json.Unmarshal(at, from); err != nil {
				return News{}, &Error{Kind: Internal, Message: fmt.Sprintf("the position of a poll cannot be read: %v", err), Err: err}
			}
		}
		news, next, err := read(ctx, call, typed, from)
		if err != nil {
			return News{}, err
		}
		news.Position, err = json.Marshal(next)
		return news, err
	}}
}

// Read reads the page at a position, as News has it; nil for the first page of a trigger. in is the value of `with`, without the filter.
func (r *Reader) Read(ctx context.Context, call Call, in Value, at []byte) (News, error) {
	news, err := r.read(ctx, call, in, at)
	return news, explain(call, "reading it", r.Scopes, err)
}
