package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Report prints a report for people: what happened on the screen, and last the result, on out.
func Report(s *Screen, out io.Writer, report *host.Report) {
	r := summary{report}
	if s.live {
		r.tables(s)
	} else {
		r.lines(s)
	}
	r.continued(s)
	r.outcome(s)
	r.waits(s)
	r.ending(s)
	for _, started := range r.Started {
		of := summary{started}
		of.lines(s)
		of.outcome(s)
		of.ending(s)
	}
	if r.Result == nil {
		return
	}
	data, err := yaml.Marshal(map[string]any{"result": r.Result})
	if err != nil { // no value of the model fails
		data = []byte(fmt.Sprintf("result: %v\n", r.Result))
	}
	_, _ = out.Write(data)
}

// summary is a report as people read it.
type summary struct{ *host.Report }

// outcome prints the error, and what the run changed or would change.
func (r summary) outcome(s *Screen) {
	Failure(s, r.Error)
	if r.DryRun != nil {
		DryRun(s, r.Report)
		return
	}
	r.changes(s)
}

// lines prints which records failed and where the results are. The progress has printed how many there were.
func (r summary) lines(s *Screen) {
	shown, rest := r.Failures.Largest(shownErrors)
	for _, g := range shown {
		fmt.Fprintf(s, "failed: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "failed: %s\n", more(rest))
	}
	r.results(s)
}

// continued prints which steps failed without an end to their flow.
func (r summary) continued(s *Screen) {
	shown, rest := r.Continued.Largest(shownErrors)
	for _, g := range shown {
		fmt.Fprintf(s, "continued after an error: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "continued after an error: %s more\n", Thousands(rest))
	}
}

// results names the files that have a line for each record.
func (r summary) results(s *Screen) {
	for _, id := range r.Order {
		if c := r.Streams[id]; c.Results != "" {
			fmt.Fprintf(s, "results: %s\n", c.Results)
		}
	}
}

// shownErrors is the number of errors that a person is shown; the results files have all.
const shownErrors = 10

// grouped is a group of failed records in a line.
func grouped(s *Screen, g *host.Group) string {
	first := g.First
	if g.Place != "" {
		first += ", " + g.Place
	}
	return s.oneLine(fmt.Sprintf("%s × %s (first: %s)", Thousands(g.Count), g.Message, first))
}

func more(records int) string {
	return fmt.Sprintf("and %s more, with other errors: see the results file", Thousands(records))
}

// tables are the streams and the errors of their records.
func (r summary) tables(s *Screen) {
	if len(r.Order) > 0 {
		r.streams(s)
	}
	if shown, _ := r.Failures.Largest(1); len(shown) > 0 {
		fmt.Fprintln(s)
		r.errors(s, s.Styles, s.width())
	}
	if len(r.Order) > 0 {
		fmt.Fprintln(s)
	}
}

// streams prints a table of the streams. The results' files are in it if the screen is wide enough; else below it, since
// nobody can copy a path in two lines.
func (r summary) streams(s *Screen) {
	var heads []Cell
	cutOff := slices.ContainsFunc(r.Order, func(id string) bool { return r.Streams[id].Canceled > 0 })
	for _, head := range []string{"stream", "read", "ok", "skipped", "failed", "cut off", "a second"} {
		if head != "cut off" || cutOff {
			heads = append(heads, Cell{head, s.Heading})
		}
	}
	const numbers = 61 // how wide the columns of numbers may become
	rows, withFiles := [][]Cell{heads}, [][]Cell{append(slices.Clone(heads), Cell{"results", s.Heading})}
	for _, id := range r.Order {
		c := r.Streams[id]
		row := []Cell{
			{shortened(id, max(s.width()-numbers, narrowest)), s.Plain}, {Thousands(c.Read), s.Plain}, {tinted(s.OK, c.OK, ""), s.Plain},
			{Thousands(c.Skipped), s.Plain}, {tinted(s.Failed, c.Failed, ""), s.Plain},
		}
		if cutOff {
			row = append(row, Cell{tinted(s.Warning, c.Canceled, ""), s.Plain})
		}
		row = append(row, Cell{perSecond(c.Pace(c.Ended)), s.Plain})
		rows = append(rows, row)
		withFiles = append(withFiles, append(slices.Clone(row), Cell{c.Results, s.Plain}))
	}
	t := Table{Align: "lrrrrrr"[:len(heads)]}
	var full strings.Builder
	if t.Write(&full, withFiles); lipgloss.Width(full.String()) <= s.width() {
		fmt.Fprint(s, full.String())
		return
	}
	t.Write(s, rows)
	r.results(s)
}

// errors prints a table of the errors, the most frequent first, each with its first record and place in the flow.
func (r summary) errors(w io.Writer, s Styles, width int) {
	shown, rest := r.Failures.Largest(shownErrors)
	rows := [][]Cell{{{"failed", s.Heading}, {"error", s.Heading}}}
	for _, f := range shown {
		first := "first: " + f.First
		if f.Place != "" {
			first += ", " + f.Place
		}
		rows = append(rows, []Cell{{Thousands(f.Count), s.Failed}, {f.Message, s.Plain}}, []Cell{{"", s.Plain}, {first, s.Dim}})
	}
	if rest > 0 {
		rows = append(rows, []Cell{{"", s.Plain}, {more(rest), s.Plain}})
	}
	Table{Width: width, Align: "r"}.Write(w, rows)
}

// ending prints how the run ended, with the reason at the end of the line, since it is somebody's own words.
func (r summary) ending(s *Screen) {
	words := map[engine.Status]string{
		engine.Succeeded: "succeeded", engine.SucceededWithErrors: "succeeded, with errors", engine.Skipped: "skipped",
		engine.Failed: "failed", engine.Undecidable: "undecidable", engine.Canceled: "interrupted",
	}
	reason := ""
	if r.Reason != "" {
		reason = ": " + r.Reason
	}
	fmt.Fprintf(s, "%s: %s in %.1fs (run %s)%s\n", r.Flow, s.of(r.Status).Render(words[r.Status]), r.Seconds, r.Run, reason)
}

// Failure prints an error; nothing if it is nil.
func Failure(w io.Writer, f *host.Failure) {
	if f == nil {
		return
	}
	at := f.Place
	if at != "" {
		at += ": "
	}
	code := string(f.Kind)
	if f.Code != "" {
		code += " " + f.Code
	}
	fmt.Fprintf(w, "%s%s [%s]\n", at, strings.ReplaceAll(f.Message, "\n", "\n   "), code)
	switch {
	case f.Attempts > 1:
		fmt.Fprintf(w, "   step %s, after %d attempts\n", f.Step, f.Attempts)
	case f.Step != "":
		fmt.Fprintf(w, "   step %s\n", f.Step)
	}
	if f.Hint != "" {
		fmt.Fprintf(w, "   hint: %s\n", f.Hint)
	}
}

// waits prints how long the run waited on rate limits, unless it rounds to nothing.
func (r summary) waits(w io.Writer) {
	if r.Waits.Total < shortestWait {
		return
	}
	var each []string
	for _, name := range slices.Sorted(maps.Keys(r.Waits.ByLimit)) {
		if d := r.Waits.ByLimit[name]; d >= shortestWait {
			each = append(each, name+" "+tenths(d))
		}
	}
	fmt.Fprintf(w, "waited on rate limits: %s (%s)\n", tenths(r.Waits.Total), strings.Join(each, ", "))
}

// shortestWait is the shortest wait that is more than 0 in tenths of a second.
const shortestWait = 50 * time.Millisecond

func tenths(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// changes prints what the run changed, and what it may have changed, card by card.
func (r summary) changes(w io.Writer) {
	var changed, inDoubt []string
	for _, name := range slices.Sorted(maps.Keys(r.Writes)) {
		if n := r.Writes[name].Changed; n > 0 {
			changed = append(changed, fmt.Sprintf("%s × %s", Thousands(n), name))
		}
		if n := r.Writes[name].InDoubt; n > 0 {
			inDoubt = append(inDoubt, fmt.Sprintf("%s × %s", Thousands(n), name))
		}
	}
	switch {
	case len(changed) > 0:
		fmt.Fprintf(w, "changed: %s\n", strings.Join(changed, ", "))
	case len(inDoubt) == 0:
		fmt.Fprintln(w, "changed: nothing")
	}
	if len(inDoubt) > 0 {
		fmt.Fprintf(w, "in doubt: %s\n   hint: an answer was lost, so these may have been done or not: check before you repeat them\n", strings.Join(inDoubt, ", "))
	}
}
