package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// dryRun is what a dry run would have written, in no order until it is sorted. It is safe for concurrent use.
type dryRun struct {
	mu     sync.Mutex
	Writes []write `json:"writes"`
}

type write struct {
	Card   string         `json:"card"`
	Target string         `json:"target"`
	Input  map[string]any `json:"input"`
	Step   string         `json:"step"`
}

func (d *dryRun) add(e engine.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Writes = append(d.Writes, write{Card: e.Write.Card, Target: e.Write.Target, Input: e.Write.In, Step: e.Place.String()})
}

// sort puts the writes in the order of their cards and targets, so that two dry runs can be compared.
func (d *dryRun) sort() {
	slices.SortFunc(d.Writes, func(a, b write) int {
		return cmp.Or(cmp.Compare(a.Card, b.Card), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Step, b.Step))
	})
}

// listed is how many writes of a card are named; --json names all.
const listed = 20

func (d *dryRun) text(w *screen, undecidable *groups) {
	shown, rest := undecidable.largest()
	for _, group := range shown {
		fmt.Fprintf(w, "undecidable: %s\n", group)
	}
	if rest > 0 {
		fmt.Fprintf(w, "undecidable: %s\n", more(rest))
	}
	if len(d.Writes) == 0 {
		fmt.Fprintln(w, "dry run: it would change nothing")
		return
	}
	for rest := d.Writes; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(w write) bool { return w.Card != rest[0].Card })
		if n < 0 {
			n = len(rest)
		}
		fmt.Fprintf(w, "dry run: it would call %s × %s\n", thousands(n), rest[0].Card)
		for _, one := range rest[:min(n, listed)] {
			fmt.Fprintf(w, "   %s\n", one.line(w))
		}
		if n > listed {
			fmt.Fprintf(w, "   and %s more: --json names all\n", thousands(n-listed))
		}
		rest = rest[n:]
	}
}

// line is a write in a line: its target, and what else the card would be given. On a terminal it is cut to what fits.
func (w write) line(s *screen) string {
	line := w.Target
	for _, name := range slices.Sorted(maps.Keys(w.Input)) {
		text := inWords(w.Input[name])
		if text != w.Target {
			line += "  " + name + ": " + text
		}
	}
	if s.live {
		line = ansi.Truncate(line, s.width()-len("   "), "…")
	}
	return line
}

// inWords is a value in a line: a text as it is, anything else as JSON.
func inWords(v any) string {
	if text, ok := v.(string); ok && !strings.ContainsAny(text, "\r\n") {
		return text
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // no value of the model fails
		return fmt.Sprint(v)
	}
	return string(data)
}
