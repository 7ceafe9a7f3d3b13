package main

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// screen is standard error as a run needs it: lines may be written at any time, from any goroutine, and stand
// above what is drawn over.
type screen struct {
	styles
	out   io.Writer
	veil  *veil.Veil
	live  bool       // lines can be drawn over; else the screen is a log, and every line stays
	width func() int // how many characters a line has, at this moment

	mu    sync.Mutex
	above io.Writer // writes above what is drawn; nil while nothing is
}

func newScreen(e env, v *veil.Veil) *screen {
	terminal, _ := e.lookup("TERM")
	return &screen{
		styles: newStyles(e, e.err), out: e.err, veil: v, live: isTerminal(e.err) && terminal != "dumb" && !inCI(e),
		width: func() int { return widthOf(e.err) },
	}
}

func (s *screen) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := s.veil.Text(line)
	if s.above != nil {
		if _, err := s.above.Write(append([]byte(lineStart), shown...)); err == nil {
			return len(line), nil
		} // else what was drawn has just gone
	}
	if _, err := s.out.Write(shown); err != nil {
		return 0, err
	}
	return len(line), nil
}

// lineStart goes to the first column, where a line that is drawn over must begin: a terminal shows a Ctrl-C as ^C,
// wherever the cursor stands.
const lineStart = "\r"

// draw says that something is drawn, and what writes above it; nil says that it is gone.
func (s *screen) draw(above io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.above = above
}

// limitOf is the width that a line to w has to fit; 0 where no terminal limits it.
func limitOf(w io.Writer) int {
	if !isTerminal(w) {
		return 0
	}
	return widthOf(w)
}

// widthOf is how many characters a line of w has; of what is no terminal, as many as is usual.
func widthOf(w io.Writer) int {
	const usual = 80
	f, ok := w.(*os.File)
	if !ok {
		return usual
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return usual
}
