// Package terminal shows people what happens: screens, colors, tables, and the progress and the report of a run.
//
// It knows the events of a run and what package host counts of them. It reads no flag, asks no question and decides no
// exit code; where it may draw, and in what colors, follows from the writer and the environment that it is given.
package terminal

import (
	"io"

	"golang.org/x/term"
)

// Lookup finds a variable of the environment, as os.LookupEnv does.
type Lookup func(name string) (value string, ok bool)

// set reports whether a variable of the environment is set and not empty.
func set(environment Lookup, name string) bool {
	value, _ := environment(name)
	return value != ""
}

// InCI reports whether a CI system runs this program.
func InCI(environment Lookup) bool {
	ci, _ := environment("CI")
	return ci != "" && ci != "false"
}

// dumb reports whether the terminal can neither draw nor color.
func dumb(environment Lookup) bool {
	kind, _ := environment("TERM")
	return kind == "dumb"
}

// Plain reports whether questions must be plain lines, one after the other: for a terminal that cannot draw, and for a
// screen reader.
func Plain(environment Lookup) bool { return dumb(environment) || set(environment, "ACCESSIBLE") }

// descriptor is a file, or a writer over one.
type descriptor interface{ Fd() uintptr }

// Descriptor is the number of the file that a writer writes to, for writers over others; of no file if there is none.
func Descriptor(w io.Writer) uintptr {
	if file, ok := w.(descriptor); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}

// Is reports whether a reader or a writer is a terminal.
func Is(file any) bool {
	f, ok := file.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Limit is the width that a line to w must fit into; 0 if w is not a terminal, where any width fits.
func Limit(w io.Writer) int {
	if !Is(w) {
		return 0
	}
	return Width(w)
}

// Width is the number of columns of w; 80 if w is not a terminal.
func Width(w io.Writer) int {
	const usual = 80
	f, ok := w.(descriptor)
	if !ok {
		return usual
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return usual
}
