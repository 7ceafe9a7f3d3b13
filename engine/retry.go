package engine

import (
	"hash/fnv"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Retry defines how often and at what intervals a card is called again after an error.
type Retry struct {
	Attempts int           // maximum number of attempts, including the first; 1 or more
	Delay    time.Duration // before the second attempt
	Backoff  float64       // factor for each further delay
	MaxDelay time.Duration
	Jitter   bool          // use a random part of the delay, at least half of it
	Within   time.Duration // limit for all attempts together; 0 means no limit
	When     *Expression   // the errors to retry; nil means that the card's effect decides: see retryable
}

// DefaultRetry returns the retry of a card whose step and flow set none. It covers an outage of 20 seconds, such as the
// restart of a service or a network, even if jitter makes every delay as short as possible. A call that fails on every
// attempt waits at most 45.5 seconds.
func DefaultRetry() Retry {
	return Retry{Attempts: 8, Delay: 500 * time.Millisecond, Backoff: 2, MaxDelay: 15 * time.Second, Jitter: true}
}

// maxWindows is the maximum number of consecutive rate-limit windows that a call waits for. Waiting for a window is not
// an attempt, but a server that never opens one must not block a run forever.
const maxWindows = 60

// attempts calls try on the strand of rt until it succeeds, r allows no more attempts, or the run is canceled. It
// returns the number of attempts; those that met a closed rate-limit window do not count. at is the place of the step
// and spot that of the call; for a list, spot is the place of the page. nth numbers the calls of try, so that a journal
// can identify each.
func (r Retry) attempts(f *frame, rt Runtime, at, spot Place, c card.Card, try func(rt Runtime, nth int) error) (int, error) {
	var start time.Time
	if r.Within > 0 {
		start = rt.Moment(spot.Step("retry")) // not spot: the inputs may have seen another time there
	}
	for attempt, windows := 1, 0; ; {
		nth := attempt + windows
		err := try(rt, nth)
		if err == nil || IsCanceled(err) {
			return attempt, err
		}
		failure := card.AsError(err)
		again, evalErr := r.again(f, at, spot, c, failure, attempt)
		if evalErr != nil {
			return attempt, evalErr
		}
		wait, window, more := r.pause(f.run, spot, failure, attempt, windows)
		if !again || !more {
			return attempt, err
		}
		if window {
			windows++
		}
		now := rt.Now()
		if r.Within > 0 { // of the time when it failed, also in a resumed run
			now = rt.Moment(spot.Step("retry").Round(nth))
		}
		until := now.Add(wait)
		if r.Within > 0 && until.Sub(start) > r.Within {
			return attempt, err
		}
		rt.Emit(Event{Kind: Retrying, Place: at, Card: c.Name, Attempt: attempt, Wait: wait, Err: err})
		halted := rt.Sleep(spot.Round(nth), until)
		rt.Emit(Event{Kind: Waited, Place: at, Card: c.Name, Err: err})
		if halted != nil {
			return attempt, halted
		}
		if !window {
			attempt++
		}
	}
}

// pause returns the wait before the next attempt, and whether it is for a rate-limit window. more is false if no attempt is left.
func (r Retry) pause(run string, spot Place, failure *card.Error, attempt, windows int) (wait time.Duration, window, more bool) {
	window = failure.Kind == card.RateLimit && failure.Wait > 0
	if attempt >= r.Attempts && !window || windows >= maxWindows {
		return 0, window, false
	}
	if window {
		return failure.Wait, window, true
	}
	return max(r.delay(run, spot, attempt), failure.Wait), window, true // the wait that the service asks for is the minimum
}

// RetryRead calls try, which only reads, as a step with the default retry calls a card, unless try returns that another attempt makes no
// sense. sleep waits for what failed, and returns an error to end it. name chooses the random part of the delays.
func RetryRead(name string, sleep func(wait time.Duration, failure *card.Error) error, try func() (again bool, err error)) error {
	r := DefaultRetry()
	for attempt, windows := 1, 0; ; {
		again, err := try()
		if err == nil || IsCanceled(err) || !again {
			return err
		}
		failure := card.AsError(err)
		wait, window, more := r.pause(name, Place{}, failure, attempt, windows)
		if !retryable(card.Reads, failure) || !more {
			return err
		}
		if err := sleep(wait, failure); err != nil {
			return err
		}
		if window {
			windows++
		} else {
			attempt++
		}
	}
}

// again reports whether another attempt may follow this failure.
func (r Retry) again(f *frame, at, spot Place, c card.Card, failure *card.Error, attempt int) (bool, error) {
	if r.When == nil {
		return retryable(c.Effect, failure), nil
	}
	e := &Error{Cause: failure, Card: c.Name, Place: at, Attempts: attempt}
	scope := f.scope(spot.Step("when").Round(attempt))
	scope.Roots = maps.Clone(scope.Roots)
	scope.Roots["error"] = e.data()
	ok, err := r.When.Program.EvalBool(f.rt.Context(), scope)
	return ok, located(err, r.When.At)
}

// retryable reports whether a card with this effect may be called again after a failure. A card that creates or
// destroys may only be called again if the service certainly did nothing.
func retryable(effect card.Effect, failure *card.Error) bool {
	switch failure.Kind {
	case card.RateLimit:
		return true
	case card.Unavailable, card.Timeout:
		return effect == card.Reads || effect == card.Idempotent || !failure.MayBeDone() && !failure.Changed
	}
	return false
}

// delay returns the time to wait after an attempt. The jitter derives from the place, so that a resumed run waits for
// the same time.
func (r Retry) delay(run string, at Place, attempt int) time.Duration {
	d := float64(r.Delay) * math.Pow(r.Backoff, float64(attempt-1))
	if r.MaxDelay > 0 {
		d = min(d, float64(r.MaxDelay))
	}
	if r.Jitter {
		h := fnv.New64a()
		_, _ = h.Write([]byte(run + " " + at.ID() + " " + strconv.Itoa(attempt)))
		d *= (1 + float64(h.Sum64()>>11)/(1<<53)) / 2
	}
	return time.Duration(d)
}
