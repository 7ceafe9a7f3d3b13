package terminal

import (
	"cmp"
	"fmt"
	"net"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Announce prints the orgs that a run will reach, and the user or app of each connection. The port of a simulated org, which is another one in
// each process, is left out. An org that is not simulated is marked, and with onlyReal no others are printed.
func Announce(s *Screen, o *host.Connections, onlyReal bool) {
	for _, name := range o.Names() {
		id, mark := o.Identity(name), ""
		if !id.Simulated {
			mark = s.Failed.Render("REAL " + strings.ToUpper(words.VisibleLine(cmp.Or(id.What, "org"))))
		} else if onlyReal {
			continue
		}
		fmt.Fprintln(s, connection(name, Org(id), id, mark))
	}
}

// Org returns the name of an org. A simulated one has no port.
func Org(id card.Identity) string {
	if host, _, err := net.SplitHostPort(id.Org); err == nil && id.Simulated {
		return host
	}
	return id.Org
}

// Connection describes in one line the org that a connection reaches, and its user or app.
func Connection(name string, id card.Identity) string { return connection(name, id.Org, id, "") }

// connection adds a mark to the notes about an org.
func connection(name, org string, id card.Identity, mark string) string {
	line := words.VisibleLine(fmt.Sprintf("%s: %s", name, org))
	var notes []string
	if mark != "" {
		notes = append(notes, mark)
	}
	if id.Simulated {
		notes = append(notes, "simulated "+words.VisibleLine(cmp.Or(id.What, "org")))
	}
	if id.Note != "" {
		notes = append(notes, words.VisibleLine(id.Note))
	}
	if len(notes) > 0 {
		line += " (" + strings.Join(notes, ", ") + ")"
	}
	if id.As != "" {
		line += " as " + words.VisibleLine(id.As)
	}
	return line
}
