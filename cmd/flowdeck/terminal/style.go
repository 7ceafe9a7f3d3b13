package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/flowdeck/flowdeck/engine"
)

// Style is the look of words. Render applies it.
type Style = lipgloss.Style

// Styles highlights words on one writer. They carry no meaning that the words do not carry too, and change nothing on a
// writer without colors.
type Styles struct {
	Plain   Style
	Heading Style
	Dim     Style // less important
	OK      Style
	Failed  Style
	Warning Style
}

// NewStyles is the styles for a writer, as the environment asks for.
func NewStyles(environment Lookup, w io.Writer) Styles {
	// The renderer does not see the writer: it would ask a terminal for its colors, and wait for an answer.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(colors(environment, w))
	return Styles{
		Plain:   r.NewStyle(),
		Heading: r.NewStyle().Bold(true),
		Dim:     r.NewStyle().Faint(true),
		OK:      r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIGreen)),
		Failed:  r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIRed)),
		Warning: r.NewStyle().Foreground(lipgloss.ANSIColor(termenv.ANSIYellow)),
	}
}

// of is the style of how something ended.
func (s Styles) of(status engine.Status) Style {
	switch status {
	case engine.Succeeded:
		return s.OK
	case engine.SucceededWithErrors:
		return s.Warning
	case engine.Failed:
		return s.Failed
	}
	return s.Dim
}

// colors is the colors that w may have: the sixteen of the terminal's own theme, or none. NO_COLOR disables them,
// CLICOLOR_FORCE enables them even if w is not a terminal (no-color.org, bixense.com/clicolors).
func colors(environment Lookup, w io.Writer) termenv.Profile {
	if set(environment, "NO_COLOR") {
		return termenv.Ascii
	}
	if force, _ := environment("CLICOLOR_FORCE"); force != "" && force != "0" {
		return termenv.ANSI
	}
	if dumb(environment) || !Is(w) {
		return termenv.Ascii
	}
	return termenv.ANSI
}
