package engine

import (
	"encoding/json"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Limits, in bytes, for the values of one step that a run keeps in memory. Larger lists need a stream.
const (
	maxItemBytes = 64 << 20  // the items of an each
	maxListBytes = 256 << 20 // the list of a card step with `result: all`
)

// Size estimates the memory of a value in bytes.
func Size(v Value) int {
	const word, header, entry = 8, 16, 48
	switch v := v.(type) {
	case string:
		return header + len(v)
	case json.Number:
		return header + len(v)
	case []any:
		n := header + word
		for _, item := range v {
			n += header + Size(item)
		}
		return n
	case map[string]any:
		n := entry
		for name, field := range v {
			n += entry + len(name) + Size(field)
		}
		return n
	}
	return word
}

// tooLarge returns the error for values that exceed one of these limits.
func tooLarge(hint, what string, most int) *card.Error {
	return invalid(hint, "%s take more than %d MiB of memory", what, most>>20)
}
