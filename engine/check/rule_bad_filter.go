package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// badFilters reports filters that the service of a card refuses. It reads those that are literal, and those whose
// expressions are only values in them.
func (b *builder) badFilters(with *flow.Node, step engine.CallCard) {
	for _, name := range slices.Sorted(maps.Keys(step.Card.Filters)) {
		n, given, ok := inputAt(with, step.With, strings.Split(name, "."))
		if !ok {
			continue
		}
		text, ok := given.Literal.(string)
		if given.Text != nil {
			text, ok = given.Text.Example()
		}
		if !ok || strings.TrimSpace(text) == "" {
			continue
		}
		if mistake := step.Card.Filters[name](text); mistake != nil {
			b.put(flow.Problem{
				Pos: n.At(mistake.Offset), Width: mistake.Width, Code: CodeBadFilter, Message: mistake.Message, Hint: mistake.Hint,
			})
		}
	}
}
