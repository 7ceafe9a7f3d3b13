package engine

import (
	"errors"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A call of a card that writes has three outcomes: it was done, it was not done, or this is unknown because the answer
// was lost. A later attempt resolves the doubt only if it changes something: an attempt that finds nothing to change
// may have come after the first one was done. An attempt that fails can still have changed something before: then it is known
// that the call changed something. If the answer to one of its later requests was lost, the call both changed something and is
// in doubt. So does the answer of a call that makes many changes, if it names those whose answers were lost.

// wrote is what the attempts of a call did.
type wrote struct {
	doubt   bool // an attempt may have changed something
	changed bool // an attempt changed something
	open    bool // the answer names what stays in doubt
}

// see adds an attempt.
func (w *wrote) see(out Value, err error) {
	w.doubt = MayHaveChanged(err) || w.doubt && !accounts(err)
	w.open = err == nil && card.InDoubt(out)
	w.changed = w.changed || DidChange(out, err)
}

// inDoubt reports whether the call may have changed something that is not known: the attempts ended with err.
func (w wrote) inDoubt(err error) bool { return w.doubt && (err != nil || !w.changed || w.open) }

// marked returns the answer of a call whose earlier attempt changed something: the last one may have found nothing to change.
func (w wrote) marked(out Value) Value {
	answer, ok := out.(map[string]any)
	if !ok || !w.changed || card.Changed(out) {
		return out
	}
	answer = maps.Clone(answer)
	answer["changed"] = true
	return answer
}

// DidChange reports whether it is known that an attempt of a card that writes, which ended with out and err, changed something. One that was
// canceled before it was sent changed nothing.
func DidChange(out Value, err error) bool {
	switch {
	case err == nil:
		return card.Changed(out)
	case IsCanceled(err):
		return false
	}
	return card.AsError(err).Changed
}

// MayHaveChanged reports whether an attempt ended without an answer from the service, or with an answer such as a 504 or one that
// is too long to be read, which does not guarantee that nothing was done.
func MayHaveChanged(err error) bool {
	switch {
	case err == nil:
		return false
	case IsCanceled(err):
		return errors.Is(err, ErrCutOff)
	}
	return card.AsError(err).MayBeDone()
}

// accounts reports whether an error covers the earlier attempts, too.
func accounts(err error) bool {
	return err != nil && !IsCanceled(err) && card.AsError(err).Code == card.CodePartly
}

// failed returns the error of a call whose attempts ended with err. It reports what the earlier attempts changed, too. If the call is in
// doubt, its hint starts with that.
func (w wrote) failed(err error) error {
	if _, placed := err.(*Error); placed || IsCanceled(err) {
		return err
	}
	failure := *card.AsError(err)
	failure.Changed = failure.Changed || w.changed
	if !w.inDoubt(err) {
		return &failure
	}
	doubt := "it may have been done: check before you repeat it"
	if failure.Changed || failure.Code == card.CodePartly {
		doubt = "a part of it was done: check before you repeat it"
	}
	switch failure.Hint {
	case "":
		failure.Hint = doubt
	case doubt:
	default: // the cause of the lost answer
		failure.Hint = doubt + "; " + failure.Hint
	}
	return &failure
}

// CountCall adds a call of a card that writes to w. attempts are the results of its attempts in order: the Effects of the call. An
// attempt without a result has the error ErrCutOff.
func (w *Writes) CountCall(attempts []Effect) {
	var did wrote
	var err error
	for _, a := range attempts {
		did.see(a.Value, a.Err)
		err = a.Err
	}
	if err == nil || did.changed { // as for Event Wrote: a call that was refused did not write
		w.Calls++
	}
	if did.changed {
		w.Changed++
	}
	if did.inDoubt(err) {
		w.InDoubt++
	}
}
