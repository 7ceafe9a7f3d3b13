package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// ReadSoFar is how much of a kind of things was read.
type ReadSoFar struct {
	Name           string
	Records, Lists int
	Of             int // all lists
	Done           bool
	Waiting        bool // for a rate limit
}

// Reading shows how far the reading of several kinds is, one after the other: with a bar on a terminal, otherwise with lines. It is not safe for concurrent
// use.
type Reading struct {
	screen *Screen
	drawn  *mpb.Progress
	bar    *mpb.Bar
	shown  time.Time // when the last line was printed

	mu sync.Mutex
	at ReadSoFar
}

// NewReading returns a Reading that shows nothing yet.
func NewReading(s *Screen) *Reading { return &Reading{screen: s, shown: time.Now()} }

// Show shows how far the reading is.
func (r *Reading) Show(at ReadSoFar) {
	before := r.state(&at)
	switch {
	case at.Done && at.Records == before.Records && before.Done && before.Name == at.Name:
	case r.screen.live && r.drawn == nil:
		r.drawn = mpb.New(mpb.WithOutput(r.screen.out))
		r.screen.draw(r.drawn)
		r.add()
	case r.screen.live:
		// the bar shows the state by itself
	case at.Done, milestone(at.Records) && at.Records != before.Records, time.Since(r.shown) >= heartbeat:
		r.screen.progress(at.numbers())
		r.shown = time.Now()
	}
}

// state returns the state before, which a new one replaces.
func (r *Reading) state(to *ReadSoFar) (before ReadSoFar) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before = r.at
	if to != nil {
		r.at = *to
	}
	return before
}

func (s ReadSoFar) numbers() string {
	text := fmt.Sprintf("%s: %s read", s.Name, Thousands(s.Records))
	if s.Of > 1 {
		text += fmt.Sprintf(", %s of %s lists", Thousands(s.Lists), Thousands(s.Of))
	}
	if s.Waiting {
		text += ", waiting for the rate limit"
	}
	return text
}

// add draws the bar.
func (r *Reading) add() {
	gauge, turns := mpb.BarStyle().Build(), mpb.SpinnerStyle().Build()
	r.bar, _ = r.drawn.Add(0, mpb.BarFillerFunc(func(w io.Writer, room decor.Statistics) error {
		at := r.state(nil)
		var out strings.Builder
		drawing := decor.Statistics{
			AvailableWidth: min(widest, max(narrowest, room.AvailableWidth/3)), Total: int64(at.Of), Current: int64(at.Lists), Completed: at.Lists == at.Of,
		}
		filler := turns
		if at.Of > 1 {
			filler = gauge
		}
		_ = filler.Fill(&out, drawing) // a write to a Builder cannot fail
		_, err := io.WriteString(w, lineStart+Cut(out.String()+Gap+at.numbers(), room.AvailableWidth-1))
		return err
	}), mpb.BarFillerTrim())
}

// Done removes the bar.
func (r *Reading) Done() {
	if r.drawn == nil {
		return
	}
	if r.bar != nil {
		r.bar.Abort(true)
	}
	r.drawn.Wait()
	r.screen.draw(nil)
}
