package expr

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

func toCSV(ev *evaluation, args []any) (any, error) {
	rows := args[0].([]any)
	var columns []string
	for _, name := range args[1:] {
		columns = append(columns, name.(string))
	}
	header := len(columns) > 0
	if !header {
		all := map[string]any{}
		for _, row := range rows {
			if object, ok := row.(map[string]any); ok {
				header = true
				if err := ev.copyTo(all, object); err != nil {
					return nil, err
				}
			}
		}
		var err error
		if columns, err = ev.names(all); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	w := NewCSVWriter(&b, ',')
	if header {
		_ = w.Row(columns) // cannot fail for a strings.Builder
	}
	for i, row := range rows {
		var cells []any
		switch row := row.(type) {
		case map[string]any:
			for _, name := range columns {
				cells = append(cells, row[name])
			}
		case []any:
			if header {
				return nil, faultf("csv: row %d is a list, but the columns have names", i).at(0)
			}
			cells = row
		default:
			return nil, mustBe(fmt.Sprintf("row %d of csv", i), "object or list", kindWord(row)).at(0)
		}
		if err := ev.made(elementSize * len(cells)); err != nil {
			return nil, err
		}
		record := make([]string, len(cells))
		for j, cell := range cells {
			text, ok := CSVCell(cell)
			if !ok {
				return nil, mustBe(fmt.Sprintf("a cell in row %d of csv", i), textKinds, kindWord(cell)).withHint("json(value) converts it to a string").at(0)
			}
			if err := ev.made(len(text)); err != nil {
				return nil, err
			}
			record[j] = text
		}
		if err := w.Row(record); err != nil {
			return nil, faultf("csv: %s", err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, faultf("csv: %s", err)
	}
	return b.String(), nil
}

func fromCSV(ev *evaluation, args []any) (any, error) {
	text := strings.TrimPrefix(args[0].(string), "\ufeff") // spreadsheets write a byte order mark
	if err := ev.made(len(text)); err != nil {
		return nil, err
	}
	r := CSVReader(text)
	if len(args) > 1 {
		var ok bool
		if r.Comma, ok = CSVSeparator(args[1].(string)); !ok {
			return nil, faultf("uncsv: the separator must be one character, not %q", args[1]).at(1)
		}
		if name := InsteadOf(r.Comma, text); name != "" {
			return nil, faultf("uncsv: the columns are separated by %s, not by %q", name, args[1]).at(1)
		}
	} else if other, name := OtherSeparator(text); other != "" {
		return nil, faultf("uncsv: the columns are separated by %s, not by commas", name).withHint(fmt.Sprintf("write uncsv(text, %q)", other)).at(0)
	}
	if OldLines(text) {
		return nil, faultf(`uncsv: the lines end with \r alone`).withHint(`write uncsv(replace(text, "\r", "\n"))`).at(0)
	}
	rows, err := r.ReadAll()
	if err != nil {
		line, _, why := BadCSV(err)
		return nil, faultf("uncsv: line %d: %s", line, why).at(0)
	}
	list := []any{}
	for i, row := range rows {
		if i == 0 {
			if twice, found := FirstTwice(row); found {
				return nil, faultf("uncsv: duplicate column %q", twice).at(0)
			}
			continue
		}
		if err := ev.made(elementSize * (len(row) + 2)); err != nil {
			return nil, err
		}
		object := make(map[string]any, len(row))
		for j, cell := range row {
			object[rows[0][j]] = cell
		}
		list = append(list, object)
	}
	return list, nil
}

// CSVWriter writes CSV text, as the function csv does.
type CSVWriter struct {
	to        *bufio.Writer
	separator string
}

// NewCSVWriter returns a CSVWriter that writes to an io.Writer. Flush it at the end.
func NewCSVWriter(to io.Writer, separator rune) *CSVWriter {
	return &CSVWriter{bufio.NewWriter(to), string(separator)}
}

// Row writes a row. A cell is in quotes if it has a separator that a reader could expect, also another one than that of this file.
func (w *CSVWriter) Row(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_, _ = w.to.WriteString(w.separator) // Flush returns the first error
		}
		first, _ := utf8.DecodeRuneInString(cell)
		switch {
		case cell == "" && len(cells) > 1: // alone it would be an empty line, which readers skip
		case cell == "", cell == `\.`, first == '\ufeff', unicode.IsSpace(first), strings.ContainsAny(cell, "\"\r\n,;\t|"), strings.Contains(cell, w.separator):
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		_, _ = w.to.WriteString(cell)
	}
	return w.to.WriteByte('\n')
}

// Flush writes what is buffered, and returns the first error of all rows.
func (w *CSVWriter) Flush() error { return w.to.Flush() }

// CSVCell returns the text of a value in a cell: nil is an empty one. It is false for a list and an object, which have no text.
func CSVCell(v any) (string, bool) {
	if v == nil {
		return "", true
	}
	return scalarText(v)
}

// CSVSeparator returns the character of a text that separates columns; false if it cannot do so.
func CSVSeparator(text string) (rune, bool) {
	separator := []rune(text)
	if len(separator) != 1 || strings.ContainsRune("\x00\r\n\"\ufeff\ufffd", separator[0]) {
		return 0, false
	}
	return separator[0], true
}

// CSVReader reads a CSV text. Its cells are unchanged; encoding/csv alone replaces a \r\n in quotes by \n.
func CSVReader(text string) *csv.Reader {
	if !strings.Contains(text, "\r\n") {
		return csv.NewReader(strings.NewReader(text))
	}
	var b strings.Builder
	for i, part := range strings.Split(text, `"`) {
		if i > 0 {
			b.WriteByte('"')
		}
		if i%2 == 1 { // in quotes; encoding/csv removes one \r of two
			part = strings.ReplaceAll(part, "\r\n", "\r\r\n")
		}
		b.WriteString(part)
	}
	return csv.NewReader(strings.NewReader(b.String()))
}

// BadCSV returns the place and the reason of an error of a CSVReader, in words for people.
func BadCSV(err error) (line, column int, why string) {
	wrong := (*csv.ParseError)(nil)
	if !errors.As(err, &wrong) {
		return 0, 0, err.Error()
	}
	why = wrong.Err.Error()
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		why = "the row has not as many cells as the first line has columns"
	case errors.Is(err, csv.ErrBareQuote):
		why = "a cell that is not in quotes has a quote"
	case errors.Is(err, csv.ErrQuote):
		why = "a cell in quotes does not end, or has a quote that is not written twice"
	}
	return wrong.Line, wrong.Column, why
}

// FirstTwice returns the first of names that occurs a second time; false if all differ.
func FirstTwice(names []string) (string, bool) {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return name, true
		}
		seen[name] = true
	}
	return "", false
}

