package journaled

import (
	"sync"

	"github.com/flowdeck/flowdeck/engine"
)

// replays follows the branches of a parallel in a resumed run until each has ended, or has come to something that the journal does not have:
// no failure of a branch may halt the others before. A branch that is halted earlier would leave out the finally of a try that it was in. A nil
// *replays, that of a run that is not resumed, waits for nothing.
type replays struct {
	around *replay // of the branch around
	over   chan struct{}

	mu    sync.Mutex
	going int  // the number of branches that replay
	left  bool // a branch has left what the journal has
}

// replay is that of one branch. It is nil for a strand that need not be followed.
type replay struct {
	of   *replays
	once sync.Once
}

// follow returns what follows the n branches of a parallel on the strand.
func (s strand) follow(n int) *replays {
	if s.aside || !s.scope.resumed() || n == 0 {
		return nil
	}
	return &replays{around: s.replay, going: n, over: make(chan struct{})}
}

// branch returns the replay of one more branch.
func (r *replays) branch() *replay {
	if r == nil {
		return nil
	}
	return &replay{of: r}
}

// wait waits until no branch replays.
func (r *replays) wait() {
	if r != nil {
		<-r.over
	}
}

// leave notes that the branch comes to something that the journal does not have, and may be halted.
func (r *replay) leave() { r.end(true) }

// end notes that the branch does not replay any more. left is set if it goes on.
func (r *replay) end(left bool) {
	if r == nil {
		return
	}
	r.once.Do(func() {
		of := r.of
		of.mu.Lock()
		defer of.mu.Unlock()
		of.left = of.left || left
		if of.going--; of.going > 0 {
			return
		}
		close(of.over)
		if of.left { // otherwise the strand around replays what follows the parallel
			of.around.leave()
		}
	})
}

// starts notes that a stream of the branch starts a record. The branch replays until those that are open in the journal have started, since
// records in flight finish.
func (st *stream) starts(r engine.Record, in *replay) {
	if !st.past.isOpen(r) || st.unstarted.Add(-1) == 0 {
		in.leave()
	}
}
