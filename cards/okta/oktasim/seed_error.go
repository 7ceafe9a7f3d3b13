package oktasim

import (
	"fmt"
	"strings"
)

// A SeedError is one mistake in a seed, with its place. Load joins all mistakes: errors.As returns the first one, and
// Unwrap() []error of the joined error returns all.
type SeedError struct {
	// Line and Column count from 1. They are 0 if they are not known.
	Line, Column int
	// Message describes the mistake: lower case, no full stop, no place.
	Message string
	// Hint describes how to correct the mistake; empty if there is no hint.
	Hint string
}

// Mistake returns the parts of the error.
func (e *SeedError) Mistake() (line, column int, message, hint string) {
	return e.Line, e.Column, e.Message, e.Hint
}

// Error returns the place, the message and, on a second line, the hint.
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
