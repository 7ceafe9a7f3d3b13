package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

const (
	longestRecord = 16 << 20  // bytes of a record of CSV or JSON Lines
	largestFile   = 64 << 20  // bytes of a file that is read as a whole
	largestValue  = 256 << 20 // bytes that the value of a file may need in memory: as many as that of an answer
)

// table reads the records of a CSV or JSON Lines file, one part after the other.
type table struct {
	name      string
	csv       bool
	separator rune // of CSV; 0: a comma, and a file that seems to have another separator is an error
	header    bool // CSV: the first record has the names of the columns
	columns   []string
	width     int // the number of cells of each row; 0: not known yet

	in     *bufio.Reader
	offset int64 // bytes before the next record
	line   int   // lines before it
	room   int   // bytes that the values of the records may still need
}

func newTable(name, format, separatedBy string, header bool, from io.Reader) (*table, error) {
	t := &table{name: name, csv: format == formatCSV, header: header, in: bufio.NewReaderSize(from, 64<<10), room: largestValue}
	if separatedBy != "" {
		var err error
		if t.separator, err = separator(separatedBy); err != nil {
			return nil, err
		}
	}
	return t, t.start()
}

// start reads what comes before the first record.
func (t *table) start() error {
	if mark, _ := t.in.Peek(3); string(mark) == "\ufeff" { // spreadsheets write a byte order mark
		t.offset += 3
		_, _ = t.in.Discard(3)
	}
	if !t.csv {
		return nil
	}
	ahead, err := t.in.Peek(t.in.Size()) // enough to see the separator, in all but strange files
	if err != nil && !errors.Is(err, io.EOF) {
		return t.unread(err)
	}
	if t.separator == 0 {
		if other, name := expr.OtherSeparator(string(ahead)); other != "" {
			return invalid(fmt.Sprintf("write `separator: %q`; or `separator: \",\"` if commas separate them", other), "%s: the columns are separated by %s, not by commas", t.name, name)
		}
		t.separator = ','
	} else if name := expr.InsteadOf(t.separator, string(ahead)); name != "" && t.header {
		return invalid("", "%s: the columns are separated by %s, not by %q", t.name, name, t.separator)
	}
	if err != nil && expr.OldLines(string(ahead)) {
		return invalid(`save it with lines that end with \n or \r\n`, `%s: the lines end with \r alone`, t.name)
	}
	if !t.header {
		return nil
	}
	text, n, line, err := t.next(1, longestRecord)
	if err != nil || n == 0 {
		return err
	}
	rows, err := t.cells(text, line)
	if err != nil {
		return err
	}
	t.columns = rows[0]
	if twice, found := expr.FirstTwice(t.columns); found {
		return invalid("", "%s: duplicate column %q", t.name, twice)
	}
	return nil
}

