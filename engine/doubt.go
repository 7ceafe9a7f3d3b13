package engine

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A call of a card that writes has three outcomes: it was done, it was not done, or nobody knows, because the answer was
// lost on its way. A later attempt settles it only if it changes something: one that finds nothing to change may have come
// after the first was done.

// isLost reports whether an attempt ended without an answer of the service, or with one that does not mean that nothing
// was done, such as a 504, or one that is too long to be read.
func isLost(err error) bool {
	switch {
	case err == nil:
		return false
	case IsCanceled(err):
		return errors.Is(err, ErrCutOff)
	}
	failure := card.AsError(err)
	switch failure.Kind {
	case card.Unavailable, card.Timeout, card.Internal: // a card may have a bug after its request, too
		return failure.Code != card.CodeRefused
	case card.Invalid:
		return failure.Code == card.CodeUnread
	}
	return false
}

// inDoubt is the error of a write that may have been done. It has a hint, unless the card has a better one.
func inDoubt(err error) error {
	if _, placed := err.(*Error); err == nil || placed || IsCanceled(err) {
		return err
	}
	failure := *card.AsError(err)
	if failure.Hint == "" {
		failure.Hint = "it may have been done: check before you repeat it"
	}
	return &failure
}
