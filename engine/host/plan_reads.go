package host

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// mostNameReads is the maximum number of requests that a plan makes only for the names of what it shows by id.
const mostNameReads = 100

// nameless is a thing that a plan shows by its id, and the card that reads it.
type nameless struct{ card, input, id, connection string }

// readNames reads the names of the things that writes of the plan change and that nothing has read: one request for each, in the order of the
// writes. A thing that cannot be read keeps its id.
func (r *runs) readNames(report *Report) {
	if r.planned == nil {
		return
	}
	known, left := r.planned.names, mostNameReads
	refused := map[string]bool{} // by connection and card
	for _, of := range append([]*Report{report}, r.started...) {
		for _, w := range of.DryRun.Writes {
			for _, thing := range known.missing(w, r.workspace.config.Cards) {
				by := thing.connection + " " + thing.card
				if left == 0 || r.ctx.Err() != nil {
					return
				}
				if refused[by] {
					continue
				}
				left--
				call := card.Call{Run: report.Run, Attempt: 1, ConnName: thing.connection, Conn: r.asked.Connections.conns[thing.connection]}
				answer, err := r.workspace.config.Cards[thing.card].Run(r.ctx, call, map[string]any{thing.input: thing.id})
				switch failure := card.AsError(err); {
				case failure == nil:
					known.learn(answer)
				case failure.Kind != card.NotFound: // such as forbidden
					refused[by] = true
				}
				known.looked(thing)
			}
		}
	}
}

// missing returns the things of a write that have no name: those that its target names by id, and the members that it adds or removes. The card
// that reads the thing of an input such as user_id is okta.user.get.
func (n *names) missing(w Withheld, cards card.Set) (all []nameless) {
	service, _, _ := strings.Cut(w.Card, ".")
	add := func(noun, id string) {
		thing := nameless{service + "." + noun + ".get", noun + "_id", id, w.write.Connection}
		c, known := cards[thing.card]
		if !known || c.IsList() || len(c.In.Required) != 1 || c.In.Required[0] != thing.input || c.Effect != card.Reads {
			return
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		if id != "" && n.byID[id] == "" && !n.nameless[thing] {
			all = append(all, thing)
		}
	}
	for _, input := range w.card.In.PropertyOrder {
		noun, isID := strings.CutSuffix(input, "_id")
		id, _ := w.Input[input].(string)
		shown := strings.Contains(w.card.Spec.Target, "{"+input+"}") || w.card.Spec.Target == "" && input == w.card.In.PropertyOrder[0]
		if isID && shown && !strings.Contains(id, "@") && w.write.Before.Names[input] == "" {
			add(noun, id)
		}
	}
	if w.write.After == nil {
		return all
	}
	was, _ := w.write.Before.Fields["members"].([]any)
	will, listed := w.write.After.Fields["members"].([]any)
	times := map[string]int{} // 2: the user stays a member
	for _, id := range append(append([]any{}, was...), will...) {
		if text, _ := id.(string); listed && text != "" {
			times[text]++
		}
	}
	for _, id := range append(append([]any{}, was...), will...) {
		if text, _ := id.(string); times[text] == 1 && w.write.Before.Names[text] == "" {
			add("user", text)
		}
	}
	return all
}

// looked notes that the name of a thing was looked for.
func (n *names) looked(thing nameless) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nameless[thing] = true
}
