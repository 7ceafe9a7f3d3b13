package card

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
)

// A Sent is a request that a connection sends for a call. It is nil for a call of a card that only reads. Its methods are safe for
// concurrent use, and on nil.
type Sent struct {
	of    *sent
	write string
	open  bool
}

// sent has the requests of one attempt.
type sent struct {
	mu        sync.Mutex
	any       bool     // a request was reported: connections that report none leave the doubt to the kind of the error
	open      int      // writes that may have been done
	confirmed []string // writes that were done, for people
}

type sentKey struct{}

// Sending records that a connection is about to send a request for the call whose context this is. write is for people, such as
// "POST /api/v1/groups", and empty for a request that cannot change anything. Until Confirmed or Refused is called, a write may have
// been done. So the error of a call reports exactly whether the call may have changed something, whichever of its requests failed.
func Sending(ctx context.Context, write string) *Sent {
	of, ok := ctx.Value(sentKey{}).(*sent)
	if !ok {
		return nil
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	of.any = true
	if write == "" {
		return nil
	}
	of.open++
	return &Sent{of: of, write: write, open: true}
}

// Confirmed records that the service did the write.
func (s *Sent) Confirmed() { s.end(true) }

// Refused records that the service certainly did not do the write.
func (s *Sent) Refused() { s.end(false) }

func (s *Sent) end(done bool) {
	if s == nil {
		return
	}
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if !s.open {
		return
	}
	s.open = false
	s.of.open--
	if done {
		s.of.confirmed = append(s.of.confirmed, s.write)
	}
}

// TakenBack records that the card itself took back all that its requests may have done in this attempt.
func TakenBack(ctx context.Context) {
	if of, ok := ctx.Value(sentKey{}).(*sent); ok {
		of.mu.Lock()
		defer of.mu.Unlock()
		of.open, of.confirmed = 0, nil
	}
}

// mostConfirmed is the maximum number of writes that a hint lists.
const mostConfirmed = 5

// in returns the error of an attempt that failed after it sent these requests.
func (s *sent) in(ctx context.Context, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || !s.any {
		return err
	}
	cause, wrote := (*Error)(nil), s.open > 0 || len(s.confirmed) > 0
	switch {
	case errors.As(err, &cause):
	case ctx.Err() == nil:
		cause = AsError(err)
	case wrote && errors.Is(err, ErrNotSent): // only the last request was not sent
		return context.Cause(ctx)
	case !wrote && !errors.Is(err, ErrNotSent):
		return errors.Join(ErrNotSent, err)
	default:
		return err
	}
	if cause.Code == CodePartly { // the card reports its changes itself, with those of earlier attempts
		return err
	}
	failure := *cause
	failure.Writes = Answered
	if s.open > 0 {
		failure.Writes = Unanswered
	}
	if len(s.confirmed) > 0 {
		failure.Changed = true
		list := slices.Clip(s.confirmed)
		if len(list) > mostConfirmed {
			list = append(list[:mostConfirmed:mostConfirmed], "…")
		}
		failure.Hint = strings.TrimSuffix("done before the failure: "+strings.Join(list, ", ")+"; "+failure.Hint, "; ")
	}
	return &failure
}
