package terminal

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Names and messages of orgs, flows and files may have control characters, which a terminal would obey. Therefore all
// texts go through a door, which escapes control characters except for the colors of Styles. A style does not write
// the color itself, because a name could contain the same characters. It writes a mark with a random number, which is
// not known outside of this process.

// mark is the start of a mark. It has the form of a color sequence, so that functions that measure or cut a text
// ignore it.
var mark = fmt.Sprintf("\x1b[%d;", rand.Uint64N(1e15)+1e15)

// marked returns a text in a color. color is the parameter of the escape sequence.
func marked(text, color string) string {
	if text == "" {
		return ""
	}
	return mark + color + "m" + text + mark + "0m"
}

// visible escapes control characters, except for marks. It must be applied before a text is measured or cut.
func visible(text string) string {
	parts := strings.Split(text, mark)
	for i, part := range parts {
		parts[i] = words.Visible(part)
	}
	return strings.Join(parts, mark)
}

// OneLine returns a text as w shows it, on one line: a line break in a name must not start a new line, which could
// imitate our own output. The text may have styles.
func OneLine(w io.Writer, text string) string {
	return strings.ReplaceAll(asShown(w, text), "\n", `\n`)
}

// asShown returns a text as w shows it. A Screen's secrets are hidden first, since an escaped one cannot be found.
func asShown(w io.Writer, text string) string {
	if screen, ok := w.(*Screen); ok {
		text = screen.hidden(text)
	}
	return visible(text)
}

// colored returns the text that a door writes.
func colored(text string) string { return strings.ReplaceAll(visible(text), mark, "\x1b[") }

// Door returns a writer for texts that people read. Each Write must have whole lines or words, because a character or
// a color that is split between two Writes is escaped.
func Door(w io.Writer) io.Writer { return door{w} }

type door struct{ to io.Writer }

// Write returns the length of text, even if it wrote a different number of bytes.
func (d door) Write(text []byte) (int, error) {
	if _, err := io.WriteString(d.to, colored(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Fd returns the descriptor of the underlying file, from which callers detect a terminal.
func (d door) Fd() uintptr { return Descriptor(d.to) }
