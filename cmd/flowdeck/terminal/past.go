package terminal

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Time returns a time for people, in the time zone of this machine.
func Time(t time.Time) string { return t.Local().Format(time.DateTime) }

// statusWords returns a status for people.
func statusWords(status engine.Status) string { return strings.ReplaceAll(string(status), "_", " ") }

// Took returns a duration in seconds for people: 0.4s, 12s, 3m05s, 2h10m.
func Took(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case seconds < 10:
		return fmt.Sprintf("%.1fs", seconds)
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", math.Floor(seconds))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// Runs prints a table of runs.
func Runs(w io.Writer, s Styles, runs []host.Line) {
	var rows [][]Cell
	var heads []Cell
	for _, head := range []string{"run", "flow", "status", "started", "took", "records", "failed", "changes"} {
		heads = append(heads, Cell{head, s.Heading})
	}
	for _, r := range runs {
		changes := Thousands(r.Changed)
		if r.InDoubt > 0 {
			changes += fmt.Sprintf(" (+%s in doubt)", Thousands(r.InDoubt))
		}
		rows = append(rows, []Cell{
			{host.Handle(r.Run), s.Plain}, {r.Flow, s.Heading}, {statusWords(r.Status), s.ofRun(r.Status)}, {Time(r.Began), s.Plain}, {Took(r.Seconds), s.Plain},
			{Thousands(r.Records), s.Plain}, {tinted(s.Failed, r.Failed, ""), s.Plain}, {changes, s.Plain},
		})
	}
	if len(rows) > 0 {
		Table{Align: "llllrrrl"}.Write(w, append([][]Cell{heads}, rows...))
	}
}

// ofRun returns the style for the status of a run, which may not have ended.
func (s Styles) ofRun(status engine.Status) Style {
	switch status {
	case store.Running:
		return s.Plain
	case store.Paused, store.Interrupted, engine.Canceled:
		return s.Warning
	}
	return s.of(status)
}

// Past prints a run of the history.
func Past(w io.Writer, s Styles, p *host.Past) {
	r := p.Report
	status := statusWords(r.Status)
	if r.Status == store.Running && p.Run.Report == nil {
		status += " (it starts: there are no counts yet)"
	}
	fmt.Fprintf(w, "%s  %s  %s\n", s.Heading.Render(OneLine(w, r.Flow)), s.ofRun(r.Status).Render(status), r.Run)
	who, account := p.Starter()
	facts := []struct{ name, value string }{{"reason", r.Reason}, {"started", Time(p.Run.Started)}, {"started by", who}, {"acts in the org as", account}}
	if !p.Run.Ended.IsZero() {
		facts = append(facts, struct{ name, value string }{"ended", Time(p.Run.Ended)})
	}
	facts = append(facts, struct{ name, value string }{"took", Took(r.Seconds)})
	if o := p.Run.Origin; o != nil {
		facts = append(facts, struct{ name, value string }{"ran on", fmt.Sprintf("%s, namespace %q of %s; fetched %s", o.Name(), o.Namespace, o.Address, Time(o.Fetched))})
	}
	if p.Run.Owner != nil {
		facts = append(facts, struct{ name, value string }{"process", fmt.Sprintf("%d on %s", p.Run.Owner.PID, p.Run.Owner.Host)})
	}
	facts = append(facts, struct{ name, value string }{"repeats run", p.Run.Start.Repeats},
		struct{ name, value string }{"undoes run", p.Undoes}, struct{ name, value string }{"undone by run", p.Undone})
	for _, name := range slices.Sorted(maps.Keys(r.Connections)) {
		c := r.Connections[name]
		value := name + ": " + Org(card.Identity{Org: c.Org, Simulated: c.Simulated})
		if c.As != "" {
			value += " as " + c.As
		}
		if c.Simulated {
			value += " (simulated)"
		}
		facts = append(facts, struct{ name, value string }{"connection", value})
	}
	if r.Response != nil {
		facts = append(facts, struct{ name, value string }{"answer", r.Response.String()})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Run.Start.Inputs)) {
		facts = append(facts, struct{ name, value string }{"input", name + "=" + engine.Words(p.Run.Start.Inputs[name])})
	}
	if len(p.Lacks) > 0 {
		facts = append(facts, struct{ name, value string }{"needs again", strings.Join(p.Lacks, ", ") + ": flowdeck resume " + p.Run.ID + " asks for what was not kept"})
	}
	if r.Waited > 0 {
		facts = append(facts, struct{ name, value string }{"rate limits", "waited " + Took(r.Waited)})
	}
	if r.Retries > 0 {
		facts = append(facts, struct{ name, value string }{"retries", Thousands(r.Retries)})
	}
	var rows [][]Cell
	for _, f := range facts {
		if f.value != "" {
			rows = append(rows, []Cell{{f.name, s.Dim}, {OneLine(w, f.value), s.Plain}})
		}
	}
	Table{Width: Limit(w), Indent: len(Gap)}.Write(w, rows)
	timeline(w, s, p)
	if len(r.Order) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Records"))
		for _, id := range r.Order {
			fmt.Fprintf(w, "  %s\n", line(id, *r.Streams[id]))
		}
	}
	pastErrors(w, s, r)
	notUndone(w, s, p.NotUndone)
	if len(r.Writes) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Writes"))
		rows := [][]Cell{}
		for _, name := range r.Wrote {
			n := r.Writes[name]
			text := fmt.Sprintf("%s changed something", Thousands(n.Changed))
			if n.InDoubt > 0 {
				text += fmt.Sprintf(", %s in doubt", Thousands(n.InDoubt))
			}
			rows = append(rows, []Cell{{name, s.Plain}, {Thousands(n.Calls) + " calls", s.Plain}, {text, s.Plain}})
		}
		Table{Indent: len(Gap), Align: "lr"}.Write(w, rows)
	}
	pastApprovals(w, s, r)
	if len(p.Started) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Started runs"))
		for _, run := range p.Started {
			fmt.Fprintf(w, "  %s  %s  %s\n", run.ID, OneLine(w, run.Flow), s.ofRun(run.Status).Render(statusWords(run.Status)))
		}
	}
	notResumed(w, r)
	doubts(w, s, p)
	if r.Error != nil {
		fmt.Fprintln(w)
		Failure(w, r.Error)
	}
	if r.Result != nil {
		fmt.Fprintln(w)
		_, _ = w.Write(printed(r.Result))
	}
}

