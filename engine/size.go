package engine

import (
	"encoding/json"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Limits, in bytes, for the values of one step that a run keeps in memory. Larger lists need a stream.
const (
	maxKeyBytes  = 64 << 20  // the keys of the records of a page, or of the list of an each
	maxItemBytes = 64 << 20  // the items of a loop
	maxHeldBytes = 256 << 20 // the items of all loops that a run keeps at the same time
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

// growth finds a value that grows from one round of a repeat to the next. A measurement visits the whole value, so it is not
// done in each round.
type growth struct{ next int }

// measure returns an error if something that the steps of a repeat bind is too large after so many rounds.
func (g *growth) measure(f *frame, steps []Step, rounds int) (err error) {
	if rounds < g.next {
		return nil
	}
	g.next = rounds + 1 + rounds/8
	check := func(what string, from *bindings) func(name string) {
		return func(name string) {
			if err == nil && Size(from.values[name], maxKeptBytes) > maxKeptBytes {
				what := fmt.Sprintf("after %d rounds the values of %s %q", rounds, what, name)
				err = tooLarge(fmt.Sprintf("keep less in %q, or lower `max`; the results of a stream go to a file", name), what, maxKeptBytes)
			}
		}
	}
	eachBinding(steps, check("result of step", f.steps), check("variable", f.vars))
	return err
}

// tooLarge returns the error for values that exceed one of these limits.
func tooLarge(hint, what string, most int) *card.Error {
	return invalid(hint, "%s take more than %d MiB of memory", what, most>>20)
}
