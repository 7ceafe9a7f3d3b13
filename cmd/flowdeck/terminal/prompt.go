package terminal

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Prompt reads lines that a person edits, with the lines before at the arrow keys.
type Prompt struct {
	In   *os.File
	Out  io.Writer
	Text string // before each line

	// Complete returns what can stand in place of the end of a line, from an offset on.
	Complete func(line string) (from int, words []string)
}

// Lines calls use for each line, and ends after Ctrl-D or Ctrl-C, or with the error of use. What use writes to out is shown above the
// next prompt.
func (p Prompt) Lines(use func(line string, out io.Writer) error) error {
	fd := int(p.In.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	defer func() { _ = term.Restore(fd, before) }()
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{p.In, p.Out}, p.Text)
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		end := len(string([]rune(line)[:pos]))
		from, words := p.Complete(line[:end])
		if len(words) == 0 {
			return "", 0, false
		}
		same := words[0]
		for _, word := range words[1:] {
			for !strings.HasPrefix(word, same) {
				same = same[:len(same)-1]
			}
		}
		if len(words) > 1 && len(same) == end-from {
			_, _ = t.Write([]byte(strings.Join(words, "  ") + "\n"))
		}
		done := line[:from] + same
		return done + line[end:], len([]rune(done)), true
	}
	for {
		if columns, rows := Size(p.In); columns > 0 {
			_ = t.SetSize(columns, rows)
		}
		line, err := t.ReadLine()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, term.ErrPasteIndicator):
			return err
		}
		if err := use(line, t); err != nil {
			return err
		}
	}
}
