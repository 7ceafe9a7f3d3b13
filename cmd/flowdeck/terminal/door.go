package terminal

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// People read names and messages of orgs, flows and files, and a terminal obeys control characters in them. So a text
// reaches a terminal through a door that makes them visible, and lets pass the colors of Styles only. A style does not
// write the color itself, which a name could do too, but a mark with a number that nobody outside of this process knows.

// mark starts a mark. It has the form of a color, so that everything that measures or cuts a text knows its width.
var mark = fmt.Sprintf("\x1b[%d;", rand.Uint64N(1e15)+1e15)

// marked is a text in a color, by its number.
func marked(text, color string) string {
	if text == "" {
		return ""
	}
	return mark + color + "m" + text + mark + "0m"
}

// visible is a text without control characters other than marks. What measures or cuts a text must call it first.
func visible(text string) string {
	parts := strings.Split(text, mark)
	for i, part := range parts {
		parts[i] = words.Visible(part)
	}
	return strings.Join(parts, mark)
}

// colored is a text as a door writes it.
func colored(text string) string { return strings.ReplaceAll(visible(text), mark, "\x1b[") }

// Door returns a writer for texts that people read. Each Write must be whole lines or words: a character or a color that
// is split between two Writes is escaped.
func Door(w io.Writer) io.Writer { return door{w} }

type door struct{ to io.Writer }

// Write returns the length of text, although the number of bytes written may differ.
func (d door) Write(text []byte) (int, error) {
	if _, err := io.WriteString(d.to, colored(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Fd makes a terminal behind the door known as one.
func (d door) Fd() uintptr { return Descriptor(d.to) }
