package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// longestInput is the maximum length of an input of a write that is printed, such as the content of a file.
const longestInput = 1000 // characters

// listed is the maximum number of writes that are printed; --dry-run --json prints all.
const listed = 20

// DryRun prints the writes that a dry run would have made, and the records that depend on one.
func DryRun(s *Screen, r *host.Report) {
	shown, rest := r.Undecidable.Largest(shownErrors)
	for _, g := range shown {
		fmt.Fprintf(s, "undecidable: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "undecidable: %s\n", more(rest))
	}
	defer wouldPause(s, r.Limits)
	for _, a := range r.DryRun.Asks {
		times := ""
		if a.Count > 1 {
			times = " (" + Thousands(a.Count) + " times)"
		}
		fmt.Fprintf(s, "asks for an approval: %s%s\n", OneLine(s, host.Approval{Prompt: a.Prompt}.Prompted()), times)
	}
	stops := ""
	if n := r.DryRun.Beyond; n > 0 {
		stops = fmt.Sprintf("--max-changes would pause the run here: %s more writes are not allowed", Thousands(n))
		if n == 1 {
			stops = "--max-changes would pause the run here: 1 more write is not allowed"
		}
	}
	if len(r.DryRun.Writes) == 0 {
		if stops != "" {
			fmt.Fprintf(s, "dry run: %s\n", stops)
			return
		}
		fmt.Fprintln(s, "dry run: nothing would change")
		return
	}
	calls := map[string]int{}
	var order, each []string // the order of the run
	for _, w := range r.DryRun.Writes {
		if calls[w.Card]++; calls[w.Card] == 1 {
			order = append(order, w.Card)
		}
	}
	for _, name := range order {
		each = append(each, fmt.Sprintf("%s × %s", Thousands(calls[name]), name))
	}
	fmt.Fprintf(s, "dry run: would call %s\n", strings.Join(each, ", "))
	n := min(len(r.DryRun.Writes), listed)
	for _, w := range r.DryRun.Writes[:n] {
		fmt.Fprintf(s, "   %s\n", withheld(s, w, len(calls) > 1))
	}
	if rest := len(r.DryRun.Writes) - n; rest > 0 {
		fmt.Fprintf(s, "   and %s more: --dry-run --json lists all\n", Thousands(rest))
	}
	if stops != "" {
		fmt.Fprintf(s, "   %s\n", stops)
	}
}

// wouldPause prints the limits of flows that a run would reach.
func wouldPause(w io.Writer, limits map[engine.Measure]*host.Allowance) {
	for _, m := range engine.Measures {
		l := limits[m]
		if l == nil || !l.Reached || l.By == host.ByMaxChanges {
			continue
		}
		limit := "the limit of " + m.Of(int64(l.Allowed))
		if l.List != "" {
			limit = "the limit of " + l.List
		}
		if l.Error != "" {
			fmt.Fprintf(w, "   would pause: %s (%s) is not known: %s\n", limit, l.By, OneLine(w, l.Error))
			continue
		}
		fmt.Fprintf(w, "   would pause after %s of %s: %s (%s)\n", Thousands(int(l.Allowed)), m.Of(int64(l.Used)), limit, l.By)
	}
}

// withheld returns a write as one line: the name of its step, its target, the other inputs, the key of its record, and its card unless all writes have the
// same card. On a terminal the line is cut to the width.
func withheld(s *Screen, w host.Withheld, card bool) string {
	line := w.Target
	if card {
		line = strings.TrimRight(w.Card+Gap+line, " ")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Input)) {
		text := Cut(inLine(w.Input[name]), longestInput)
		if !strings.Contains(" "+w.Target+" ", " "+text+" ") {
			line += "  " + name + ": " + text
		}
	}
	if !strings.Contains(line, w.Record) {
		line += Gap + "(" + w.Record + ")"
	}
	if w.Name != "" {
		line = w.Name + ": " + line
	}
	line = OneLine(s, line)
	if s.live {
		line = Cut(line, s.width()-len("   "))
	}
	return line
}

// inLine returns a value as one line: a string, or a value that is not known yet, unchanged, and anything else as
// JSON.
func inLine(v any) string {
	text, ok := v.(string)
	if unknown, is := v.(fmt.Stringer); is {
		text, ok = unknown.String(), true
	}
	if ok && !strings.ContainsAny(text, "\r\n") {
		return text
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // a value can always be encoded
		return fmt.Sprint(v)
	}
	return string(data)
}
