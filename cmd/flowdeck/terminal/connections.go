package terminal

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Connections prints the orgs that a run will reach, and the user or app of each connection.
func Connections(w io.Writer, o *host.Connections) {
	for _, name := range o.Names() {
		fmt.Fprintln(w, Connection(name, o.Identity(name)))
	}
}

// Connection describes in one line the org that a connection reaches, and its user or app.
func Connection(name string, id card.Identity) string {
	line := fmt.Sprintf("%s: %s", name, id.Org)
	var notes []string
	if id.Simulated {
		notes = append(notes, "simulated "+cmp.Or(id.What, "org"))
	}
	if id.Note != "" {
		notes = append(notes, id.Note)
	}
	if len(notes) > 0 {
		line += " (" + strings.Join(notes, ", ") + ")"
	}
	if id.As != "" {
		line += " as " + id.As
	}
	return words.VisibleLine(line)
}
