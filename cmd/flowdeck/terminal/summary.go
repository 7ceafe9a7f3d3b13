package terminal

import (
	"encoding/json"
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
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Report prints a report for people: the events on s, and then the result on out.
func Report(s *Screen, out io.Writer, report *host.Report) {
	r := summary{report}
	if s.live {
		r.tables(s)
	} else {
		r.lines(s)
	}
	r.notKept(s)
	r.continued(s)
	r.stale(s)
	r.outcome(s)
	r.waits(s)
	r.answer(s)
	r.ending(s)
	for _, started := range r.Started {
		of := summary{started}
		of.lines(s)
		of.notKept(s)
		of.outcome(s)
		of.answer(s)
		of.ending(s)
	}
	notResumed(s, r.Report)
	if r.Result == nil {
		return
	}
	_, _ = out.Write(printed(r.Result))
}

// maxYAML is the size of a result, as engine.Size estimates it, up to which it is printed as YAML. The library takes nearly 2 KB of
// memory for each element.
const maxYAML = 16 << 20

// printed returns the result as YAML; a large one on a single line, as JSON, which YAML contains.
func printed(result engine.Value) []byte {
	var data []byte
	var err error
	if engine.Size(result, maxYAML) > maxYAML {
		data, err = json.Marshal(result)
		data = slices.Concat([]byte("result: "), words.VisibleJSON(data), []byte("\n"))
	} else {
		data, err = yaml.Marshal(map[string]any{"result": asWritten(result)})
	}
	if err != nil { // a value can always be encoded
		data = []byte(fmt.Sprintf("result: %v\n", result))
	}
	return data
}

// asWritten returns a value as a flow writes it. yaml.v3 would write 0.00001 as 1e-05, and an integer beyond 64 bits as a string. It
// would also write a text with a hidden character, of which the screen shows an escape, without the quotes in which \u202e is an escape.
func asWritten(v engine.Value) any {
	switch v := v.(type) {
	case string:
		if words.Visible(v) != v {
			return &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Tag: "!!str", Value: v}
		}
	case float64:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: words.Number(v)}
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = asWritten(item)
		}
		return list
	case map[string]any:
		object := make(map[any]any, len(v))
		for name, field := range v {
			object[asWritten(name)] = asWritten(field)
		}
		return object
	}
	return v
}

// summary prints a report for people.
type summary struct{ *host.Report }

// outcome prints the error, and the changes that the run made or would make.
func (r summary) outcome(s *Screen) {
	others := 0
	if g := r.Failures.Of(r.Error); g != nil {
		others = g.Count - 1
	}
	failure(s, r.Error, others)
	if r.DryRun != nil {
		DryRun(s, r.Report)
		return
	}
	r.changes(s)
}

