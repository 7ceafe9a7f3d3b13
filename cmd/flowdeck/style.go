package main

import (
	"io"
	"os"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"golang.org/x/term"

	"github.com/flowdeck/flowdeck/engine"
)

// styles set words off on one writer. They never carry a meaning that the words do not, and change nothing
// on a writer without colours.
type styles struct {
	plain   lipgloss.Style
	heading lipgloss.Style
	dim     lipgloss.Style // what matters less
	ok      lipgloss.Style
	failed  lipgloss.Style
	warning lipgloss.Style
}

func newStyles(e env, w io.Writer) styles {
	// The renderer does not see the writer: it would ask a terminal for its colours, and wait for an answer.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(colours(e, w))
	return styles{
		plain:   r.NewStyle(),
		heading: r.NewStyle().Bold(true),
		dim:     r.NewStyle().Faint(true),
		ok:      r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIGreen)),
		failed:  r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIRed)),
		warning: r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIYellow)),
	}
}

// of is the style of how something ended.
func (s styles) of(status engine.Status) lipgloss.Style {
	switch status {
	case engine.Succeeded:
		return s.ok
	case engine.SucceededWithErrors:
		return s.warning
	case engine.Failed:
		return s.failed
	}
	return s.dim
}

// colours are those that w may have: the sixteen that follow a terminal's own theme, or none. NO_COLOR says
// none, CLICOLOR_FORCE says some even where w is no terminal (no-color.org, bixense.com/clicolors).
func colours(e env, w io.Writer) termenv.Profile {
	if says(e, "NO_COLOR") {
		return termenv.Ascii
	}
	if force, _ := e.lookup("CLICOLOR_FORCE"); force != "" && force != "0" {
		return termenv.ANSI
	}
	if dumb, _ := e.lookup("TERM"); dumb == "dumb" || !isTerminal(w) {
		return termenv.Ascii
	}
	return termenv.ANSI
}

// says reports whether a variable of the environment is there and not empty.
func says(e env, name string) bool {
	value, _ := e.lookup(name)
	return value != ""
}

// inCI reports whether a CI system says that it runs this.
func inCI(e env) bool {
	ci, _ := e.lookup("CI")
	return ci != "" && ci != "false"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
