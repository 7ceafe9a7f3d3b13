package terminal

import (
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// bars is the progress on a terminal: a line for each stream, updated while the stream runs. At the end of the run
// the lines are removed, because the report has a table of the streams.
type bars struct {
	screen *Screen
	stream func(id string) host.Counts // safe for concurrent use
	waited func() host.Waits           // of the run's connections

	drawn *mpb.Progress // nil before the first stream
	shown []*bar        // in the order in which the streams started
	ids   atomic.Int64  // width of the longest id
	names atomic.Int64  // width of the longest id with its name in the flow
}

// With enoughBars or more, a new stream replaces a stream that has ended. With mostBars, it replaces the oldest
// stream.
const (
	enoughBars = 8
	mostBars   = 32
)

func newBars(s *Screen, stream func(id string) host.Counts, waited func() host.Waits) *bars {
	return &bars{screen: s, stream: stream, waited: waited}
}

func (b *bars) See(e engine.Event) {
	if e.Kind != engine.StepStarted || !host.IsLoop(e.Verb) {
		return
	}
	b.show(e.Place.Name(), e.Title)
}

// show adds a bar for a stream, unless it has one.
func (b *bars) show(id, title string) {
	if slices.ContainsFunc(b.shown, func(shown *bar) bool { return shown.id == id }) {
		return
	}
	if b.drawn == nil {
		b.drawn = mpb.New(mpb.WithOutput(b.screen.out))
		b.screen.draw(b.drawn)
	}
	if len(b.shown) >= enoughBars {
		b.makeWay()
	}
	b.ids.Store(max(b.ids.Load(), int64(lipgloss.Width(id))))
	b.names.Store(max(b.names.Load(), int64(lipgloss.Width(Named(id, title)))))
	b.add(newBar(id))
}

// makeWay removes the bar of the oldest stream that has ended or, if there are mostBars, of the oldest stream.
func (b *bars) makeWay() {
	i := slices.IndexFunc(b.shown, func(shown *bar) bool { return b.stream(shown.id).Going == 0 })
	if i < 0 && len(b.shown) < mostBars {
		return
	}
	i = max(i, 0)
	b.shown[i].drawn.Abort(true)
	b.shown = slices.Delete(b.shown, i, i+1)
}

// add draws a bar below the others. The bar shows the current state of its stream.
func (b *bars) add(added *bar) {
	before := b.waited()
	drawn, err := b.drawn.Add(0, mpb.BarFillerFunc(func(w io.Writer, room decor.Statistics) error {
		at := standing{
			Counts: b.stream(added.id), now: time.Now(), waited: b.waited().Since(before).Total, ids: int(b.ids.Load()), names: int(b.names.Load()),
		}
		// The last column stays empty, because some terminals start a new line when it is written.
		_, err := io.WriteString(w, lineStart+colored(added.line(b.screen.Styles, room.AvailableWidth-1, at)))
		return err
	}), mpb.BarFillerTrim())
	if err != nil {
		return // the terminal has disappeared; the run continues
	}
	added.drawn = drawn
	b.shown = append(b.shown, added)
}

func (b *bars) Done() {
	if b.drawn == nil {
		return
	}
	for _, shown := range b.shown {
		shown.drawn.Abort(true)
	}
	b.drawn.Wait()
	b.screen.draw(nil)
}
