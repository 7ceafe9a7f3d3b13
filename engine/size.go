package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Limits, in bytes, for the values of one step that a run keeps in memory. Larger lists need a stream.
const (
	maxItemBytes = 64 << 20  // the items of an each
	maxListBytes = 256 << 20 // the list of a card step with `result: all`
	maxKeptBytes = 256 << 20 // a variable, or a step's result, that a repeat builds up
)

// Size estimates the memory of a value in bytes. It stops counting above most, because a value may contain the same part so
// often that its tree is practically infinite.
func Size(v Value, most int) int {
	const word, header, entry = 8, 16, 48
	n := word
	switch v := v.(type) {
	case string:
		return header + len(v)
	case json.Number:
		return header + len(v)
	case []any:
		n += header
		for _, item := range v {
			if n > most {
				break
			}
			n += header + Size(item, most-n)
		}
	case map[string]any:
		n += entry
		for name, field := range v {
			if n > most {
				break
			}
			n += entry + len(name) + Size(field, most-n)
		}
	}
	return n
}

// growth finds a value of a scope that grows from one round of a repeat to the next. A measurement visits the whole value, so
// it is not done in each round.
type growth struct{ next int }

// measure returns an error if the scope of f has too large a value after so many rounds.
func (g *growth) measure(f *frame, rounds int) error {
	if rounds < g.next {
		return nil
	}
	g.next = rounds + 1 + rounds/8
	for _, kept := range []struct {
		what   string
		values map[string]any
	}{{"variable", f.bound.vars}, {"result of step", f.bound.steps}} {
		for _, name := range slices.Sorted(maps.Keys(kept.values)) {
			if Size(kept.values[name], maxKeptBytes) > maxKeptBytes {
				what := fmt.Sprintf("after %d rounds the values of %s %q", rounds, kept.what, name)
				return tooLarge(fmt.Sprintf("keep less in %q, or lower `max`; the results of a stream go to a file", name), what, maxKeptBytes)
			}
		}
	}
	return nil
}

// tooLarge returns the error for values that exceed one of these limits.
func tooLarge(hint, what string, most int) *card.Error {
	return invalid(hint, "%s take more than %d MiB of memory", what, most>>20)
}