// lines prints the counts of the loops, the records that failed and the files with the results.
func (r summary) lines(s *Screen) {
	for _, id := range r.Order {
		fmt.Fprintln(s, line(id, *r.Streams[id]))
	}
	shown, rest := r.failures()
	for _, g := range shown {
		fmt.Fprintf(s, "failed: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "failed: %s\n", more(rest))
	}
	r.results(s)
}

// failures returns the largest groups of records that failed, without those whose error is that of the run, which is printed once, and the
// number of records in other groups.
func (r summary) failures() (shown []*host.Group, rest int) {
	shown, rest = r.Failures.Largest(shownErrors)
	ending := r.Failures.Of(r.Error)
	return slices.DeleteFunc(slices.Clone(shown), func(g *host.Group) bool { return g == ending }), rest
}

// continued prints the steps whose failure did not end their flow.
func (r summary) continued(s *Screen) {
	shown, rest := r.Continued.Largest(shownErrors)
	for _, g := range shown {
		fmt.Fprintf(s, "continued after an error: %s\n", grouped(s, g))
	}
	if rest > 0 {
		fmt.Fprintf(s, "continued after an error: %s more\n", Thousands(rest))
	}
}

// notKept prints the records that the results files lack. Their calls may have changed something that no line reports.
func (r summary) notKept(s *Screen) {
	for _, id := range r.Order {
		c := r.Streams[id]
		if c.NotKept == 0 {
			continue
		}
		names := strings.Join(c.NotKeptRecords, ", ")
		if rest := c.NotKept - len(c.NotKeptRecords); rest > 0 {
			names += fmt.Sprintf(" and %s more", Thousands(rest))
		}
		records := "records"
		if c.NotKept == 1 {
			records = "record"
		}
		fmt.Fprintf(s, "results of %s: %s %s ended without a line: %s\n", OneLine(s, Named(id, c.Title)), Thousands(c.NotKept), records, OneLine(s, names))
	}
}

// results prints the names of the files that have a line for each record.
func (r summary) results(s *Screen) {
	for _, id := range r.Order {
		if c := r.Streams[id]; c.Results != "" {
			fmt.Fprintf(s, "results: %s\n", c.Results)
		}
	}
}

// shownErrors is the maximum number of errors that are printed; the results files have all.
const shownErrors = 10

// grouped returns a group of failed records as one line.
func grouped(s *Screen, g *host.Group) string {
	return OneLine(s, fmt.Sprintf("%s × %s (%s)", Thousands(g.Count), g.Message, first(g)))
}

func more(records int) string {
	return fmt.Sprintf("and %s more, with other errors: see the results file", Thousands(records))
}

// tables prints tables of the streams and of the errors of their records.
func (r summary) tables(s *Screen) {
	if len(r.Order) > 0 {
		r.streams(s)
	}
	if shown, _ := r.failures(); len(shown) > 0 {
		fmt.Fprintln(s)
		r.errors(s, s.Styles, s.width())
	}
	if len(r.Order) > 0 {
		fmt.Fprintln(s)
	}
}

// streams prints a table of the streams. If the screen is wide enough, it has a column for the results files;
// otherwise they are printed below it, because a path on two lines cannot be copied.
func (r summary) streams(s *Screen) {
	var heads []Cell
	cutOff := slices.ContainsFunc(r.Order, func(id string) bool { return r.Streams[id].Canceled > 0 })
	for _, head := range []string{"stream", "read", "ok", "skipped", "failed", "cut off", "a second"} {
		if head != "cut off" || cutOff {
			heads = append(heads, Cell{head, s.Heading})
		}
	}
	const numbers = 61 // maximum width of the columns of numbers
	rows, withFiles := [][]Cell{heads}, [][]Cell{append(slices.Clone(heads), Cell{"results", s.Heading})}
	for _, id := range r.Order {
		c := r.Streams[id]
		row := []Cell{
			{shortened(id, c.Title, max(s.width()-numbers, narrowest)), s.Plain}, {Thousands(c.Read), s.Plain}, {tinted(s.OK, c.OK, ""), s.Plain},
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

// errors prints a table of the errors, the most frequent first, each with its first record and its place in the flow.
func (r summary) errors(w io.Writer, s Styles, width int) {
	shown, rest := r.failures()
	rows := [][]Cell{{{"failed", s.Heading}, {"error", s.Heading}}}
	for _, f := range shown {
		rows = append(rows, []Cell{{Thousands(f.Count), s.Failed}, {f.Message, s.Plain}}, []Cell{{"", s.Plain}, {first(f), s.Dim}})
	}
	if rest > 0 {
		rows = append(rows, []Cell{{"", s.Plain}, {more(rest), s.Plain}})
	}
	Table{Width: width, Align: "r"}.Write(w, rows)
}

// answer prints the answer to a webhook, or what it would be.
func (r summary) answer(s *Screen) {
	if r.Response != nil {
		fmt.Fprintln(s, OneLine(s, r.Response.String()))
	}
}

// ending prints the status of the run. The reason is at the end of the line, because flows and people write it.
func (r summary) ending(s *Screen) {
	words := map[engine.Status]string{
		engine.Succeeded: "succeeded", engine.SucceededWithErrors: "succeeded, with errors", engine.Skipped: "skipped",
		engine.Failed: "failed", engine.Undecidable: "undecidable", engine.Canceled: "interrupted", store.Paused: "paused",
	}
	if r.MoreAllowed() != "" || r.PausedByMaxChanges() { // without a history it cannot pause
		words[engine.Canceled] = "stopped"
	}
	reason := ""
	if r.Reason != "" {
		reason = ": " + OneLine(s, r.Reason)
	}
	fmt.Fprintf(s, "%s: %s in %.1fs (run %s)%s\n", r.Flow, s.ofRun(r.Status).Render(words[r.Status]), r.Seconds, r.Run, reason)
	r.goesOn(s)
}

// shownDoubts is the maximum number of writes in doubt that are printed.
const shownDoubts = 10

// goesOn prints how the run goes on, if it can, and what a person must find out before.
func (r summary) goesOn(s *Screen) {
	if !r.Resumable {
		return
	}
	for _, d := range r.Doubts[:min(len(r.Doubts), shownDoubts)] {
		fmt.Fprintf(s, "may have been done: %s\n", OneLine(s, strings.TrimSpace(fmt.Sprintf("%s %s %s", Named(d.Step, d.Title), d.Card, d.Target))))
	}
	if rest := len(r.Doubts) - shownDoubts; rest > 0 {
		fmt.Fprintf(s, "may have been done: and %s more\n", Thousands(rest))
	}
	if len(r.Approvals) > 0 {
		Hint(s, "flowdeck approve "+r.Approvals[0].Run+"  decides")
	}
	hint := "flowdeck resume " + r.Run + "  goes on"
	if root, _, started := strings.Cut(r.Run, "."); started && strings.HasPrefix(r.Reason, "limit of ") {
		hint = "flowdeck resume " + root + "  goes on with both" // its limits count for both
	}
	if more := r.MoreAllowed(); more != "" {
		hint = "flowdeck resume " + r.Run + " " + more + "  goes on, up to that in all"
	} else if r.PausedByMaxChanges() {
		hint += "; --max-changes N with at most N more changes"
	}
	if len(r.Doubts) > 0 && r.Status == store.Paused {
		hint += "; --did " + Quoted(OneLine(s, r.Doubts[0].Step)+"=yes") + " if it was done, =no if it was not"
	}
	Hint(s, hint)
}

// waits prints how long the run waited on rate limits, unless the time rounds to zero.
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

// shortestWait is the shortest wait that does not round to 0 tenths of a second.
const shortestWait = 50 * time.Millisecond

func tenths(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// changes prints the changes that the run made, and those that it may have made, for each card.
func (r summary) changes(w io.Writer) {
	var changed, inDoubt []string
	for _, name := range r.Wrote {
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
		fmt.Fprintf(w, "in doubt: %s\n   hint: these may have been done, not at all or in part: check before you repeat them\n", strings.Join(inDoubt, ", "))
	}
}
