package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Approvals prints a table of approvals. all adds what became of them.
func Approvals(w io.Writer, s Styles, approvals []host.Approval, now time.Time, all bool) {
	names := []string{"asked", "run", "flow", "step", "by", "expires", "prompt"}
	if all {
		names = []string{"asked", "run", "flow", "step", "by", "status", "prompt"}
	}
	var heads []Cell
	for _, name := range names {
		heads = append(heads, Cell{name, s.Heading})
	}
	rows := [][]Cell{heads}
	for _, a := range approvals {
		until := "in " + Took(max(0, a.Expires.Sub(now).Seconds()))
		if all {
			until = string(a.Status)
			if a.DecidedBy != "" {
				until += " by " + a.DecidedBy
			}
		}
		rows = append(rows, []Cell{
			{Took(max(0, now.Sub(a.Asked).Seconds())) + " ago", s.Plain}, {host.Handle(a.Run), s.Plain}, {a.Flow, s.Heading}, {OneLine(w, a.Step), s.Plain},
			{OneLine(w, mayDecide(a)), s.Plain}, {OneLine(w, until), s.Plain}, {OneLine(w, a.Prompted()), s.Plain},
		})
	}
	Table{Width: Limit(w)}.Write(w, rows)
}

// mayDecide returns who may decide about an approval.
func mayDecide(a host.Approval) string {
	switch {
	case len(a.By) > 0:
		return strings.Join(a.By, ", ")
	case a.Self || a.StartedBy == "":
		return "anyone"
	}
	return "anyone but " + a.StartedBy
}

// Approval prints everything that a person must see to decide: all of what is shown, and what the run has done so far.
func Approval(w io.Writer, s Styles, a host.Approval, p *host.Past) {
	fmt.Fprintf(w, "%s  %s  %s\n", s.Heading.Render(OneLine(w, a.Flow)), a.Run, OneLine(w, a.Step))
	started := "a trigger"
	if a.StartedBy != "" {
		started = a.StartedBy
	}
	facts := [][2]string{{"started by", started + ", " + Time(p.Run.Started)}}
	for _, name := range slices.Sorted(maps.Keys(p.Report.Connections)) {
		c := p.Report.Connections[name]
		value := name + ": " + Org(card.Identity{Org: c.Org, Simulated: c.Simulated})
		if c.Simulated {
			value += " (simulated)"
		}
		facts = append(facts, [2]string{"connection", value})
	}
	facts = append(facts, [2]string{"changed so far", changedSoFar(p.Report)}, [2]string{"may decide", mayDecide(a)}, [2]string{"expires", Time(a.Expires)}, [2]string{"digest", a.Digest})
	var rows [][]Cell
	for _, f := range facts {
		rows = append(rows, []Cell{{f[0], s.Dim}, {OneLine(w, f[1]), s.Plain}})
	}
	Table{Width: Limit(w), Indent: len(Gap)}.Write(w, rows)
	fmt.Fprintf(w, "\n%s\n", strings.TrimRight(a.Prompt, "\n"))
	if a.Show != nil {
		fmt.Fprintln(w)
		showAll(w, s, a.Show)
	}
}

// changedSoFar returns the calls of a run that have changed something.
func changedSoFar(r *host.Report) string {
	var each []string
	for _, name := range slices.Sorted(maps.Keys(r.Writes)) {
		if n := r.Writes[name]; n.Changed > 0 || n.InDoubt > 0 {
			text := fmt.Sprintf("%s × %s", Thousands(n.Changed), name)
			if n.InDoubt > 0 {
				text += fmt.Sprintf(" (+%s in doubt)", Thousands(n.InDoubt))
			}
			each = append(each, text)
		}
	}
	if len(each) == 0 {
		return "nothing"
	}
	return strings.Join(each, ", ")
}

// showAll prints what is approved, all of it: a list of flat objects as a table, a flat object as lines, and anything else as JSON.
func showAll(w io.Writer, s Styles, v engine.Value) {
	if list, ok := v.([]any); ok && len(list) > 0 && !slices.ContainsFunc(list, func(item any) bool { return !isFlat(item) }) {
		columns := map[string]bool{}
		for _, item := range list {
			for name := range item.(map[string]any) {
				columns[name] = true
			}
		}
		names := slices.Sorted(maps.Keys(columns))
		var heads []Cell
		for _, name := range names {
			heads = append(heads, Cell{OneLine(w, name), s.Heading})
		}
		rows := [][]Cell{heads}
		for _, item := range list {
			var row []Cell
			for _, name := range names {
				row = append(row, Cell{OneLine(w, engine.Words(item.(map[string]any)[name])), s.Plain})
			}
			rows = append(rows, row)
		}
		Table{Indent: len(Gap), Width: Limit(w)}.Write(w, rows)
		return
	}
	if isFlat(v) {
		var rows [][]Cell
		for _, name := range slices.Sorted(maps.Keys(v.(map[string]any))) {
			rows = append(rows, []Cell{{OneLine(w, name), s.Dim}, {OneLine(w, engine.Words(v.(map[string]any)[name])), s.Plain}})
		}
		Table{Indent: len(Gap), Width: Limit(w)}.Write(w, rows)
		return
	}
	text, err := card.EncodeJSON(v)
	var indented bytes.Buffer
	if err != nil || json.Indent(&indented, text, "  ", "  ") != nil {
		fmt.Fprintf(w, "  %s\n", OneLine(w, engine.Words(v)))
		return
	}
	fmt.Fprintf(w, "  %s\n", strings.TrimSpace(indented.String()))
}

// isFlat reports whether a value is an object without objects and lists in it.
func isFlat(v engine.Value) bool {
	object, ok := v.(map[string]any)
	for _, field := range object {
		switch field.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return ok && len(object) > 0
}

// pastApprovals prints the approvals of a run.
func pastApprovals(w io.Writer, s Styles, r *host.Report) {
	if len(r.Approvals) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Approvals"))
	for _, a := range r.Approvals {
		style, what := s.Warning, string(a.Status)+", expires "+Time(a.Expires)
		switch a.Status {
		case store.OpenApproval:
		case store.ApprovedApproval, store.RejectedApproval:
			style, what = s.Plain, fmt.Sprintf("%s by %s, %s", a.Status, a.DecidedBy, Time(a.Decided))
			if a.Note != "" {
				what += ": " + a.Note
			}
		default:
			what = string(a.Status)
		}
		fmt.Fprintf(w, "  %s  %s\n    %s\n    %s\n", OneLine(w, a.Step), OneLine(w, a.Prompted()), style.Render(OneLine(w, what)), s.Dim.Render("digest "+a.Digest))
	}
}

// Asks returns a listener that prints what a run asks people, while it waits for them.
func Asks(s *Screen, run string) host.Listener { return asks{s, run} }

type asks struct {
	*Screen
	run string
}

func (a asks) See(e engine.Event) {
	switch e.Kind {
	case engine.Asked:
		prompt := host.Approval{Prompt: e.Approval.Prompt}.Prompted()
		fmt.Fprintf(a.Screen, "%s waits for an approval: %s\n   flowdeck approve %s  decides, in another terminal\n", OneLine(a.Screen, e.Place.String()), OneLine(a.Screen, prompt), a.run)
	case engine.Decided:
		outcome := "approved"
		if !e.Decision.Approved {
			outcome = "rejected"
		}
		fmt.Fprintf(a.Screen, "%s was %s by %s\n", OneLine(a.Screen, e.Place.String()), outcome, OneLine(a.Screen, e.Decision.By))
	}
}

func (asks) Done() {}