// read returns the next records: at most a number of them, and no more after a number of bytes. It returns none at the end.
func (t *table) read(records, size int) ([]card.Value, error) {
	text, n, line, err := t.next(records, size)
	if err != nil || n == 0 {
		return nil, err
	}
	values := make([]card.Value, 0, n)
	if !t.csv {
		return t.decoded(values, text, line)
	}
	rows, err := t.cells(text, line)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v := t.row(row)
		if err := t.spend(v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// next takes the text of the next n records, and returns the number of lines before it. Empty lines are not records.
func (t *table) next(records, size int) (text []byte, n, line int, err error) {
	start, quotes := 0, 0 // of the current record
	line = t.line
	for {
		part, err := t.in.ReadSlice('\n')
		text = append(text, part...)
		t.offset += int64(len(part))
		quotes += bytes.Count(part, []byte(`"`))
		switch {
		case err != nil && err != bufio.ErrBufferFull && err != io.EOF:
			return nil, 0, 0, t.unread(err)
		case len(text)-start > longestRecord:
			return nil, 0, 0, t.endless()
		case err == bufio.ErrBufferFull:
			continue
		case len(part) > 0:
			t.line++
		}
		if t.csv && quotes%2 == 1 && err == nil { // a cell in quotes continues on the next line
			continue
		}
		switch empty := len(bytes.TrimRight(text[start:], "\r\n")) == 0; {
		case !empty:
			n++
		case n == 0:
			text, line = text[:0], t.line
		}
		start, quotes = len(text), 0
		if err != nil || n == records || n > 0 && len(text) >= size {
			break
		}
	}
	if !utf8.Valid(text) {
		return nil, 0, 0, invalid("save it as UTF-8", "%s is not UTF-8", t.name)
	}
	return text, n, line, nil
}

func (t *table) endless() error {
	hint := ""
	if t.csv {
		hint = "does a quote not end?"
	}
	return invalid(hint, "%s: the record in line %d is longer than %d MiB", t.name, t.line, longestRecord>>20)
}

// cells reads rows of CSV. line is the number of lines before them.
func (t *table) cells(text []byte, line int) ([][]string, error) {
	r := expr.CSVReader(string(text))
	r.Comma = t.separator
	r.FieldsPerRecord = t.width
	rows, err := r.ReadAll()
	if err != nil {
		at, column, why := expr.BadCSV(err)
		return nil, invalid(`a cell with a separator, a quote or a line break is written in quotes, and a quote in it twice: "say ""hi"""`,
			"%s:%d:%d: %s", t.name, line+at, column, why)
	}
	t.width = len(rows[0])
	return rows, nil
}

// row returns the value of a row: an object of strings, or a list of them if the columns have no names.
func (t *table) row(cells []string) card.Value {
	if !t.header {
		list := make([]any, len(cells))
		for i, cell := range cells {
			list[i] = cell
		}
		return list
	}
	object := make(map[string]any, len(cells))
	for i, cell := range cells {
		object[t.columns[i]] = cell
	}
	return object
}

// decoded appends the values of lines of JSON. line is the number of lines before them.
func (t *table) decoded(values []card.Value, text []byte, line int) ([]card.Value, error) {
	for part := range bytes.Lines(text) {
		line++
		part = bytes.TrimSpace(part)
		if len(part) == 0 {
			continue
		}
		v, err := card.DecodeAnswer(part)
		if errors.Is(err, card.ErrLargeAnswer) {
			return nil, t.tooLarge()
		}
		if err != nil {
			return nil, invalid("each line is one JSON value", "%s:%d: %v", t.name, line, err)
		}
		if err := t.spend(v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// spend counts the memory of a value.
func (t *table) spend(v card.Value) error {
	if t.room -= size(v); t.room < 0 {
		return t.tooLarge()
	}
	return nil
}

// size estimates the memory that a value needs, in bytes.
func size(v card.Value) int {
	const item, object, field, least = 16, 48, 48, 8 * 48 // a map that is not empty has room for eight fields
	switch v := v.(type) {
	case string:
		return item + len(v)
	case []any:
		sum := item + item
		for _, inner := range v {
			sum += size(inner)
		}
		return sum
	case map[string]any:
		sum := 0
		for _, inner := range v { // the names are shared by all records
			sum += size(inner)
		}
		return object + max(sum+len(v)*field, least)
	}
	return item
}

func (t *table) tooLarge() error { return tooLarge(t.name) }

func tooLarge(name string) error {
	return invalid("file.row.list in a `stream` reads a CSV or JSON Lines file of any size", "file %q has too much data to be one value: more than %d MiB as text, or %d MiB in memory",
		name, largestFile>>20, largestValue>>20)
}

func (t *table) unread(err error) error { return unread(t.name, err) }

func unread(name string, err error) error {
	return &card.Error{Kind: card.Storage, Message: fmt.Sprintf("read file %q: %v", name, reason(err)), Err: err}
}

// reason returns an error without the path of the file, which the message has already.
func reason(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return strings.TrimSpace(err.Error())
}