// pastErrors prints the errors of records, by kind.
func pastErrors(w io.Writer, s Styles, r *host.Report) {
	if len(r.Errors) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Errors of records"))
	var rows [][]Cell
	for _, g := range r.Errors {
		rows = append(rows, []Cell{{Thousands(g.Count), s.Failed}, {string(g.Kind), s.Plain}, {g.Message, s.Plain}}, []Cell{{"", s.Plain}, {"", s.Plain}, {first(&g), s.Dim}})
	}
	Table{Width: Limit(w), Indent: len(Gap), Align: "r"}.Write(w, rows)
}

// notResumed prints the runs that did not go on together with the run that started them.
func notResumed(w io.Writer, r *host.Report) {
	for _, left := range r.NotResumed[:min(listed, len(r.NotResumed))] {
		fmt.Fprintf(w, "run %s of %s, which it started, is still %s: the history does not have %s\n   hint: flowdeck resume %s asks for it\n",
			left.Run, OneLine(w, left.Flow), statusWords(left.Status), OneLine(w, strings.Join(left.Lacks, ", ")), left.Run)
	}
	if rest := len(r.NotResumed) - listed; rest > 0 {
		fmt.Fprintf(w, "and %s more started runs: --json lists them\n", Thousands(rest))
	}
}

// doubts prints the writes that may have been done.
func doubts(w io.Writer, s Styles, p *host.Past) {
	if len(p.Report.Doubts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("May have been done"))
	const most = 20
	for _, d := range p.Report.Doubts[:min(most, len(p.Report.Doubts))] {
		fmt.Fprintf(w, "  %s  %s  %s\n", OneLine(w, d.Card), OneLine(w, d.Target), s.Dim.Render(OneLine(w, Named(d.Step, d.Title)+", "+Time(d.Began))))
	}
	if rest := len(p.Report.Doubts) - most; rest > 0 {
		fmt.Fprintf(w, "  and %s more: flowdeck runs show %s --json\n", Thousands(rest), p.Run.ID)
	}
}

