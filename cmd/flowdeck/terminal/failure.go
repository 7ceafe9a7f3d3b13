package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// cause prints how the service itself identifies an error, for its logs and its support, and the error that led to it.
func cause(w io.Writer, d engine.Described) {
	if c := d.Cause; c != nil {
		fmt.Fprintf(w, "   caused by [%s]", strings.TrimSpace(string(c.Kind)+" "+c.Code))
		if c.Step != d.Step {
			fmt.Fprintf(w, " in step %s", c.Step)
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

// hintOf returns the hint of an error or, if it has none, of the error that led to it.
func hintOf(d engine.Described) string {
	if d.Hint == "" && d.Cause != nil {
		return hintOf(*d.Cause)
	}
	return d.Hint
}

// first returns where the first failure of a group is, and its code.
func first(g *host.Group) string {
	text := "first: " + g.First
	for _, more := range []string{g.Place, g.Code} {
		if more != "" {
			text += ", " + more
		}
	}
	return text
}
