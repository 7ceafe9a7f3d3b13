package engine

import (
	"hash/fnv"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Retry is how often, and how far apart, a card is tried.
type Retry struct {
	Attempts int           // the first try included; 1 or more
	Delay    time.Duration // before the second attempt
	Backoff  float64       // times this, each time
	MaxDelay time.Duration
	Jitter   bool          // wait a part of the delay by chance, at least half of it
	Within   time.Duration // for all attempts together; 0 means without end
	When     *Expression   // which errors; nil means what the card's effect allows
}

// DefaultRetry is the retry of a card whose step and flow have none. It bridges an outage of 20 seconds, such as the restart
// of a service or of a network, also when chance makes each wait as short as it can be. A call that fails
// to its last attempt waits 45.5 seconds at most.
func DefaultRetry() Retry {
	return Retry{Attempts: 8, Delay: 500 * time.Millisecond, Backoff: 2, MaxDelay: 15 * time.Second, Jitter: true}
}

// maxWindows is the number of rate-limit windows in a row that a call waits for before it fails. Waiting
// for a window is not an attempt, but a server that never opens one must not hold a run forever.
const maxWindows = 60

// attempts tries, on the strand of rt, until it succeeds, until r allows no more attempts, or until the run is canceled. It
// counts the attempts, of which those that met a closed rate-limit window are none. at is the step's place, and spot
// that of the call: of a list, one of its pages. Every try has a number of its own, by which a journal knows it.
func (r Retry) attempts(f *frame, rt Runtime, at, spot Place, c card.Card, try func(rt Runtime, nth int) error) (int, error) {
	start := rt.Now()
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
		window := failure.Kind == card.RateLimit && failure.Wait > 0
		if !again || (attempt >= r.Attempts && !window) || windows >= maxWindows {
			return attempt, err
		}
		wait := max(r.delay(f.run, spot, attempt), failure.Wait) // what the service asks for, at least
		if window {
			wait = failure.Wait
			windows++
		}
		until := rt.Now().Add(wait)
		if r.Within > 0 && until.Sub(start) > r.Within {
			return attempt, err
		}
		rt.Emit(Event{Kind: Retrying, Place: at, Card: c.Name, Attempt: attempt, Wait: wait, Err: err})
		if err := rt.Sleep(spot.Round(nth), until); err != nil {
			return attempt, err
		}
		if !window {
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

// retryable reports whether a card of this effect may be tried again after a failure. One that creates or
// destroys may only when the service certainly did nothing.
func retryable(effect card.Effect, failure *card.Error) bool {
	switch failure.Kind {
	case card.RateLimit:
		return true
	case card.Unavailable, card.Timeout:
		return effect == card.Reads || effect == card.Idempotent || failure.Code == card.CodeRefused
	}
	return false
}

// delay is how long to wait after an attempt. Chance comes from the place, so that a run that is taken
// up again waits as it did.
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
