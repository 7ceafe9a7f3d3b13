package oktasim

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
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

// yamlError matches an error of yaml.v3: the number of a line, if it has one, and the message.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// unknownAnchor matches the message of yaml.v3 for an alias whose anchor does not exist. It has no line.
var unknownAnchor = regexp.MustCompile(`^unknown anchor '([^']*)' referenced$`)

// notYAML returns the error for a text that is not YAML, at the alias or at the start of the line that yaml.v3 reports.
func notYAML(src []byte, err error) error {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		return &SeedError{Message: "not valid YAML: " + err.Error()}
	}
	e := &SeedError{Message: "not valid YAML: " + m[2]}
	at := -1
	if anchor := unknownAnchor.FindStringSubmatch(m[2]); anchor != nil {
		e.Message = fmt.Sprintf("not valid YAML: unknown anchor %q", "&"+anchor[1])
		e.Hint = "write a string that starts with * in quotes"
		at = bytes.Index(src, []byte("*"+anchor[1]))
	} else if n, err := strconv.Atoi(m[1]); err == nil {
		lines := bytes.SplitAfter(src, []byte("\n"))
		n = min(max(n, 1), len(lines))
		line := lines[n-1]
		at = len(bytes.Join(lines[:n-1], nil)) + len(line) - len(bytes.TrimLeft(line, " "))
	}
	if at >= 0 {
		e.Line = 1 + bytes.Count(src[:at], []byte("\n"))
		e.Column = 1 + utf8.RuneCount(src[bytes.LastIndexByte(src[:at], '\n')+1:at])
	}
	return e
}
