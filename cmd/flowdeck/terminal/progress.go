package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Progress returns a listener that shows the progress of a run, and its waits: with bars on a terminal, otherwise
// with lines. waited returns the waits of the run's connections so far; it must be safe for concurrent use.
func Progress(s *Screen, w *host.Watch, waited func() host.Waits) host.Listener {
	if s.live {
		return showWaits(s, newBars(s, w.Stream, waited), waited)
	}
	return showWaits(s, newLines(s, w), waited)
}

// lines is the progress without a terminal: lines that become rarer as the numbers grow. The report has the final numbers.
type lines struct {
	screen *Screen
	watch  *host.Watch
	shown  time.Time
}

// heartbeat is the maximum time between two lines.
const heartbeat = 10 * time.Second

func newLines(s *Screen, w *host.Watch) *lines { return &lines{screen: s, watch: w, shown: time.Now()} }

func (l *lines) See(e engine.Event) {
	if e.Kind != engine.RecordEnded {
		return
	}
	id := e.Place.Name()
	c := l.watch.Stream(id)
	now := time.Now()
	if milestone(c.Finished()) || now.Sub(l.shown) >= heartbeat {
		l.screen.progress(line(id, c))
		l.shown = now
	}
}

func (*lines) Done() {}

// progress prints a line about what goes on. Where the lines of a run are not on a terminal, a program can tell it from the report by its start.
func (s *Screen) progress(line string) {
	if !s.live {
		line = "progress: " + line
	}
	fmt.Fprintln(s, line)
}

// milestone reports whether n is 100, 200, 500, 1000, 2000, 5000 and so on.
func milestone(n int) bool {
	if n < 100 {
		return false
	}
	for n%10 == 0 {
		n /= 10
	}
	return n == 1 || n == 2 || n == 5
}

func line(id string, c host.Counts) string {
	text := fmt.Sprintf("%s: %s read, %s ok, %s skipped, %s failed", words.VisibleLine(Named(id, c.Title)), Thousands(c.Read), Thousands(c.OK), Thousands(c.Skipped), Thousands(c.Failed))
	if c.Canceled > 0 {
		text += ", " + Thousands(c.Canceled) + " cut off"
	}
	return text
}

// Thousands writes a number with commas: 1,234,567.
func Thousands(n int) string {
	digits := strconv.Itoa(n)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
