package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
)

// planCSV writes a line for each field that a plan changes, or for a write without one.
func planCSV(w io.Writer, p *host.Plan) error {
	out := csv.NewWriter(w)
	row := func(cells ...string) { _ = out.Write(cells) } // Flush keeps the error
	texts := func(cells ...string) []string {
		for i := range cells {
			cells[i] = textCell(cells[i])
		}
		return cells
	}
	row("step", "name", "record", "card", "connection", "target", "verdict", "field", "old", "new", "reason")
	for _, write := range p.Writes {
		of := texts(write.Step, write.Name, write.Record, write.Card, write.Connection, write.Target, string(write.Verdict))
		if len(write.Changes) == 0 {
			row(append(of, texts(strings.Join(write.Unseen, " "), "", "", write.Reason)...)...)
		}
		for _, change := range write.Changes {
			row(append(slices.Clone(of), textCell(strings.Join(change.Path, ".")), cellOf(change.Old), cellOf(change.New), "")...)
		}
	}
	for _, a := range p.Approvals {
		row(texts(a.Step, "", "", "", "", "", "approval", "", "", "", a.Prompted())...)
	}
	for _, u := range p.Undecidable {
		row(texts(u.Record, "", "", "", "", "", "undecidable", "", "", "", u.Reason)...)
	}
	for _, u := range p.Failed {
		row(texts(u.Record, "", "", "", "", "", "failed", "", "", "", u.Reason)...)
	}
	if p.Error != nil {
		row(texts(p.Error.Step, "", "", "", "", "", "not complete", "", "", "", p.Error.Message)...)
	}
	out.Flush()
	return out.Error()
}

// planMarkdown writes a plan for a comment on a pull request.
func planMarkdown(w io.Writer, p *host.Plan) error {
	var text strings.Builder
	fmt.Fprintf(&text, "### Plan of %s\n\n**%s**\n\n%s, made %s by %s\n",
		markdownText(p.Flow), markdownText(terminal.PlanWords(p)), markdownText(p.Orgs()), p.Made.UTC().Format("2006-01-02 15:04 UTC"), markdownText(p.By))
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		fmt.Fprintf(&text, "- %s: %s\n", markdownText(name), markdownText(cellOf(p.Inputs[name])))
	}
	for _, group := range p.ByCard() {
		fmt.Fprintf(&text, "\n#### %s: %s\n\n", markdownText(group.Card), terminal.Counted(group.Summary))
		heading := false
		for _, write := range group.Writes {
			if write.Verdict == host.AlreadySo {
				continue
			}
			if !heading {
				fmt.Fprint(&text, "| | target | change | step |\n|---|---|---|---|\n")
				heading = true
			}
			details := write.Details()
			for i := range details {
				details[i] = markdownText(details[i])
			}
			name := write.Step
			if write.Name != "" {
				name = write.Name
			}
			fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", signOf(write), markdownText(write.Target), strings.Join(details, "<br>"), markdownText(name))
		}
	}
	if len(p.Approvals) > 0 {
		fmt.Fprint(&text, "\n#### Approvals\n\n")
	}
	for _, a := range p.Approvals {
		next := "no write follows it"
		if write := p.Before(a); write != nil {
			next = "before " + write.Card + ": " + write.Target
		}
		fmt.Fprintf(&text, "- %s: %s (%d×), %s; decided by %s\n",
			markdownText(a.Step), markdownText(a.Prompted()), a.Count, markdownText(next), markdownText(a.Deciders()))
	}
	for _, list := range []struct {
		title string
		all   []host.Undecidable
	}{{"Undecidable", p.Undecidable}, {"Failed", p.Failed}} {
		if len(list.all) > 0 {
			fmt.Fprintf(&text, "\n#### %s\n\n", list.title)
		}
		for _, u := range list.all {
			fmt.Fprintf(&text, "- %s: %s %s\n", markdownText(u.Record), markdownText(u.Reason), markdownText(u.Place))
		}
	}
	if p.Error != nil {
		fmt.Fprintf(&text, "\nThe plan is not complete: %s\n", markdownText(p.Error.Message))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func signOf(w host.PlannedWrite) string {
	switch {
	case w.Verdict == host.MayChange:
		return "?"
	case w.Adds():
		return "\\+"
	case w.Removes():
		return "\\-"
	}
	return "\\~"
}
