package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
)

// text prints the report for people: what happened on the screen, and last the result, on out.
func (r *report) text(s *screen, out io.Writer) {
	if s.live {
		r.tables(s)
	} else {
		r.lines(s)
	}
	if r.Error != nil {
		r.Error.text(s)
	}
	if r.DryRun != nil {
		r.DryRun.text(s, r.undecidable)
	} else {
		fmt.Fprintln(s, r.changes())
	}
	r.waits.text(s)
	r.ending(s)
	for _, started := range r.Started {
		if started.Error != nil {
			started.Error.text(s)
		}
		started.ending(s)
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

// lines says which records failed and where the results are; how many there were has been said.
func (r *report) lines(s *screen) {
	shown, rest := r.failures.largest()
	for _, f := range shown {
		fmt.Fprintf(s, "failed: %s\n", f)
	}
	if rest > 0 {
		fmt.Fprintf(s, "failed: %s\n", more(rest))
	}
	r.results(s)
}

// results names the files that have a line for each record.
func (r *report) results(s *screen) {
	for _, id := range r.order {
		if c := r.Streams[id]; c.Results != "" {
			fmt.Fprintf(s, "results: %s\n", c.Results)
		}
	}
}

func more(records int) string {
	return fmt.Sprintf("and %s more, with other errors: see the results file", thousands(records))
}

// tables are the streams and the errors of their records.
func (r *report) tables(s *screen) {
	if len(r.order) > 0 {
		r.streams(s)
	}
	if len(r.failures.byError) > 0 {
		fmt.Fprintln(s)
		r.errors(s, s.styles, s.width())
	}
	if len(r.order) > 0 {
		fmt.Fprintln(s)
	}
}

// streams prints a table of the streams. The results' files stand in it if the screen is wide enough: else below
// it, since a path in two lines is no path.
func (r *report) streams(s *screen) {
	var heads []cell
	for _, head := range []string{"stream", "read", "ok", "skipped", "failed", "a second"} {
		heads = append(heads, cell{head, s.heading})
	}
	const numbers = 52 // how wide the columns of numbers may become
	rows, withFiles := [][]cell{heads}, [][]cell{append(slices.Clone(heads), cell{"results", s.heading})}
	for _, id := range r.order {
		c := r.Streams[id]
		row := []cell{
			{shortened(id, max(s.width()-numbers, narrowest)), s.plain}, {thousands(c.Read), s.plain}, {tinted(s.ok, c.OK, ""), s.plain},
			{thousands(c.Skipped), s.plain}, {tinted(s.failed, c.Failed, ""), s.plain}, {perSecond(c.pace(c.ended)), s.plain},
		}
		rows = append(rows, row)
		withFiles = append(withFiles, append(slices.Clone(row), cell{c.Results, s.plain}))
	}
	t := table{align: "lrrrrr"}
	var full strings.Builder
	if t.write(&full, withFiles); lipgloss.Width(full.String()) <= s.width() {
		fmt.Fprint(s, full.String())
		return
	}
	t.write(s, rows)
	r.results(s)
}

// errors prints a table of the errors, the most frequent first, each with its first record and place in the flow.
func (r *report) errors(w io.Writer, s styles, width int) {
	shown, rest := r.failures.largest()
	rows := [][]cell{{{"failed", s.heading}, {"error", s.heading}}}
	for _, f := range shown {
		first := "first: " + f.example
		if f.place != "" {
			first += ", " + f.place
		}
		rows = append(rows, []cell{{thousands(f.count), s.failed}, {f.message, s.plain}}, []cell{{"", s.plain}, {first, s.dim}})
	}
	if rest > 0 {
		rows = append(rows, []cell{{"", s.plain}, {more(rest), s.plain}})
	}
	table{width: width, align: "r"}.write(w, rows)
}

// ending is the line that says how the run ended.
func (r *report) ending(s *screen) {
	words := map[engine.Status]string{
		engine.Succeeded: "succeeded", engine.SucceededWithErrors: "succeeded, with errors", engine.Skipped: "skipped: " + r.Reason,
		engine.Failed: "failed", engine.Undecidable: "ended where only a real run knows how to go on", engine.Canceled: "interrupted",
	}
	fmt.Fprintf(s, "%s: %s in %.1fs (run %s)\n", r.Flow, s.of(r.Status).Render(words[r.Status]), r.Seconds, r.Run)
}

func (f *failure) text(w io.Writer) {
	at := f.Place
	if at != "" {
		at += ": "
	}
	code := string(f.Kind)
	if f.Code != "" {
		code += " " + f.Code
	}
	fmt.Fprintf(w, "%s%s [%s]\n", at, f.Message, code)
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

// changes says what the run changed, card by card.
func (r *report) changes() string {
	said := ""
	for _, name := range slices.Sorted(maps.Keys(r.Writes)) {
		w := r.Writes[name]
		if w.Changed == 0 {
			continue
		}
		if said != "" {
			said += ", "
		}
		said += fmt.Sprintf("%s × %s", thousands(w.Changed), name)
	}
	if said == "" {
		return "changed: nothing"
	}
	return "changed: " + said
}
