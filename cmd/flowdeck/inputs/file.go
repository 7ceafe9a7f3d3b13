package inputs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

// reader reads the files of inputs.
type reader struct {
	stdin io.Reader
	drawn bool // standard input was read and has nothing left
}

// open reads a whole file, where "-" is standard input. name is the name of the file in places.
func (f *reader) open(file string) (name string, text []byte, err error) {
	if file != "-" {
		text, err = readFile(file)
		if err != nil {
			return file, nil, fault("", "%v", err)
		}
		return file, text, nil
	}
	if f.drawn {
		return "", nil, fault("put one of them into a file", "standard input cannot be read twice")
	}
	f.drawn = true
	if text, err = readAll(f.stdin); err != nil {
		return "", nil, fault("", "reading standard input: %v", err)
	}
	return "standard input", text, nil
}

// mostRead is the maximum size of an input in bytes. The memory holds several copies of it.
const mostRead = 256 << 20

var errTooLarge = fmt.Errorf("larger than %d MiB", mostRead>>20)

// readFile reads a file that a person has named. It may be a pipe, as in <(command).
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, inside.Plain(err)
	}
	defer file.Close()
	text, err := readAll(file)
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, inside.Plain(err)
}

func readAll(from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, mostRead+1))
	if err == nil && len(text) > mostRead {
		err = errTooLarge
	}
	return text, err
}

// These are the formats of files.
const (
	formatJSON = ".json"
	formatYAML = ".yaml"
	formatCSV  = ".csv"
)

// formatOf returns the format of a file: by its extension or, for standard input, by its first character. It returns
// "" for an unknown extension.
func formatOf(file string, text []byte) string {
	if file == "-" {
		if start := bytes.TrimSpace(text); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
			return formatJSON
		}
		return formatYAML
	}
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case formatJSON, formatCSV:
		return ext
	case formatYAML, ".yml":
		return formatYAML
	}
	return ""
}

// all reads the file of --input-file: an object with all inputs, or a table with the items of the only list input.
func (f *reader) all(p *engine.Plan, file string) (map[string]engine.Value, error) {
	name, text, err := f.open(file)
	if err != nil {
		return nil, err
	}
	inputs := map[string]engine.Value{}
	switch format := formatOf(file, text); format {
	case "":
		return nil, fault("name=@FILE reads one input from a file of any kind", "--input-file %s: must end in .json, .yaml, .yml or .csv, or be -", file)
	case formatCSV:
		in, err := onlyList(p, file)
		if err != nil {
			return nil, err
		}
		inputs[in.Name], err = parseInput(in, format, name, text)
		return inputs, err
	default:
		n, err := parseValue(format, name, text, nil)
		if err != nil && hasSecrets(p) {
			return nil, quiet(format, name, err)
		}
		if err != nil {
			return nil, err
		}
		if n.Kind != flow.Mapping {
			return nil, fault("inputs by name, such as group: Contractors", "%s: %s", n.Pos, words.MustBe("", "object", words.Kind(n.Literal())))
		}
		for _, field := range n.Fields {
			in, err := Find(p, field.Key.Text)
			if err != nil {
				return nil, placed(field.Key.Pos, err)
			}
			if inputs[in.Name], err = accept(in, field.Value); err != nil {
				return nil, err
			}
		}
		return inputs, nil
	}
}

// onlyList returns the only input of a flow that is a list. It is an error if there is none or more than one.
func onlyList(p *engine.Plan, file string) (engine.Input, error) {
	var lists []engine.Input
	for _, in := range p.Inputs {
		if TypeOf(in.Schema) == "array" {
			lists = append(lists, in)
		}
	}
	switch len(lists) {
	case 1:
		return lists[0], nil
	case 0:
		return engine.Input{}, fault("a table is for an input of type array; .json and .yaml hold inputs by name", "flow %q has no list input to fill from %s", p.Flow, file)
	}
	return engine.Input{}, fault(fmt.Sprintf("choose one, such as --input %s=@%s", lists[0].Name, file), "flow %q has %d list inputs, and %s fills only one", p.Flow, len(lists), file)
}

// one reads the value of one input. If the format of the file is unknown, or the input is a string, the text is read
// like a value on the command line, without the last line break.
func (f *reader) one(in engine.Input, file string) (engine.Value, error) {
	name, text, err := f.open(file)
	if err != nil && in.HasSecrets() && file != "-" {
		return nil, fault(fmt.Sprintf("a value that starts with @ is written with @@: --input %s=@@…", in.Name),
			"input %q: there is no such file, or it cannot be read (its name may be the secret and is not shown)", in.Name)
	}
	if err != nil {
		return nil, err
	}
	if format := formatOf(file, text); format != "" && TypeOf(in.Schema) != "string" {
		return parseInput(in, format, name, text)
	}
	if !utf8.Valid(text) {
		return nil, fault("", "input %q: %s is not UTF-8", in.Name, name)
	}
	v, err := typed(in, strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"))
	if err != nil {
		return nil, placed(flow.Pos{File: name}, err)
	}
	return v, nil
}

// parseInput reads the value of one input from a text in a format.
func parseInput(in engine.Input, format, name string, text []byte) (engine.Value, error) {
	var items *jsonschema.Schema
	if in.Schema != nil {
		items = in.Schema.Items
	}
	n, err := parseValue(format, name, text, items)
	if err != nil && in.HasSecrets() {
		return nil, quiet(format, name, err)
	}
	if err != nil {
		return nil, err
	}
	return accept(in, n)
}

// quiet returns the error for a file that has secrets. It keeps the place, and leaves out the parser's message, which
// quotes the text: a text that cannot be parsed may be the secret itself.
func quiet(format, name string, err error) error {
	at := name
	if rest, ok := strings.CutPrefix(err.Error(), name+":"); ok {
		at += ":" + rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789:"))]
	}
	const hint = "a string with special characters is written in quotes"
	return fault(hint, "%s: not valid %s (there are secrets in the file: what is wrong is not shown)",
		strings.TrimRight(at, ":"), strings.ToUpper(strings.TrimPrefix(format, ".")))
}

// parseValue parses a text in a format. items is the schema of a table's rows.
func parseValue(format, name string, text []byte, items *jsonschema.Schema) (*flow.Node, error) {
	switch format {
	case formatCSV:
		return readCSV(name, text, items)
	case formatJSON:
		return readJSON(name, text)
	}
	n, problems := flow.ParseValue(name, text)
	switch {
	case problems.Err() != nil:
		return nil, placed(problems[0].Pos, fault(problems[0].Hint, "%s", problems[0].Message))
	case n == nil:
		return nil, fault("", "%s is empty", name)
	}
	return n, nil
}

// accept returns the value of a Node, or an error if it does not match the input.
func accept(in engine.Input, n *flow.Node) (engine.Value, error) {
	v := n.Literal()
	if in.Check == nil {
		return v, nil
	}
	err := in.Check(v)
	if err == nil {
		return v, nil
	}
	return nil, placed(check.Placed(err, n).Pos, fault(in.About, "input %q: %w", in.Name, err))
}

// placed adds a place to an error.
func placed(at flow.Pos, err error) error {
	own := (*Error)(nil)
	if !errors.As(err, &own) {
		return err
	}
	return &Error{Err: fmt.Errorf("%s: %w", at, own.Err), Hint: own.Hint}
}
