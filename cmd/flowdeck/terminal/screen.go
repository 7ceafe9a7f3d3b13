package terminal

import (
	"errors"
	"io"
	"sync"
	"syscall"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Screen is a writer for people, such as standard error. Lines may be written at any time, from any goroutine, and appear
// above what is drawn.
type Screen struct {
	Styles
	out   io.Writer           // as it is: what draws on it moves the cursor
	hide  func([]byte) []byte // removes secrets; nil: there are none
	left  func()              // is called when nobody reads the screen any more
	live  bool                // lines can be drawn over; else the screen is a log, and every line stays
	width func() int          // the columns at this moment

	mu    sync.Mutex
	above io.Writer // writes above what is drawn; nil if nothing is
}

// NewScreen is a screen on a writer, to which it is a Door. hide removes secrets from what is written; nil keeps everything.
// left is called when a line was written to a pipe that nobody reads any more.
func NewScreen(w io.Writer, environment Lookup, hide func([]byte) []byte, left func()) *Screen {
	return &Screen{
		Styles: NewStyles(environment, w), out: w, hide: hide, left: left, live: Is(w) && !dumb(environment) && !InCI(environment),
		width: func() int { return Width(w) },
	}
}

func (s *Screen) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []byte(colored(s.hidden(string(line))))
	if s.above != nil {
		if _, err := s.above.Write(append([]byte(lineStart), shown...)); err == nil {
			return len(line), nil
		} // else what was drawn has just gone
	}
	_, err := s.out.Write(shown)
	if errors.Is(err, syscall.EPIPE) {
		s.left()
	}
	if err != nil {
		return 0, err
	}
	return len(line), nil
}

// hidden returns a text without secrets. What cuts a text must call it first: half a secret is not found any more.
func (s *Screen) hidden(text string) string {
	if s.hide == nil {
		return text
	}
	return string(s.hide([]byte(text)))
}

// oneLine is a text on one line: a line break in a name must not look like the start of a line of ours.
func (s *Screen) oneLine(text string) string { return words.VisibleLine(s.hidden(text)) }

// lineStart goes to the first column, where a line that is drawn over must start: a terminal shows a Ctrl-C as ^C,
// wherever the cursor is.
const lineStart = "\r"

// draw sets what writes above the lines that are drawn; nil if they are gone.
func (s *Screen) draw(above io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.above = above
}