// barRoom is the least number of columns of a bar of the timeline.
const barRoom = 20

// timeline prints the steps. On a wide terminal, a bar shows when each one ran.
func timeline(w io.Writer, s Styles, p *host.Past) {
	steps := p.Report.Steps
	if len(steps) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Steps"))
	end := p.Run.Started.Add(time.Duration(p.Report.Seconds * float64(time.Second)))
	for _, step := range steps {
		if at := step.Began.Add(time.Duration(step.Seconds * float64(time.Second))); at.After(end) {
			end = at
		}
	}
	var rows [][]Cell
	widest := 0
	for _, step := range steps {
		status, style := statusWords(step.Status), s.of(step.Status)
		switch {
		case status == "" && p.Run.Status == store.Running:
			status, style = "goes on", s.Plain
		case status == "":
			status, style = statusWords(p.Run.Status), s.ofRun(p.Run.Status)
		}
		what := step.Verb
		if step.Card != "" {
			what = step.Card
		}
		if step.Title != "" {
			what = step.Title + ": " + what
		}
		took := Took(step.Seconds)
		if step.Status == "" || step.Status == engine.Skipped {
			took = ""
		}
		if step.Retries > 0 {
			took += fmt.Sprintf(", %d attempts", step.Retries+1)
		}
		row := []Cell{{step.Path, s.Plain}, {status, style}, {took, s.Plain}, {what, s.Dim}}
		widest = max(widest, len(step.Path)+len(what)+len(took)+len(status)+5*len(Gap))
		rows = append(rows, row)
	}
	room := min(Limit(w)-widest, 60)
	if room >= barRoom && end.After(p.Run.Started) {
		for i, step := range steps {
			rows[i] = append(rows[i], Cell{span(step, p.Run.Started, end, room), s.OK})
		}
	}
	Table{Indent: len(Gap)}.Write(w, rows)
}

// span returns a line of a width that shows when a step ran.
func span(step *host.Step, from, to time.Time, width int) string {
	at := func(t time.Time) int {
		return min(max(int(float64(width)*float64(t.Sub(from))/float64(to.Sub(from))), 0), width-1)
	}
	start := at(step.Began)
	until := width - 1 // it goes on
	if step.Status != "" {
		until = at(step.Began.Add(time.Duration(step.Seconds * float64(time.Second))))
	}
	return strings.Repeat("·", start) + strings.Repeat("█", until-start+1) + strings.Repeat("·", width-1-until)
}

// Acts prints a table of writes.
func Acts(w io.Writer, s Styles, acts []host.Act) {
	results := map[host.ActResult]struct {
		text  string
		style Style
	}{
		host.ActChanged: {"changed", s.OK}, host.ActUnchanged: {"unchanged", s.Dim}, host.ActFailed: {"failed", s.Failed},
		host.ActInDoubt: {"may have been done", s.Warning}, host.ActGoingOn: {"goes on", s.Plain}, host.ActDone: {"done, a person found", s.OK},
		host.ActNotDone: {"not done, a person found", s.Dim},
	}
	var rows [][]Cell
	for _, a := range acts {
		result := results[a.Result]
		text := a.Target
		if a.Error != nil && a.Result != host.ActChanged {
			text += ": " + a.Error.Message
		}
		rows = append(rows, []Cell{
			{Time(a.Time), s.Plain}, {host.Handle(a.Run), s.Dim}, {a.Flow, s.Plain}, {a.By, s.Dim}, {a.Card, s.Heading}, {result.text, result.style}, {text, s.Plain},
		})
	}
	Table{Width: Limit(w)}.Write(w, rows)
}
