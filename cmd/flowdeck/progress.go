package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/flowdeck/flowdeck/engine"
)

// progress shows how far the streams of a run are: on a terminal as one line that changes, elsewhere as
// lines that get rarer as the numbers grow.
type progress struct {
	out   io.Writer
	watch *watch
	live  bool // the line is written over
	quiet bool

	shown time.Time
	last  string // the line that was printed last
	drawn bool   // a live line stands there, without its line end
}

// redraw is how often the live line changes.
const redraw = 100 * time.Millisecond

// heartbeat is after how long without a line another one is due, where nobody draws over it.
const heartbeat = 10 * time.Second

func newProgress(out io.Writer, w *watch, o runOptions) *progress {
	return &progress{
		out: out, watch: w, quiet: o.json, shown: time.Now(),
		live: isTerminal(out) && !o.verbose, // a log would tear the line
	}
}

func isTerminal(w io.Writer) bool {
	if v, ok := w.(*veiled); ok {
		w = v.Writer
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// show is told every event of the run.
func (p *progress) show(e engine.Event) {
	if p.quiet || e.Kind != engine.RecordEnded {
		return
	}
	id := engine.WithoutKeys(e.Path)
	finished := p.watch.streams[id].finished()
	now := time.Now()
	switch {
	case p.live && now.Sub(p.shown) >= redraw:
		fmt.Fprintf(p.out, "\r\x1b[K%s", line(id, *p.watch.streams[id]))
		p.drawn = true
	case !p.live && (milestone(finished) || now.Sub(p.shown) >= heartbeat):
		p.print(line(id, *p.watch.streams[id]))
	default:
		return
	}
	p.shown = now
}

// print prints a line, unless it stands there already.
func (p *progress) print(line string) {
	if line != p.last {
		fmt.Fprintln(p.out, line)
	}
	p.last = line
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

// done takes the live line away and prints how each stream ended.
func (p *progress) done() {
	if p.quiet {
		return
	}
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	for _, id := range p.watch.order {
		p.print(line(id, *p.watch.streams[id]))
	}
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
