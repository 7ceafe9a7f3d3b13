package terminal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"golang.org/x/term"
)

// Prompt reads lines that a person edits, with the lines before at the arrow keys. They are kept in memory only.
type Prompt struct {
	In   *os.File
	Out  io.Writer
	Text string // before each line

	// Complete returns what can stand in place of the end of a line, from an offset on.
	Complete func(line string) (from int, words []string)
}

// goesOn is before a line that goes on with a text of several lines.
const goesOn = "… "

// Lines calls use for each line, and ends after Ctrl-D, or with the error of use. Ctrl-C drops what was typed. Several lines that are pasted
// are one text, which ends with the next Enter. What use writes to out is shown above the next prompt.
func (p Prompt) Lines(use func(line string, out io.Writer) error) error {
	fd := int(p.In.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	defer func() { _ = term.Restore(fd, before) }()
	keys := &keys{from: p.In}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, p.Out}, p.Text)
	entered := &entered{}
	t.History = entered
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		return p.completed(t, line, pos)
	}
	t.SetBracketedPasteMode(true)
	defer t.SetBracketedPasteMode(false)
	var pasted []string
	for {
		if columns, rows := Size(p.In); columns > 0 {
			_ = t.SetSize(columns, rows)
		}
		line, err := t.ReadLine()
		switch {
		case errors.Is(err, io.EOF):
			_, err = io.WriteString(p.Out, "\r\n")
			return err
		case keys.interrupted():
			pasted = nil
			t.SetPrompt(p.Text)
			continue
		case errors.Is(err, term.ErrPasteIndicator):
			pasted = append(pasted, line)
			t.SetPrompt(goesOn)
			continue
		case err != nil:
			return err
		}
		lines := append(pasted, line)
		pasted = nil
		t.SetPrompt(p.Text)
		entered.keep(strings.Join(lines, " "))
		if err := use(strings.TrimRight(strings.Join(lines, "\n"), "\n"), t); err != nil {
			return err
		}
	}
}

// completed completes the word before a position of a line. If there are several words, it completes what they have in common or, if that
// is typed already, shows them.
func (p Prompt) completed(t *term.Terminal, line string, pos int) (string, int, bool) {
	end := len(string([]rune(line)[:pos]))
	from, words := p.Complete(line[:end])
	if len(words) == 0 {
		return "", 0, false
	}
	same := words[0]
	for _, word := range words[1:] {
		for !strings.HasPrefix(word, same) {
			_, last := utf8.DecodeLastRuneInString(same)
			same = same[:len(same)-last]
		}
	}
	if len(words) > 1 && len(same) == end-from {
		columns, _ := Size(p.In)
		_, _ = t.Write([]byte(inLines(words, columns) + "\n"))
	}
	done := line[:from] + same
	return done + line[end:], utf8.RuneCountInString(done), true
}

// inLines returns words in lines that fit a width, if a word does; 0 means no limit.
func inLines(words []string, width int) string {
	var text strings.Builder
	column := 0
	for _, word := range words {
		switch wide := lipgloss.Width(word); {
		case column == 0:
			column = wide
		case width > 0 && column+len(Gap)+wide > width:
			text.WriteString("\n")
			column = wide
		default:
			text.WriteString(Gap)
			column += len(Gap) + wide
		}
		text.WriteString(word)
	}
	return text.String()
}

// keys reads keys. It replaces Ctrl-C, at which a term.Terminal would end, by keys that delete the line and enter it.
type keys struct {
	from io.Reader
	rest []byte
	left bool // Ctrl-C was typed
}

const (
	ctrlC      = "\x03"
	dropAndNew = "\x05\x15\r" // to the end of the line, delete all before the cursor, Enter
)

func (k *keys) Read(b []byte) (int, error) {
	if len(k.rest) == 0 {
		read := make([]byte, len(b))
		n, err := k.from.Read(read)
		if err != nil {
			return 0, err
		}
		k.left = k.left || bytes.Contains(read[:n], []byte(ctrlC))
		k.rest = bytes.ReplaceAll(read[:n], []byte(ctrlC), []byte(dropAndNew))
	}
	n := copy(b, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// interrupted reports whether Ctrl-C was typed since the last call.
func (k *keys) interrupted() bool {
	left := k.left
	k.left = false
	return left
}

// entered has the texts that a person entered, the last one first.
type entered struct{ texts []string }

// mostEntered is the number of texts that are kept.
const mostEntered = 100

// Add does nothing: a pasted text has several lines, and keep adds it as a whole.
func (*entered) Add(string) {}

func (h *entered) Len() int { return len(h.texts) }

func (h *entered) At(i int) string { return h.texts[len(h.texts)-1-i] }

// keep adds a text, unless it is empty or the same as the one before.
func (h *entered) keep(text string) {
	if strings.TrimSpace(text) == "" || len(h.texts) > 0 && h.At(0) == text {
		return
	}
	h.texts = append(h.texts[max(0, len(h.texts)-mostEntered+1):], text)
}
