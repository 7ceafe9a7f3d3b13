package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/words"
)

func resultsCommand(e env) *cobra.Command {
	var dir string
	var asCSV, asJSON, last bool
	cmd := &cobra.Command{
		Use:   "results [RUN] [LOOP]",
		Short: "Print the results of a run: a line for each record",
		Long: `Print the results of a run: a line for each record of a loop, in the order in which they ended. LOOP is needed if the run
has several loops with results. With --last, the only argument is LOOP.

The lines are JSON, as docs/run-json.md describes them; --json prints them as one list. --csv prints a table for
spreadsheets: key, status, error kind and message, and the fields of the value, one in each column. A ' is put in front of texts that a
spreadsheet would run as a formula. Characters that control a terminal are escaped, as \x1b in CSV and as \u001b in JSON.

A run that goes on has the records that have ended so far.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck results --last
  flowdeck results 20260308-015900 --csv > results.csv
  flowdeck results 20260308-015900 sweep | jq -r 'select(.status == "failed") | .key'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) <= 2 {
				return nil
			}
			return usage(cmd.CommandPath()+" --help", "results takes RUN and LOOP, not %d arguments", len(args))
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 && !last || len(args) == 0 && last {
				return completeLoop(e, &dir, &last, anyRun)(cmd, args, typed)
			}
			return completeRun(e, &dir, anyRun)(cmd, args, typed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if asCSV && asJSON {
				return usage("choose one of them", "--csv and --json contradict each other")
			}
			run, loop := "", ""
			switch {
			case last && len(args) > 1:
				return usage("give one of them", "RUN and --last contradict each other")
			case last:
				loop = strings.Join(args, "")
			case len(args) > 0:
				run, loop = args[0], strings.Join(args[1:], "")
			}
			return printResults(cmd.Context(), e, dir, run, last, loop, asCSV, asJSON)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&last, "last", false, "of the last run")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list")
	return cmd
}

func printResults(ctx context.Context, e env, dir, run string, last bool, loop string, asCSV, asJSON bool) (err error) {
	w, p, err := openPast(ctx, e, dir, run, last)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	lines, _, err := openResults(w, p, loop)
	if err != nil {
		return err
	}
	defer lines.Close()
	out := bufio.NewWriter(e.data)
	switch {
	case asCSV:
		err = printCSV(out, lines)
	case asJSON:
		err = printList(out, lines)
	default:
		err = eachLine(lines, func(_ int, line []byte) error {
			_, err := out.Write(append(words.VisibleJSON(line), '\n'))
			return err
		})
	}
	return errors.Join(err, out.Flush())
}

// openResults opens the results of a loop of a run. An empty name is the only loop that has some.
func openResults(w *host.Workspace, p *host.Past, loop string) (lines *keep.Lines, name string, err error) {
	names := p.Report.Order
	if loop != "" && !slices.Contains(names, loop) {
		return nil, "", usage(words.Hint("loops", loop, names), "run %s has no loop %q", p.Run.ID, loop)
	}
	var found []string
	for _, name := range names {
		if loop != "" && name != loop {
			continue
		}
		opened, err := w.Results(p.Run.ID, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, "", err
		default:
			if lines != nil {
				defer opened.Close()
			} else {
				lines = opened
			}
			found = append(found, name)
		}
	}
	switch {
	case len(found) == 1:
		return lines, found[0], nil
	case len(found) > 1:
		lines.Close()
		return nil, "", usage("loops: "+strings.Join(found, ", "), "run %s has %d loops with results: name one", p.Run.ID, len(found))
	case len(names) == 0:
		return nil, "", usage("", "run %s has no results: it has reached no loop", p.Run.ID)
	}
	return nil, "", usage("", "run %s has no results: its folder was removed, or no record has ended", p.Run.ID)
}

// eachLine calls do for each line, with its number from 1, until it returns an error.
func eachLine(lines *keep.Lines, do func(n int, line []byte) error) error {
	for n := 1; ; n++ {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(n, line)
		}
		if err != nil {
			return err
		}
	}
}

// printList prints the lines as one JSON list.
func printList(w io.Writer, lines *keep.Lines) error {
	before := "[\n  "
	if err := eachLine(lines, func(_ int, line []byte) error {
		_, err := io.WriteString(w, before+string(words.VisibleJSON(line)))
		before = ",\n  "
		return err
	}); err != nil {
		return err
	}
	end := "\n]\n"
	if before == "[\n  " {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

// mostColumns is the number of fields of values that have a column.
const mostColumns = 1000

// printCSV prints the lines as CSV. It reads them twice: first to find the columns.
func printCSV(w io.Writer, lines *keep.Lines) error {
	columns := []string{"key", "status", "error kind", "message"}
	own := len(columns)
	var fields []string
	seen := map[string]bool{}
	in, plain := false, false
	if err := eachLine(lines, func(n int, line []byte) error {
		row, err := readRow(n, line)
		if err != nil {
			return err
		}
		in = in || row.In != ""
		object, isObject := row.Value.(map[string]any)
		plain = plain || row.Value != nil && !isObject
		for name := range object {
			if !seen[name] && len(fields) < mostColumns {
				seen[name] = true
				fields = append(fields, name)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := lines.Rewind(); err != nil {
		return err
	}
	slices.Sort(fields)
	if in {
		columns = slices.Insert(columns, 0, "in")
	}
	if plain {
		columns = append(columns, "value")
	}
	for _, name := range fields {
		if slices.Contains(columns[:own], name) || name == "value" || name == "in" {
			name = "value." + name
		}
		columns = append(columns, textCell(name))
	}
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	if err := eachLine(lines, func(n int, line []byte) error {
		row, err := readRow(n, line)
		if err != nil {
			return err
		}
		kind, message := "", row.Reason
		if row.Error != nil {
			kind, message = string(row.Error.Kind), row.Error.Message
		}
		cells := []string{textCell(row.Key), string(row.Status), kind, textCell(message)}
		if in {
			cells = slices.Insert(cells, 0, textCell(row.In))
		}
		object, isObject := row.Value.(map[string]any)
		if plain {
			cell := ""
			if !isObject {
				cell = cellOf(row.Value)
			}
			cells = append(cells, cell)
		}
		for _, name := range fields {
			cells = append(cells, cellOf(object[name]))
		}
		return out.Write(cells)
	}); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// cellOf returns a value as a cell of CSV: lists and objects as JSON.
func cellOf(v engine.Value) string {
	text, ok := expr.CSVCell(v)
	if !ok {
		data, _ := json.Marshal(v) // it was read from JSON
		text = string(data)
	}
	if _, number := v.(json.Number); number { // a number is not a formula
		return text
	}
	return textCell(text)
}

// textCell returns a text as a cell of CSV: without characters that control a terminal, and not as a formula.
func textCell(text string) string { return file.EscapeFormula(words.Visible(text)) }

func readRow(n int, line []byte) (row keep.Row, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.UseNumber()
	if err := decoder.Decode(&row); err != nil {
		return row, fmt.Errorf("line %d of the results: %w", n, err)
	}
	return row, nil
}
