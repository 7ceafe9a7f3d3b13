package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

type writeInput struct {
	Path    string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as reports/people.csv; or run:people.csv for a file in the run's own folder. Its folders are made"`
	Content any    `json:"content" jsonschema:"CSV: a list of objects, or of lists of cells; JSON: any value; JSON Lines: a list, each item of which is a line; text: a string. A string is written unchanged in every format"`
	Format  string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .json, .jsonl or .ndjson, otherwise text" enum:"csv,json,jsonl,text"`
	csvInput
}

type appendInput struct {
	Path    string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as reports/people.csv; or run:people.csv for a file in the run's own folder. It is made if it does not exist"`
	Content any    `json:"content" jsonschema:"CSV: an object, or a list of them, or of lists of cells; JSON Lines: a value, or a list, each item of which is a line; text: a string. A string is added unchanged in every format, as whole lines"`
	Format  string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .jsonl or .ndjson, otherwise text" enum:"csv,jsonl,text"`
	csvInput
}

// csvInput has the options for CSV.
type csvInput struct {
	Columns        []string `json:"columns,omitempty" jsonschema:"CSV: the fields of the objects to write, in this order; by default all, sorted by name"`
	Separator      string   `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
	EscapeFormulas bool     `json:"escape_formulas,omitempty" jsonschema:"CSV: put ' in front of strings that a spreadsheet would run as a formula, because they start with =, +, -, @, a tab or a line break, also after space"`
}

// written is a file as a value: other cards take its path.
type written struct {
	Path    string `json:"path" jsonschema:"the path of the file, as other cards take it"`
	Name    string `json:"name" jsonschema:"its name without folders"`
	Bytes   int    `json:"bytes" jsonschema:"its size"`
	Changed bool   `json:"changed" jsonschema:"false if the file had this content already, or if nothing was added"`
}

var writes = []card.Card{
	card.NewWrite(card.Spec{
		Name: "file.write", Title: "Write File", Also: []string{"Upload", "Create File"}, Summary: "write a CSV, JSON, JSON Lines or text file, in place of one with the same name",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, NoConnection: true,
		Example: "card: file.write\nwith: {path: reports/idle.csv, content: [{login: ada@acme.example, days: 91}], columns: [login, days]}",
	}, card.Write[writeInput, written]{Do: writeFile, Before: beforeWrite, After: afterWrite}),

	card.NewWrite(card.Spec{
		Name: "file.append", Title: "Append to File", Also: []string{"Append Row", "Add Line"}, Summary: "add rows or lines to the end of a CSV, JSON Lines or text file",
		Effect: card.Creates, Undo: card.Undo{Extent: card.None}, NoConnection: true,
		Example: "card: file.append\nwith: {path: reports/log.jsonl, content: {login: ada@acme.example, action: suspended}}",
	}, card.Write[appendInput, written]{
		Do: appendFile,
		Before: func(_ context.Context, call card.Call, in appendInput) (card.State, error) {
			return beforeFile(call, in.Path)
		},
		After: afterAppend,
		Did:   didAppend,
	}),
}

func writeFile(_ context.Context, call card.Call, in writeInput) (written, error) {
	name, err := call.Files.Path(in.Path)
	if err != nil {
		return written{}, err
	}
	w, err := newWriter(name, in.Format, in.csvInput)
	if err != nil {
		return written{}, err
	}
	draft, err := call.Files.Create(in.Path)
	if err != nil {
		return written{}, err
	}
	if err := w.write(draft, in.Content); err != nil {
		draft.Discard()
		return written{}, err
	}
	changed, size, err := draft.Commit()
	return written{Path: name, Name: base(name), Bytes: int(size), Changed: changed}, err
}

func appendFile(ctx context.Context, call card.Call, in appendInput) (written, error) {
	name, err := call.Files.Path(in.Path)
	if err != nil {
		return written{}, err
	}
	w, err := newWriter(name, in.Format, in.csvInput)
	if err != nil {
		return written{}, err
	}
	sent := card.Sending(ctx, "append to "+name)
	var text []byte
	size, err := call.Files.Append(in.Path, func(content io.ReadSeeker) (_ []byte, err error) {
		text, err = w.more(in.Content, content)
		return text, err
	})
	if err != nil {
		sent.Refused() // a file is never left with a part of it
		return written{}, err
	}
	sent.Confirmed()
	return written{Path: name, Name: base(name), Bytes: int(size), Changed: len(text) > 0}, nil
}

// base returns the name of a file without its folders.
func base(name string) string { return path.Base(strings.TrimPrefix(name, card.RunFiles)) }

// beforeFile returns the size of a file.
func beforeFile(call card.Call, name string) (card.State, error) {
	file, info, err := open(call, name)
	if err != nil {
		if card.AsError(err).Kind == card.NotFound {
			return card.State{Missing: true}, nil
		}
		return card.State{}, err
	}
	file.Close()
	return card.State{Fields: map[string]any{"bytes": int(info.Size())}}, nil
}

// beforeWrite returns the size of a file, and whether it has the content that a call writes.
func beforeWrite(_ context.Context, call card.Call, in writeInput) (card.State, error) {
	state, err := beforeFile(call, in.Path)
	if err != nil || state.Missing {
		return state, err
	}
	text, err := in.text()
	if err != nil {
		return state, nil // the call fails
	}
	state.Fields["written"] = false
	if state.Fields["bytes"] != len(text) {
		return state, nil
	}
	file, _, err := open(call, in.Path)
	if err != nil {
		return card.State{}, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, int64(len(text))+1))
	if err != nil {
		return card.State{}, unread(in.Path, err)
	}
	state.Fields["written"] = bytes.Equal(content, text)
	return state, nil
}

// text returns the content of the file that a call writes.
func (in writeInput) text() ([]byte, error) {
	w, err := newWriter(in.Path, in.Format, in.csvInput)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = w.write(&text, in.Content)
	return text.Bytes(), err
}

func afterWrite(in writeInput, _ card.State) card.Predicted {
	text, err := in.text()
	if err != nil {
		return card.Predicted{Unseen: []string{"content"}}
	}
	return card.Predicted{Fields: map[string]any{"bytes": len(text), "written": true}}
}

// afterAppend predicts the size of a new file only: what is added to another one depends on its header and its last line.
func afterAppend(in appendInput, before card.State) card.Predicted {
	w, err := newWriter(in.Path, in.Format, in.csvInput)
	if err != nil {
		return card.Predicted{Unseen: []string{"content"}}
	}
	text, err := w.more(in.Content, bytes.NewReader(nil))
	switch {
	case err == nil && len(text) == 0:
		return card.Predicted{}
	case err == nil && before.Missing:
		return card.Predicted{Fields: map[string]any{"bytes": len(text)}}
	}
	return card.Predicted{Unseen: []string{"bytes"}}
}

// didAppend looks for the text of a call after the size that the file had before.
func didAppend(_ context.Context, call card.Call, in appendInput, before card.State) (written, bool, error) {
	if before.IsZero() {
		return written{}, false, undecided("the size of the file before the call is not known")
	}
	name, err := call.Files.Path(in.Path)
	if err != nil {
		return written{}, false, err
	}
	file, info, err := open(call, in.Path)
	if err != nil {
		if card.AsError(err).Kind == card.NotFound && before.Missing {
			return written{}, false, nil
		}
		return written{}, false, err
	}
	defer file.Close()
	was, _ := before.Fields["bytes"].(int)
	there := file.(io.ReaderAt) // of an os.Root, as Files promises
	w, err := newWriter(name, in.Format, in.csvInput)
	if err != nil {
		return written{}, false, err
	}
	text, err := w.more(in.Content, io.NewSectionReader(there, 0, int64(was)))
	if err != nil {
		return written{}, false, err
	}
	tail, err := io.ReadAll(io.NewSectionReader(there, int64(was), largestFile))
	if err != nil {
		return written{}, false, unread(name, err)
	}
	switch tail = bytes.TrimPrefix(tail, []byte("\n")); { // the line before may not have had an end
	case bytes.Equal(tail, text):
		return written{Path: name, Name: base(name), Bytes: int(info.Size()), Changed: true}, true, nil
	case !bytes.Contains(tail, bytes.TrimSpace(text)) && int64(was) <= info.Size():
		return written{}, false, nil
	}
	return written{}, false, undecided("other lines were added to the file, too")
}

func undecided(why string) *card.Error {
	return &card.Error{Kind: card.Failed, Message: fmt.Sprintf("not known whether it was done: %s", why)}
}
