package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

type readInput struct {
	Path      string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as lists/people.csv; or run:people.csv for a file in the run's own folder"`
	Format    string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .json, .jsonl or .ndjson, otherwise text" enum:"csv,json,jsonl,text"`
	Separator string `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
	Header    *bool  `json:"header,omitempty" jsonschema:"CSV: the first line has the names of the columns; if false, a row is a list" default:"true"`
}

type readAnswer struct {
	Path    string `json:"path" jsonschema:"the path of the file, as other cards take it"`
	Bytes   int    `json:"bytes" jsonschema:"the size of the file"`
	Content any    `json:"content" jsonschema:"CSV: a list of objects of strings, one for each row; JSON: the value; JSON Lines: a list of values; text: a string"`
}

type rowsInput struct {
	Path      string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as lists/people.csv; or run:people.csv for a file in the run's own folder"`
	Format    string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .jsonl or .ndjson" enum:"csv,jsonl"`
	Separator string `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
	Header    *bool  `json:"header,omitempty" jsonschema:"CSV: the first line has the names of the columns; if false, a row is a list" default:"true"`
}

type listInput struct {
	Path  string `json:"path,omitempty" jsonschema:"the folder: a path below the workspace's folder, or run: for the run's own folder" default:"."`
	Match string `json:"match,omitempty" jsonschema:"only files whose names match a pattern with * and ?, such as *.csv" narrows:"true"`
}

// listed is a file in a folder.
type listed struct {
	Path     string `json:"path" jsonschema:"the path of the file, as other cards take it"`
	Name     string `json:"name" jsonschema:"its name without folders"`
	Bytes    int    `json:"bytes" jsonschema:"its size"`
	Modified string `json:"modified" jsonschema:"when it was changed"`
}

var reads = []card.Card{
	card.NewRead(card.Spec{
		Name: "file.read", Title: "Read File", Summary: "read a CSV, JSON, JSON Lines or text file",
		Effect: card.Reads, NoConnection: true,
		Example: "card: file.read\nwith: {path: lists/people.csv}",
	}, readFile),

	card.NewList(card.Spec{
		Name: "file.row.list", Title: "List Rows of File", Also: []string{"Stream Rows of File"}, Summary: "read the rows of a CSV or JSON Lines file of any size, for a stream",
		Effect: card.Reads, NoConnection: true,
		Example: "card: file.row.list\nwith: {path: lists/people.csv}",
	}, listRows),

	card.NewList(card.Spec{
		Name: "file.list", Title: "List Files", Also: []string{"Search Files"}, Summary: "list the files in a folder, by name",
		Effect: card.Reads, NoConnection: true, Key: "path",
		Example: "card: file.list\nwith: {path: lists, match: \"*.csv\"}",
	}, listFiles),
}

func readFile(_ context.Context, call card.Call, in readInput) (readAnswer, error) {
	file, info, err := open(call, in.Path)
	if err != nil {
		return readAnswer{}, err
	}
	defer file.Close()
	name, err := call.Files.Path(in.Path)
	if err != nil {
		return readAnswer{}, err
	}
	out := readAnswer{Path: name, Bytes: int(info.Size())}
	bounded := &bounded{from: file, left: largestFile, name: name}
	switch format := formatOf(name, in.Format); format {
	case formatCSV, formatLines:
		out.Content, err = all(name, format, in, bounded)
	default:
		out.Content, err = whole(name, format, bounded)
	}
	return out, err
}

// all returns all records of a table.
func all(name, format string, in readInput, from io.Reader) (card.Value, error) {
	t, err := newTable(name, format, in.Separator, in.Header == nil || *in.Header, from)
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for {
		more, err := t.read(math.MaxInt, 1<<20)
		if err != nil || len(more) == 0 {
			return rows, err
		}
		rows = append(rows, more...)
	}
}

// whole returns the value of JSON or text.
func whole(name, format string, from io.Reader) (card.Value, error) {
	text, err := io.ReadAll(from)
	switch {
	case err != nil && card.AsError(err).Kind == card.Invalid:
		return nil, err
	case err != nil:
		return nil, unread(name, err)
	case !utf8.Valid(text):
		return nil, invalid("save it as UTF-8; to hand a file on to another card, give that card its path", "%s is not UTF-8", name)
	}
	content := strings.TrimPrefix(string(text), "\ufeff")
	if format == formatText {
		return content, nil
	}
	v, err := card.DecodeAnswer([]byte(content))
	switch {
	case errors.Is(err, card.ErrLargeAnswer):
		return nil, tooLarge(name)
	case err != nil:
		return nil, invalid("", "%s: %v", name, err)
	}
	return v, nil
}

// bounded is a reader with an error for too many bytes.
type bounded struct {
	from io.Reader
	left int64
	name string
}

func (b *bounded) Read(to []byte) (int, error) {
	n, err := b.from.Read(to)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge(b.name)
	}
	return n, err
}

func open(call card.Call, name string) (fs.File, fs.FileInfo, error) {
	file, err := call.Files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, nil, unread(name, err)
	}
	return file, info, nil
}

const (
	pageRows  = 1000
	pageBytes = 1 << 20 // a page ends after the row with which it has so many
)

// listRows reads the rows at a cursor, which has the place of the next row and the state of the file: a row that is read twice or never would
// go unnoticed if the file changed in between.
func listRows(_ context.Context, call card.Call, in rowsInput, at card.Cursor) ([]card.Raw[any], card.Cursor, error) {
	name, format, err := rowFormat(call, in.Path, in.Format)
	if err != nil {
		return nil, "", err
	}
	file, info, err := open(call, in.Path)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	t, err := newTable(name, format, in.Separator, in.Header == nil || *in.Header, file)
	if err != nil {
		return nil, "", err
	}
	state := fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
	if at != "" {
		if err := t.goOn(at, state, file); err != nil {
			return nil, "", err
		}
	}
	values, err := t.read(pageRows, pageBytes)
	if err != nil || len(values) == 0 {
		return nil, "", err
	}
	rows := make([]card.Raw[any], len(values))
	for i, v := range values {
		rows[i].Value = v
	}
	if t.offset >= info.Size() {
		return rows, "", nil
	}
	return rows, card.Cursor(fmt.Sprintf("%d %d %s", t.offset, t.line, state)), nil
}

// goOn moves to the place of a cursor.
func (t *table) goOn(at card.Cursor, state string, file fs.File) error {
	var offset, size, modified int64
	var line int
	if _, err := fmt.Sscan(string(at), &offset, &line, &size, &modified); err != nil {
		return &card.Error{Kind: card.Internal, Message: fmt.Sprintf("the cursor %q is not one of file.row.list", at), Err: err}
	}
	if state != fmt.Sprintf("%d %d", size, modified) {
		return &card.Error{Kind: card.Conflict, Message: fmt.Sprintf("file %q was changed while its rows were read", t.name), Hint: "write to another file than the one that the loop reads"}
	}
	seeker, ok := file.(io.Seeker)
	if !ok {
		return &card.Error{Kind: card.Internal, Message: "the file cannot be read from a place in it"}
	}
	if _, err := seeker.Seek(offset, io.SeekStart); err != nil {
		return t.unread(err)
	}
	t.in.Reset(file)
	t.offset, t.line = offset, line
	return nil
}

// pageFiles is the maximum number of files of a page.
const pageFiles = 10_000 // each page reads the whole folder

// listFiles lists the files after the cursor, which is a name.
func listFiles(_ context.Context, call card.Call, in listInput, at card.Cursor) ([]listed, card.Cursor, error) {
	pattern := strings.NewReplacer(`\`, `\\`, "[", `\[`).Replace(in.Match) // only * and ? are special
	folder := in.Path
	if folder == "" {
		folder = "."
	}
	entries, err := call.Files.ReadDir(folder)
	if err != nil {
		return nil, "", err
	}
	if folder, err = call.Files.Path(folder); err != nil {
		return nil, "", err
	}
	var found []listed
	for _, entry := range entries {
		matches, _ := path.Match(pattern, entry.Name()) // the pattern is valid
		if entry.IsDir() || entry.Name() <= string(at) || in.Match != "" && !matches {
			continue
		}
		if len(found) == pageFiles {
			return found, card.Cursor(found[len(found)-1].Name), nil
		}
		info, err := entry.Info()
		if err != nil {
			return nil, "", unread(entry.Name(), err)
		}
		found = append(found, listed{
			Path: inFolder(folder, entry.Name()), Name: entry.Name(), Bytes: int(info.Size()), Modified: info.ModTime().UTC().Format(time.RFC3339),
		})
	}
	return found, "", nil
}

// inFolder returns the path of a file in a folder.
func inFolder(folder, name string) string {
	switch folder {
	case ".":
		return name
	case card.RunFiles:
		return folder + name
	}
	return folder + "/" + name
}
