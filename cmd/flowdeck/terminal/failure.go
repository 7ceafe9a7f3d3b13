package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Failure prints an error. It prints nothing if f is nil.
func Failure(w io.Writer, f *host.Failure) { failure(w, f, 0) }

// failure prints an error with which other records failed, too.
func failure(w io.Writer, f *host.Failure, others int) {
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
	switch step := OneLine(w, Named(f.Step, f.Title)); {
	case f.Attempts > 1:
		fmt.Fprintf(w, "   step %s, after %d attempts\n", step, f.Attempts)
	case f.Step != "":
		fmt.Fprintf(w, "   step %s\n", step)
	}
	switch {
	case others == 1:
		fmt.Fprintln(w, "   another record failed with the same error")
	case others > 1:
		fmt.Fprintf(w, "   %s other records failed with the same error\n", Thousands(others))
	}
	cause(w, f.Described)
	Hint(w, hintOf(f.Described))
}

// cause prints how the service itself identifies an error, for its logs and its support, and the error that led to it.
func cause(w io.Writer, d engine.Described) {
	if c := d.Cause; c != nil {
		fmt.Fprintf(w, "   caused by [%s]", OneLine(w, strings.TrimSpace(string(c.Kind)+" "+c.Code)))
		if c.Step != "" && c.Step != d.Step {
			fmt.Fprintf(w, " in step %s", OneLine(w, Named(c.Step, c.Title)))
		}
		fmt.Fprintln(w)
		cause(w, *c)
		return
	}
	details, _ := d.Details.(map[string]any)
	var ids []string
	for _, name := range []string{"error_id", "request_id"} {
		if id, ok := details[name].(string); ok && !strings.ContainsFunc(id, unicode.IsControl) {
			ids = append(ids, strings.Replace(name, "_", " ", 1)+" "+id)
		}
	}
	if len(ids) > 0 {
		fmt.Fprintf(w, "   %s\n", strings.Join(ids, ", "))
	}
}

// Named returns the path of a step, which a person may have to type, with the step's name in the flow if it has one.
func Named(path, name string) string {
	if name == "" {
		return path
	}
	return path + ": " + name
}

// hintOf returns the hint of an error or, if it has none, of the error that led to it.
func hintOf(d engine.Described) string {
	if d.Hint == "" && d.Cause != nil {
		return hintOf(*d.Cause)
	}
	return d.Hint
}

// first returns where the first failure of a group is, and its code.
func first(g *host.Group) string {
	text := "first: " + Named(g.First, g.Title)
	for _, more := range []string{g.Place, g.Code} {
		if more != "" {
			text += ", " + more
		}
	}
	return text
}

// Hint prints a hint below an error. It prints nothing if the hint is empty.
func Hint(w io.Writer, hint string) {
	if hint != "" {
		fmt.Fprintf(w, "   hint: %s\n", strings.ReplaceAll(hint, "\n", "\n         "))
	}
}
