package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// planCSV writes a line for each field that a plan changes, or for a write without one. A cell that a spreadsheet would run as a formula
// starts with '.
func planCSV(w io.Writer, p *host.Plan) error {
	out := csv.NewWriter(w)
	row := func(cells ...string) {
		for i, cell := range cells {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				cells[i] = "'" + cell
			}
		}
		_ = out.Write(cells) // Flush keeps the error
	}
	row("step", "name", "record", "card", "connection", "target", "verdict", "field", "old", "new", "reason")
	for _, write := range p.Writes {
		of := []string{write.Step, write.Name, write.Record, write.Card, write.Connection, write.Target, string(write.Verdict)}
		if len(write.Changes) == 0 {
			row(append(of, strings.Join(write.Unseen, " "), "", "", write.Reason)...)
		}
		for _, change := range write.Changes {
			row(append(slices.Clone(of), strings.Join(change.Path, "."), planCell(change.Old), planCell(change.New), "")...)
		}
	}
	for _, u := range p.Undecidable {
		row(u.Record, "", "", "", "", "", "undecidable", "", "", "", u.Reason)
	}
	if p.Error != nil {
		row(p.Error.Step, "", "", "", "", "", "not complete", "", "", "", p.Error.Message)
	}
	for _, u := range p.Failed {
		row(u.Record, "", "", "", "", "", "failed", "", "", "", u.Reason)
	}
	out.Flush()
	return out.Error()
}

// planCell returns a value as a cell: a text as it is, and anything else as JSON.
func planCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // every value of the model has JSON
		return fmt.Sprint(v)
	}
	return string(data)
}

// planMarkdown writes a plan for a comment on a pull request.
func planMarkdown(w io.Writer, p *host.Plan) error {
	var text strings.Builder
	fmt.Fprintf(&text, "### Plan of %s\n\n**%s**\n\n%s, made %s by %s\n", md(p.Flow), md(terminal.PlanWords(p)), md(p.Orgs()), p.Made.UTC().Format("2006-01-02 15:04 UTC"), md(p.By))
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		fmt.Fprintf(&text, "- %s: %s\n", md(name), md(planCell(p.Inputs[name])))
	}
	for _, group := range p.ByCard() {
		fmt.Fprintf(&text, "\n#### %s: %s\n\n", md(group.Card), terminal.Counted(group.Summary))
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
				details[i] = md(details[i])
			}
			name := write.Step
			if write.Name != "" {
				name = write.Name
			}
			fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", signOf(write), md(write.Target), strings.Join(details, "<br>"), md(name))
		}
	}
	for _, list := range []struct {
		title string
		all   []host.Undecidable
	}{{"Undecidable", p.Undecidable}, {"Failed", p.Failed}} {
		if len(list.all) > 0 {
			fmt.Fprintf(&text, "\n#### %s\n\n", list.title)
		}
		for _, u := range list.all {
			fmt.Fprintf(&text, "- %s: %s %s\n", md(u.Record), md(u.Reason), md(u.Place))
		}
	}
	if p.Error != nil {
		fmt.Fprintf(&text, "\nThe plan is not complete: %s\n", md(p.Error.Message))
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

// md escapes a text from outside for a line, or a cell of a table, of Markdown: it has no markup, links, mentions or line breaks.
func md(text string) string {
	text = words.Visible(strings.Join(strings.Fields(text), " "))
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '&':
			out.WriteString("&amp;")
		case r == '@':
			out.WriteString("&#64;") // no one is mentioned
		case strings.ContainsRune("\\`*_{}[]()#+-!|~:", r):
			out.WriteByte('\\')
			out.WriteRune(r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
