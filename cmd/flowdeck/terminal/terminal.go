// Package terminal shows people the progress and the report of a run, with colors, bars and tables.
//
// It knows the events of a run and the counts of package host. It must not read flags, ask questions or know exit
// codes. The writer and the environment that it is given determine whether it draws bars and uses colors.
package terminal

import (
	"io"

	"golang.org/x/term"
)

// Lookup returns a variable of the environment, as os.LookupEnv does. It must not be nil.
type Lookup func(name string) (value string, ok bool)

// set reports whether a variable of the environment is set and not empty.
func set(environment Lookup, name string) bool {
	value, _ := environment(name)
	return value != ""
}

// InCI reports whether the program runs in a CI system.
func InCI(environment Lookup) bool {
	ci, _ := environment("CI")
	return ci != "" && ci != "false"
}

// dumb reports whether the terminal supports neither cursor movement nor colors.
func dumb(environment Lookup) bool {
	kind, _ := environment("TERM")
	return kind == "dumb"
}

// Plain reports whether questions must be plain lines, one after another: for a terminal that does not support cursor
// movement, and for a screen reader.
func Plain(environment Lookup) bool { return dumb(environment) || set(environment, "ACCESSIBLE") }

// descriptor is a file, or a writer that writes to a file.
type descriptor interface{ Fd() uintptr }

// Descriptor returns the file descriptor of a writer. If the writer has none, the result is not a valid descriptor.
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

// Limit returns the maximum width of a line on w; 0, which means no limit, if w is not a terminal.
func Limit(w io.Writer) int {
	if !Is(w) {
		return 0
	}
	return Width(w)
}

// Width returns the number of columns of w; 80 if w is not a terminal, or its size is not known.
func Width(w io.Writer) int {
	if columns, _ := Size(w); columns > 0 {
		return columns
	}
	return 80
}

// Size returns the size of w; 0 by 0 if w is not a terminal. A terminal may not know its size either, such as one on a
// serial line.
func Size(w io.Writer) (columns, rows int) {
	columns, rows, err := term.GetSize(int(Descriptor(w)))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}
