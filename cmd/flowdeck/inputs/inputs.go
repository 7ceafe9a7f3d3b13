// Package inputs reads the inputs of a flow from the command line and from JSON, YAML and CSV files.
//
// It knows the inputs of a flow and their schemas. It does not ask a person or run a flow, and it opens only the
// files that are named to it.
package inputs

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Error is a mistake in the inputs, with a hint.
type Error struct {
	Err  error
	Hint string // empty if there is no hint
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

func fault(hint, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Hint: hint}
}

// Read reads the inputs of a flow from files, each with other inputs, and from each NAME=VALUE in given, which takes
// precedence. The file "-" is stdin. The map has only the inputs that were given. Warnings are printed to warn.
// Errors are of type *Error.
func Read(p *engine.Plan, paths []string, given []string, stdin io.Reader, warn io.Writer) (inputs map[string]engine.Value, err error) {
	files := &reader{stdin: stdin}
	inputs = map[string]engine.Value{}
	from := map[string]string{} // the file of each input
	for _, file := range paths {
		found, err := files.all(p, file)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(found)) {
			if other, twice := from[name]; twice {
				return nil, fault("remove it from one of the files; --input replaces an input of a file", "input %q is given twice: by --input-file %s and by --input-file %s", name, other, file)
			}
			inputs[name], from[name] = found[name], file
		}
	}
	seen := map[string]bool{}
	for _, pair := range given {
		name, text, ok := strings.Cut(pair, "=")
		if _, known := p.Input(pair); !ok && !known && hasSecrets(p) {
			return nil, fault("write --input name=value", "an --input has no = (its text may be a secret and is not shown)")
		}
		if !ok {
			return nil, fault("write --input name=value", "--input %q has no value", pair)
		}
		in, err := Find(p, name)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fault("", "input %q is given twice", name)
		}
		seen[name] = true
		if inputs[name], err = readInput(in, text, files, warn); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

// readInput reads the value of --input. @FILE is the content of a file; a string that starts with @ is written with
// @@.
func readInput(in engine.Input, text string, files *reader, warn io.Writer) (engine.Value, error) {
	rest, at := strings.CutPrefix(text, "@")
	switch {
	case at && !strings.HasPrefix(rest, "@"):
		return files.one(in, rest)
	case at:
		text = rest
	}
	if in.HasSecrets() {
		fmt.Fprintf(warn, "warning: input %q is secret, but others can read it on the command line and in the shell's history\n"+
			"   hint: --input %s=@FILE, --input %s=@- for standard input, or leave it out and be asked\n", in.Name, in.Name, in.Name)
	}
	return typed(in, text)
}

// typed reads a text as the value of an input, and checks it.
func typed(in engine.Input, text string) (engine.Value, error) {
	v, err := Value(in, text)
	if err != nil {
		hint := in.About
		if looksLikeFile(in, text) {
			hint = fmt.Sprintf("--input %s=@%s reads the file", in.Name, text)
		}
		return nil, fault(hint, "input %q: %v", in.Name, err)
	}
	return v, nil
}

// looksLikeFile reports whether a value that is not valid has the form of a file's name.
func looksLikeFile(in engine.Input, text string) bool {
	ext := strings.ToLower(filepath.Ext(text))
	return !in.HasSecrets() && slices.Contains([]string{formatJSON, formatYAML, ".yml", formatCSV, ".txt"}, ext)
}

// Value reads the value of an input in the form of the command line, and checks it. The error does not name the
// input, and does not contain a secret.
func Value(in engine.Input, text string) (engine.Value, error) {
	v, err := readText(in.Schema, text)
	switch {
	case err != nil && in.HasSecrets():
		return nil, hidden(TypeOf(in.Schema))
	case err != nil || in.Check == nil:
		return v, err
	}
	return v, in.Check(v)
}

// Find returns the input with a name. The error is an *Error.
func Find(p *engine.Plan, name string) (engine.Input, error) {
	in, ok := p.Input(name)
	if ok {
		return in, nil
	}
	if len(p.Inputs) == 0 {
		return in, fault("", "flow %q has no inputs, so it has no %q", p.Flow, name)
	}
	return in, fault(words.Hint("inputs", name, slices.Sorted(slices.Values(inputNames(p.Inputs)))), "flow %q has no input %q", p.Flow, name)
}

