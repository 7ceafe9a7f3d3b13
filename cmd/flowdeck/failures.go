package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// failures are the records that ended with one and the same error.
type failures struct {
	message string
	count   int
	example string // the path of the first
	place   string // in the flow, of the first
}

func (f *failures) String() string {
	if f.place == "" {
		return fmt.Sprintf("%s × %s (first: %s)", thousands(f.count), f.message, f.example)
	}
	return fmt.Sprintf("%s × %s (first: %s, %s)", thousands(f.count), f.message, f.example, f.place)
}

// groups are failed records by their errors.
type groups struct {
	byError map[string]*failures
	rest    int // records with yet other errors, once there are mostErrors
}

// mostErrors is how many errors are told apart: a list may be a million records long, and each fail in its own words.
const mostErrors = 1000

func newGroups() *groups { return &groups{byError: map[string]*failures{}} }

// add counts a record under its error. Two errors are the same if they differ in nothing but the record's key.
func (g *groups) add(e engine.Event) {
	message := card.AsError(e.Err).Message
	same := message
	if key := e.Place.Key(); len(key) > len("1000") { // a short key, such as an index, may be part of any word
		same = strings.ReplaceAll(message, key, "…")
	}
	if f := g.byError[same]; f != nil {
		f.message = same
		f.count++
		return
	}
	if len(g.byError) == mostErrors {
		g.rest++
		return
	}
	first := &failures{message: message, count: 1, example: e.Place.String()}
	if placed := (*engine.Error)(nil); errors.As(e.Err, &placed) {
		first.place = placed.Pos.String()
	}
	g.byError[same] = first
}

// shownErrors is how many errors a person is shown; the results files have all.
const shownErrors = 10

// largest are the groups to show, the largest first, and how many records are in none of them.
func (g *groups) largest() (shown []*failures, rest int) {
	all := slices.SortedFunc(maps.Values(g.byError), func(a, b *failures) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.message, b.message))
	})
	rest = g.rest
	for _, f := range all[min(len(all), shownErrors):] {
		rest += f.count
	}
	return all[:min(len(all), shownErrors)], rest
}
