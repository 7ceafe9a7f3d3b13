package host

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// stepBlocks is the number of blocks in which the allowed steps are kept: a run that is killed may count one block that it did not do.
const stepBlocks = 100

// stepCount counts the steps that a resumed run does not pass again: those of records and of started runs that have ended. Those of others
// are passed again, and counted again.
type stepCount struct {
	n    int            // steps in records, and in runs that were started
	open map[string]int // those of them that a resumed run would pass again, by the run and the record
}

func newStepCount(n int) stepCount { return stepCount{n: n, open: map[string]int{}} }

// started counts a step of a record; the zero Place is the run itself.
func (c *stepCount) started(run string, record engine.Place) {
	c.n++
	c.open[run+" "+record.ID()]++
}

// see notes that a record has ended, so that a resumed run does not pass its steps again.
func (f *fuse) see(run string, e engine.Event) {
	if f == nil || e.Kind != engine.RecordEnded || e.Status == engine.Canceled {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps.ended(run + " " + e.Place.ID())
}

// runEnded notes that a started run has ended.
func (f *fuse) runEnded(run string) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps.ended(run + " ")
}

// ended forgets the open steps in a scope.
func (c *stepCount) ended(scope string) {
	for at := range c.open {
		if strings.HasPrefix(at, scope) {
			delete(c.open, at)
		}
	}
}

// closed returns the number of steps that a resumed run does not pass again.
func (c *stepCount) closed() int {
	n := c.n
	for _, open := range c.open {
		n -= open
	}
	return n
}
