package terminal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// listed is the number of writes that are listed; --json lists all.
const listed = 20

// DryRun prints the writes that a dry run did not make, and the records that depend on one.
func DryRun(s *Screen, r *host.Report) {
	shown, rest := r.Undecidable.Largest(shownErrors)
	for _, g := range shown {
		fmt.Fprintf(s, "undecidable: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "undecidable: %s\n", more(rest))
	}
	if len(r.DryRun.Writes) == 0 {
		fmt.Fprintln(s, "dry run: nothing would change")
		return
	}
	calls := map[string]int{}
	for _, w := range r.DryRun.Writes {
		calls[w.Card]++
	}
	var each []string
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		each = append(each, fmt.Sprintf("%s × %s", Thousands(calls[name]), name))
	}
	fmt.Fprintf(s, "dry run: would call %s\n", strings.Join(each, ", "))
	n := min(len(r.DryRun.Writes), listed)
	for _, w := range r.DryRun.Writes[:n] {
		fmt.Fprintf(s, "   %s\n", withheld(s, w, len(calls) > 1))
	}
	if rest := len(r.DryRun.Writes) - n; rest > 0 {
		fmt.Fprintf(s, "   and %s more: --json lists all\n", Thousands(rest))
	}
}

// withheld is a write in a line: its card unless all have the same, its target, and the card's other inputs. A line that
// can be drawn over is cut to fit.
func withheld(s *Screen, w host.Withheld, card bool) string {
	line := w.Target
	if card {
		line = strings.TrimRight(w.Card+Gap+line, " ")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Input)) {
		text := inLine(w.Input[name])
		if !strings.Contains(" "+w.Target+" ", " "+text+" ") {
			line += "  " + name + ": " + text
		}
	}
	line = s.oneLine(line)
	if s.live {
		line = Cut(line, s.width()-len("   "))
	}
	return line
}

// inLine is a value in a line: a string, or a value that is not known yet, as it is, anything else as JSON.
func inLine(v any) string {
	text, ok := v.(string)
	if unknown, is := v.(fmt.Stringer); is {
		text, ok = unknown.String(), true
	}
	if ok && !strings.ContainsAny(text, "\r\n") {
		return text
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // no value of the model fails
		return fmt.Sprint(v)
	}
	return string(data)
}
