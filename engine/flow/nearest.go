package flow

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// alternatives returns the hint for an unknown name: the most similar name, then all names.
func alternatives(name, noun string, candidates []string) string {
	var hint string
	if near, ok := words.Nearest(name, candidates); ok {
		hint = "did you mean " + quoted(near) + "? "
	}
	if len(candidates) == 0 {
		return strings.TrimSpace(hint)
	}
	return hint + noun + ": " + strings.Join(slices.Sorted(slices.Values(candidates)), ", ")
}
