package engine

import "github.com/flowdeck/flowdeck/engine/card"

// Change is an attempt of a write that changed something, or may have: what the limits of a run count. The zero Change is none.
type Change struct {
	Attempt  int // see Invocation
	InDoubt  bool
	Destroys bool
}

// Ended returns what counts after the attempt c of a write, given its result: another attempt that counts once together with it is before.
func (c Change) Ended(before Change, out Value, err error) Change {
	now := Change{}
	switch {
	case DidChange(out, err):
		now = c
	case MayHaveChanged(err):
		now, now.InDoubt = c, true
	}
	if now.Attempt == 0 || now.InDoubt && !before.InDoubt && before.Attempt != 0 {
		return before
	}
	return now
}

// Repeats reports whether another attempt, of a card with an effect, counts once together with c.
func (c Change) Repeats(attempt int, effect card.Effect) bool {
	return c.Attempt != 0 && (effect == card.Idempotent || c.Attempt == attempt)
}