// OldLines reports whether the lines of a CSV text end with \r alone, as a few spreadsheets write them: to encoding/csv it is
// one line.
func OldLines(text string) bool {
	return strings.Contains(strings.TrimRight(text, "\r"), "\r") && !strings.Contains(text, "\n")
}

// separators are characters that spreadsheets and databases write between columns, with their names for messages.
var separators = []struct {
	char rune
	name string
}{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "vertical bars"}}

// OtherSeparator returns the separator of a CSV text, and its name for messages, if it is probably not a comma: the first line
// has other separators outside quotes, and no comma, or the second line has as many of them. It is empty for any other text.
func OtherSeparator(text string) (separator, name string) {
	head, rest := countSeparators(text)
	row, _ := countSeparators(rest)
	for _, other := range separators[1:] {
		if n := head[other.char]; n > 0 && (head[','] == 0 || row[other.char] == n) {
			return string(other.char), other.name
		}
	}
	return "", ""
}

// InsteadOf returns the name of the separator that the first line of a CSV text has in place of another one; "" if it has that
// one, or a single column. A comma is never replaced: who asks for it knows that the other separator is part of a name.
func InsteadOf(separator rune, text string) (name string) {
	if separator == ',' {
		return ""
	}
	head, _ := countSeparators(text)
	for _, other := range separators {
		if head[separator] == 0 && head[other.char] > 0 {
			return other.name
		}
	}
	return ""
}

// countSeparators counts the separators outside quotes in the first line that is not empty, and returns the text after it.
func countSeparators(text string) (count map[rune]int, rest string) {
	count = map[rune]int{}
	quoted := false
	text = strings.TrimLeft(text, "\r\n")
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n' || c == '\r':
			return count, text[i:]
		default:
			count[c]++
		}
	}
	return count, ""
}
