package main

import (
	"io"
	"os"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"golang.org/x/term"
)

// style is how text looks on one writer: in colour on a terminal; plain elsewhere, with NO_COLOR, and on a terminal
// that knows no colours. Make it with newStyle.
type style struct {
	plain, strong, faint, good, warn, bad lipgloss.Style

	width int // the terminal's columns; 0: no terminal, so nothing has to fit
}

func newStyle(e env, w io.Writer) style {
	// The renderer must not see that it writes to a terminal: it would ask it for its colours, and wait for an answer.
	r := lipgloss.NewRenderer(struct{ io.Writer }{w})
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	noColor, _ := e.lookup("NO_COLOR")
	if kind, _ := e.lookup("TERM"); noColor == "" && kind != "dumb" && isTerminal(w) {
		r.SetColorProfile(termenv.ANSI)
	}
	return style{
		plain:  r.NewStyle(),
		strong: r.NewStyle().Bold(true),
		faint:  r.NewStyle().Faint(true),
		good:   r.NewStyle().Foreground(lipgloss.Color("2")),
		warn:   r.NewStyle().Foreground(lipgloss.Color("3")),
		bad:    r.NewStyle().Foreground(lipgloss.Color("1")),
		width:  columns(w),
	}
}

// columns is how wide a terminal is, 0 if w is none. One that does not say is taken for 80.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}
