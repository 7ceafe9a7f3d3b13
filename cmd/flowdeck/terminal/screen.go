package terminal

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// Screen is a writer for people, such as standard error. Lines appear above the bars. It is safe for concurrent use.
type Screen struct {
	Styles
	out   io.Writer           // without a door, because the bars move the cursor
	hide  func([]byte) []byte // removes secrets; nil if there are none
	left  func()              // called when a write fails because nobody reads the pipe
	live  bool                // a terminal, on which lines can be redrawn; otherwise a log
	width func() int          // the current number of columns

	mu    sync.Mutex
	above io.Writer // writes above the bars; nil if there are none
}

// NewScreen returns a screen that writes to w, with the effect of a Door. hide removes secrets from the text; nil
// changes nothing. left is called when a write fails because nobody reads the pipe any more.
func NewScreen(w io.Writer, environment Lookup, hide func([]byte) []byte, left func()) *Screen {
	return &Screen{
		Styles: NewStyles(environment, w), out: w, hide: hide, left: left, live: Is(w) && !dumb(environment) && !InCI(environment),
		width: func() int { return Width(w) },
	}
}

// IsTerminal reports whether people read the screen on a terminal on which lines can be redrawn.
func (s *Screen) IsTerminal() bool { return s.live }

func (s *Screen) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []byte(colored(s.hidden(string(line))))
	if s.above != nil {
		if _, err := s.above.Write(append([]byte(lineStart), shown...)); err == nil {
			return len(line), nil
		} // otherwise the bars have just been removed
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

// hidden removes secrets from a text. It must be applied before a text is cut, because a part of a secret cannot be
// found.
func (s *Screen) hidden(text string) string {
	if s.hide == nil {
		return text
	}
	return string(s.hide([]byte(text)))
}

// lineStart moves the cursor to the first column. Otherwise a line that is redrawn would start after the ^C that a
// terminal shows for a Ctrl-C.
const lineStart = "\r"

// draw sets the writer above the bars; nil means that there are no bars.
func (s *Screen) draw(above io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.above = above
}

// Clear clears a terminal, and moves the cursor to its first line. It does nothing if w is not a terminal that supports cursor movement.
func Clear(environment Lookup, w io.Writer) {
	if Is(w) && !dumb(environment) {
		_, _ = io.WriteString(w, "\x1b[2J\x1b[H")
	}
}
