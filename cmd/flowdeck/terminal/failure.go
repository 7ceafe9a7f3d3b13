package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/engine/host"
)

// Failure prints an error. It prints nothing if f is nil.
func Failure(w io.Writer, f *host.Failure) {
	if f == nil {
		return
	}
	at := f.Place
	if at != "" {
		at += ": "
	}
	code := string(f.Kind)
	if f.Code != "" {
		code += " " + f.Code
	}
	fmt.Fprintf(w, "%s%s [%s]\n", OneLine(w, at), strings.ReplaceAll(f.Message, "\n", "\n   "), OneLine(w, code))
	switch step := OneLine(w, f.Step); {
	case f.Attempts > 1:
		fmt.Fprintf(w, "   step %s, after %d attempts\n", step, f.Attempts)
	case f.Step != "":
		fmt.Fprintf(w, "   step %s\n", step)
	}
	Hint(w, f.Hint)
}

// Hint prints a hint below an error. It prints nothing if the hint is empty.
func Hint(w io.Writer, hint string) {
	if hint != "" {
		fmt.Fprintf(w, "   hint: %s\n", strings.ReplaceAll(hint, "\n", "\n         "))
	}
}
