package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"

	"github.com/flowdeck/flowdeck/engine"
)

// Style is the look of words. Render applies it.
type Style = lipgloss.Style

// Styles highlights words for a Door or a Screen. Styles have no meaning that the words do not have. They change
// nothing if the writer has no colors.
type Styles struct {
	Plain   Style
	Heading Style
	Dim     Style // less important
	OK      Style
	Failed  Style
	Warning Style
}

// NewStyles returns the styles for a writer and an environment.
func NewStyles(environment Lookup, w io.Writer) Styles {
	// The renderer gets another writer, because it would query a terminal for its colors and wait for an answer.
	plain := lipgloss.NewRenderer(io.Discard).NewStyle()
	in := func(color string) Style {
		return plain.Transform(func(text string) string { return marked(text, color) })
	}
	if !colors(environment, w) {
		in = func(string) Style { return plain }
	}
	return Styles{Plain: plain, Heading: in("1"), Dim: in("2"), OK: in("32"), Failed: in("31"), Warning: in("33")}
}

// of returns the style for a status.
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

// colors reports whether w may have colors, which are those of the terminal's theme. NO_COLOR disables them, and
// CLICOLOR_FORCE enables them even if w is not a terminal (no-color.org, bixense.com/clicolors).
func colors(environment Lookup, w io.Writer) bool {
	if set(environment, "NO_COLOR") {
		return false
	}
	if force, _ := environment("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return !dumb(environment) && Is(w)
}