// hasSecrets reports whether an input of a flow, or a part of it, is secret.
func hasSecrets(p *engine.Plan) bool { return slices.ContainsFunc(p.Inputs, engine.Input.HasSecrets) }

// Missing returns the inputs that a flow requires and that are not in given.
func Missing(p *engine.Plan, given map[string]engine.Value) (inputs []engine.Input) {
	for _, in := range p.Inputs {
		if _, ok := given[in.Name]; !ok && in.Required {
			inputs = append(inputs, in)
		}
	}
	return inputs
}

// MissingError returns the error for missing inputs. It is an *Error.
func MissingError(p *engine.Plan, inputs []engine.Input) error {
	var hints []string
	for _, in := range inputs {
		hints = append(hints, strings.TrimSpace(fmt.Sprintf("--input %s  %s", Placeholder(in), in.About)))
	}
	hint := strings.Join(hints, "\n")
	if len(inputs) == 1 {
		return fault(hint, "input %q of flow %q is missing", inputs[0].Name, p.Flow)
	}
	return fault(hint, "inputs %s of flow %q are missing", strings.Join(quotedAll(inputNames(inputs)), ", "), p.Flow)
}

// Placeholder returns the form in which an input is given on a command line, such as group=…
func Placeholder(in engine.Input) string {
	if in.Secret {
		return in.Name + "=@FILE"
	}
	return in.Name + "=…"
}

func quotedAll(words []string) []string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	return quoted
}

func inputNames(inputs []engine.Input) []string {
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.Name
	}
	return names
}

// TypeOf returns the only type of a schema other than null; empty if there is none or more than one. A nil schema has
// none.
func TypeOf(s *jsonschema.Schema) string {
	if s == nil {
		return ""
	}
	typ := s.Type
	for _, t := range s.Types {
		switch {
		case t == "null":
		case typ != "":
			return ""
		default:
			typ = t
		}
	}
	return typ
}

// readText reads a text by the type of a schema: numbers and booleans as in YAML, lists and objects as JSON, and
// anything else unchanged.
func readText(s *jsonschema.Schema, text string) (engine.Value, error) {
	if v, ok := listed(s, text); ok {
		return v, nil
	}
	notText := s != nil && !expr.String.Fits(s)
	if notText && text == "null" && expr.Nil.Fits(s) {
		return nil, nil
	}
	switch TypeOf(s) {
	case "integer":
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, mustBe("integer", text)
		}
		return n, nil
	case "number":
		v, err := card.DecodeJSON([]byte(text))
		if err != nil {
			return nil, mustBe("number", text)
		}
		return v, nil
	case "boolean":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("must be true or false, not %q", text)
		}
		return text == "true", nil
	case "array", "object":
		v, err := card.DecodeJSON([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("must be JSON, such as %s", map[string]string{"array": `["a", "b"]`, "object": `{"name": "value"}`}[TypeOf(s)])
		}
		return v, nil
	}
	if v, err := card.DecodeJSON([]byte(text)); err == nil && notText {
		return v, nil
	}
	return text, nil
}

// listed returns the value of an enum or a const that a text represents.
func listed(s *jsonschema.Schema, text string) (engine.Value, bool) {
	if s == nil {
		return nil, false
	}
	values := s.Enum
	if s.Const != nil {
		values = []any{*s.Const}
	}
	if slices.Contains(values, any(text)) {
		return text, true
	}
	for _, v := range values {
		if written, err := card.EncodeJSON(v); err == nil && string(written) == text {
			v, err := card.DecodeJSON(written)
			return v, err == nil
		}
	}
	return nil, false
}

func mustBe(kind, text string) error { return fmt.Errorf("must be %s, not %q", words.A(kind), text) }

// hidden returns the error for a secret that does not have the required type. It does not quote the secret.
func hidden(typ string) error {
	if typ == "array" {
		typ = "list"
	}
	return fmt.Errorf("must be %s (a secret is not shown)", words.A(typ))
}
