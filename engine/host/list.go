package host

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Listed is a connection of a workspace, as its settings describe it.
type Listed struct {
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	To        string   `json:"to"`       // where it leads; empty if its settings do not say it
	SignsIn   string   `json:"signs_in"` // the key of its settings that has the way it signs in; empty if it needs none
	Simulated bool     `json:"simulated"`
	ReadOnly  bool     `json:"read_only"`
	Flows     []string `json:"flows"` // that use it, sorted; never nil
}

// List returns the connections of the workspace in the order of flowdeck.yaml, and the number of flows that have problems, so
// that nobody knows what they use. It sends nothing.
func (w *Workspace) List() (list []Listed, broken int) {
	list = []Listed{}
	for _, conn := range w.Connections {
		d := w.describe(conn)
		list = append(list, Listed{
			Name: conn.Name.Text, Type: typeOf(conn), To: w.config.Veil.String(d.To), SignsIn: d.SignsIn, Simulated: d.Simulated, ReadOnly: check.ReadOnly(conn), Flows: []string{},
		})
	}
	for _, f := range w.Named() {
		c, err := w.Check(f, nil)
		if err != nil {
			broken++
			continue
		}
		uses := append(c.Uses(), c.OptionUses()...)
		for i := range list {
			if slices.ContainsFunc(uses, func(use engine.Use) bool { return use.Name == list[i].Name }) {
				list[i].Flows = append(list[i].Flows, f.Name.Text)
			}
		}
	}
	return list, broken
}

// describe returns what the settings say about a connection. With problems in them, it is empty.
func (w *Workspace) describe(conn flow.Connection) card.Description {
	service, ok := w.config.Services[typeOf(conn)]
	if !ok {
		return card.Description{}
	}
	d, _ := service.Describe(card.Settings{Name: conn.Name.Text, Config: check.Settings(conn)})
	return d
}

// typeOf returns the type of a connection; empty if it has none.
func typeOf(conn flow.Connection) string {
	if conn.Type == nil {
		return ""
	}
	return conn.Type.Text
}
