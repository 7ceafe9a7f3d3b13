package card

import (
	"fmt"
	"slices"
	"strings"
)

// A FilterMistake is the reason why a service refuses a filter.
type FilterMistake struct {
	Offset, Width int    // its position in the filter, in bytes
	Message       string // for people, without the position
	Hint          string // may be empty
}

// checkFilters panics if a parser is for an input that is not a filter.
func (c Card) checkFilters() {
	for name := range c.Filters {
		if !slices.ContainsFunc(c.narrowing, func(path []string) bool { return strings.Join(path, ".") == name }) {
			panic(fmt.Sprintf("card: %s: Filters has %s, which is not an input with the tag filter", c.Name, name))
		}
	}
}
