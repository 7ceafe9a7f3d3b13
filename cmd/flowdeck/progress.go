package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// progress shows a person how far a run is. It is told every event after the watch has counted it.
type progress interface {
	see(engine.Event)
	done() // the run has ended
}

// lines is progress where nothing can be drawn over: lines that get rarer as the numbers grow.
type lines struct {
	screen *screen
	watch  *watch

	shown time.Time
	last  string // the line that was printed last
}

// heartbeat is after how long without a line another one is due.
const heartbeat = 10 * time.Second

func newLines(s *screen, w *watch) *lines { return &lines{screen: s, watch: w, shown: time.Now()} }

func (l *lines) see(e engine.Event) {
	if e.Kind != engine.RecordEnded {
		return
	}
	id := e.Place.Name()
	c := l.watch.standing(id)
	now := time.Now()
	if milestone(c.finished()) || now.Sub(l.shown) >= heartbeat {
		l.print(line(id, c))
		l.shown = now
	}
}

// done prints how each stream ended.
func (l *lines) done() {
	for _, id := range l.watch.order {
		l.print(line(id, l.watch.standing(id)))
	}
}

// print prints a line, unless it stands there already.
func (l *lines) print(line string) {
	if line != l.last {
		fmt.Fprintln(l.screen, line)
	}
	l.last = line
}

// milestone is 100, 200, 500, 1000, 2000, 5000 and so on.
func milestone(n int) bool {
	if n < 100 {
		return false
	}
	for n%10 == 0 {
		n /= 10
	}
	return n == 1 || n == 2 || n == 5
}

func line(id string, c counts) string {
	return fmt.Sprintf("%s: %s read, %s ok, %s skipped, %s failed", id, thousands(c.Read), thousands(c.OK), thousands(c.Skipped), thousands(c.Failed))
}

// thousands writes a number with commas: 1,234,567.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
