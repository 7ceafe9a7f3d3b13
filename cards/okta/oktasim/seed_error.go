package oktasim

import (
	"fmt"
	"strings"
)

// A SeedError is one mistake in a seed, with its place. Load joins all that it finds, so errors.As
// gives the first and errors.Join's Unwrap() []error gives all of them.
type SeedError struct {
	// Line and Column count from 1. Column is 0 where only the line is known, Line where not even that.
	Line, Column int
	// Message is what is wrong: lower case, no full stop, no place.
	Message string
	// Hint is what to do about it; empty when there is nothing to add.
	Hint string
}

// Error gives the place, the message and, on a second line, the hint.
func (e *SeedError) Error() string {
	var b strings.Builder
	switch {
	case e.Line > 0 && e.Column > 0:
		fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&b, "%d: ", e.Line)
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}
