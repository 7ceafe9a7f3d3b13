package terminal

import (
	"fmt"
	"io"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Connections prints which orgs a run is about to reach, and as whom.
func Connections(w io.Writer, o *host.Connections) {
	for _, name := range o.Names() {
		fmt.Fprintln(w, Connection(name, o.Identity(name)))
	}
}

// Connection is the org that a connection reaches, and as whom, in a line.
func Connection(name string, id card.Identity) string {
	line := fmt.Sprintf("%s: %s", name, id.Org)
	if id.Simulated {
		note := "simulated org"
		if id.Note != "" {
			note += ", " + id.Note
		}
		line += " (" + note + ")"
	}
	if id.As != "" {
		line += " as " + id.As
	}
	return line
}
