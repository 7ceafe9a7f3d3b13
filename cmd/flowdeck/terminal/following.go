package terminal

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Following shows how far a run is that goes on in other processes: what Progress shows of one in this process, as far as it is known. It is not safe for
// concurrent use.
type Following struct {
	screen  *Screen
	bars    *bars
	tree    *tree // nil: steps are not shown
	printed time.Time
	lines   map[string]int  // of each stream: the number of records that had ended when its line was printed
	steps   map[string]bool // that were shown, by their paths
	asked   map[string]bool // approvals that were shown, by their steps
	waits   string          // the last line about what the run waits for

	mu     sync.Mutex
	counts map[string]host.Counts
}

// Follow returns a Following that shows nothing yet. steps is set to show each step when it ends.
func Follow(s *Screen, steps bool) *Following {
	f := &Following{
		screen: s, printed: time.Now(), lines: map[string]int{}, steps: map[string]bool{}, asked: map[string]bool{}, counts: map[string]host.Counts{},
	}
	f.bars = newBars(s, f.stream, func() host.Waits { return host.Waits{} })
	if steps {
		f.tree = &tree{screen: s}
	}
	return f
}

// stream returns the counts of a stream as they were last.
func (f *Following) stream(id string) host.Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[id]
}

// See shows what is known of the run now. where is the server, and unserved what no worker there takes the tasks of.
func (f *Following) See(r *host.Report, where string, unserved []string) {
	f.mu.Lock()
	for id, c := range r.Streams {
		f.counts[id] = *c
	}
	f.mu.Unlock()
	for _, id := range r.Order {
		if f.screen.live {
			f.bars.show(id, r.Streams[id].Title)
		} else {
			f.line(id, *r.Streams[id])
		}
	}
	if f.tree != nil {
		for _, s := range r.Steps {
			if s.Status != "" && !f.steps[s.Path] {
				f.steps[s.Path] = true
				f.tree.step(s)
			}
		}
	}
	for _, a := range r.Approvals {
		if a.Status == store.OpenApproval && !f.asked[a.Step] {
			f.asked[a.Step] = true
			asks{f.screen, r.Run}.See(engine.Event{Kind: engine.Asked, Place: a.At(), Approval: &engine.Approval{Prompt: a.Prompt}})
		}
	}
	f.wait(r, where, unserved)
}

// line prints a line for a stream when enough records have ended since the last one.
func (f *Following) line(id string, c host.Counts) {
	before, now := f.lines[id], c.Finished()
	if now == before || !passed(before, now) && time.Since(f.printed) < heartbeat {
		return
	}
	f.lines[id], f.printed = now, time.Now()
	f.screen.progress(line(id, c))
}

// passed reports whether a milestone is after before, and not after now.
func passed(before, now int) bool {
	for step := 100; step <= now; step *= 10 {
		for _, n := range []int{step, 2 * step, 5 * step} {
			if before < n && n <= now {
				return true
			}
		}
	}
	return false
}

// wait prints what the run waits for, once.
func (f *Following) wait(r *host.Report, where string, unserved []string) {
	now := ""
	switch {
	case len(unserved) > 0:
		now = Unserved(where, unserved)
	case r.Status == store.Paused && len(r.Doubts) > 0:
		now = r.Reason + "; flowdeck resume " + r.Run + " --did " + Quoted(words.VisibleLine(r.Doubts[0].Step)+"=yes") + "  settles it, also with =no"
	case r.Status == store.Paused:
		now = strings.TrimSpace(r.Reason + "; flowdeck resume " + r.Run + " " + r.MoreAllowed())
		now += "  goes on"
	case r.Reason != "" && !r.WaitsForApproval(): // those are printed
		now = "waiting: " + r.Reason
	}
	if now != f.waits && now != "" {
		fmt.Fprintln(f.screen, OneLine(f.screen, now))
	}
	f.waits = now
}

// Unserved says what no worker with the same key takes the tasks of.
func Unserved(where string, what []string) string {
	return "waiting: no worker serves " + strings.Join(what, ", ") + " in " + where + " with this FLOWDECK_KEY; 'flowdeck worker' starts one"
}

// Done removes the bars.
func (f *Following) Done() { f.bars.Done() }
