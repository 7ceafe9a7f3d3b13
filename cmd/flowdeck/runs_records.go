package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/keep"
)

// showRecords lists records of a run.
func showRecords(e env, w *host.Workspace, p *host.Past, o showOptions) error {
	if o.limit < 1 {
		return usage("", "--limit %d: must be 1 or more", o.limit)
	}
	lines, name, err := openResults(w, p, o.stream)
	if err != nil {
		return err
	}
	defer lines.Close()
	shown := []json.RawMessage{}
	var rows [][]terminal.Cell
	s := terminal.NewStyles(e.lookup, e.out)
	at, more := 0, false
	errEnough := errors.New("enough")
	if err := eachLine(lines, func(n int, line []byte) error {
		if n <= o.after {
			return nil
		}
		row, err := readRow(n, line)
		if err != nil {
			return err
		}
		if o.records != "all" && string(row.Status) != o.records {
			return nil
		}
		if len(shown) == o.limit {
			more = true
			return errEnough
		}
		at = n
		shown = append(shown, line)
		rows = append(rows, recordRow(s, row))
		return nil
	}); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if o.json {
		err = printJSON(e.data, shown)
	} else {
		terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
	}
	switch {
	case err != nil:
		return err
	case more:
		fmt.Fprintf(e.err, "there are more records: --after %d\n", at)
	case len(rows) == 0:
		what := o.records
		if what == "all" {
			what = "ended"
		}
		fmt.Fprintf(e.err, "no record of %s: %s\n", name, what)
	}
	return nil
}

// recordRow returns the row of a table for a record.
func recordRow(s terminal.Styles, row keep.Row) []terminal.Cell {
	style := s.Dim
	switch row.Status {
	case engine.Failed:
		style = s.Failed
	case engine.Succeeded:
		style = s.OK
	case engine.SucceededWithErrors:
		style = s.Warning
	}
	key := row.Key
	if row.In != "" {
		key = row.In + " " + key
	}
	text := row.Reason
	switch {
	case row.Error != nil:
		text = string(row.Error.Kind) + ": " + row.Error.Message
		if row.Error.Step != "" {
			text += " (" + row.Error.Step + ")"
		}
	case row.Value != nil:
		text = engine.Words(row.Value)
	}
	return []terminal.Cell{{Text: key}, {Text: strings.ReplaceAll(string(row.Status), "_", " "), Style: style}, {Text: text}}
}
