package host

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/store"
)

// obey does what a person asked of a run from another process.
func (r *runs) obey(k *kept, c store.Control) {
	asked := string(c.Kind)
	if c.Kind == store.Concurrency {
		asked += fmt.Sprintf("=%d", c.Value)
	}
	if c.By != "" {
		asked += " by " + c.By
	}
	k.book.add(LogLine{Event: LogAsked, Step: c.Stream, Message: asked})
	switch c.Kind {
	case store.Stop:
		r.stop(k, "stopped by "+cmp.Or(c.By, "`flowdeck stop`"))
	case store.Pause:
		if why := "paused by " + cmp.Or(c.By, "`flowdeck pause`"); k.alone {
			r.pauseAlone(k, why)
		} else {
			r.pause(why)
		}
	case store.Concurrency:
		k.widths.Set(c.Stream, c.Value)
	}
}

// stop cancels a run.
func (r *runs) stop(k *kept, why string) {
	r.mu.Lock()
	k.stopped = why
	r.mu.Unlock()
	k.cancel(errors.New(why))
}

// pause makes the runs pause: nothing new starts, and they can be resumed.
func (r *runs) pause(why string) {
	r.mu.Lock()
	if r.paused == "" {
		r.paused = why
	}
	for _, k := range r.kept {
		if k.journal != nil {
			k.journal.Pause()
		}
	}
	r.mu.Unlock()
	r.cancel(errors.New(why))
}

// whyPaused returns why all runs were paused; empty if they were not.
func (r *runs) whyPaused() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.paused
}

// pauseAlone makes a run pause that another run started. The others go on.
func (r *runs) pauseAlone(k *kept, why string) {
	r.mu.Lock()
	k.paused = why
	if k.journal != nil {
		k.journal.Pause()
	}
	r.mu.Unlock()
	k.cancel(errors.New(why))
}

// doubted pauses the runs because a write of one of them is in doubt.
func (r *runs) doubted(k *kept, run string, d journaled.Doubt) {
	r.mu.Lock()
	k.paused = cmp.Or(k.paused, fmt.Sprintf("%s may have been done: %s", d.Card, d.Place))
	r.mu.Unlock()
	r.pause("run " + run + " has a write that may have been done")
}
