package terminal

import (
	"io"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Problems prints problems as flow.Problems.Print does; on a terminal with colors, and in lines that fit.
func Problems(w io.Writer, environment Lookup, all flow.Problems, source func(file string) []byte) {
	s := NewStyles(environment, w)
	all.PrintAs(w, source, flow.Look{Width: Limit(w), Wrap: Wrap, Style: func(part flow.Part, warning bool, text string) string {
		switch {
		case part == flow.PartPlace:
			return s.Heading.Render(text)
		case part == flow.PartCode:
			return s.Dim.Render(text)
		case warning:
			return s.Warning.Render(text)
		}
		return s.Failed.Render(text)
	}})
}
