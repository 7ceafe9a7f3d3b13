package inputs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// readJSON parses one JSON value into a Node in which every part has its place. As in YAML, a duplicate key is an
// error, because otherwise one of the values would be lost.
func readJSON(name string, text []byte) (*flow.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	j := &jsonReader{name: name, text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	j.tokens.UseNumber()
	if _, err := card.DecodeJSON(text); err != nil { // reports all syntax errors, and too much nesting
		at := len(text)
		if wrong := (*json.SyntaxError)(nil); errors.As(err, &wrong) {
			at = max(int(wrong.Offset)-1, 0)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("unexpected end")
		}
		return nil, fault("", "%s: not valid JSON: %v", j.place(at), err)
	}
	return j.value()
}

// jsonReader reads the tokens of a text that is valid JSON.
type jsonReader struct {
	name   string
	text   []byte
	tokens *json.Decoder

	counted, line, col int // an offset in bytes, and its line and column, from 0
}

// place returns the place of an offset, which must not be before the last one. Columns count characters.
func (j *jsonReader) place(offset int) flow.Pos {
	for ; j.counted < min(offset, len(j.text)); j.counted++ {
		switch c := j.text[j.counted]; {
		case c == '\n':
			j.line, j.col = j.line+1, 0
		case utf8.RuneStart(c):
			j.col++
		}
	}
	return flow.Pos{File: j.name, Line: j.line + 1, Col: j.col + 1}
}

// next returns the place of the next token, after white space, commas and colons.
func (j *jsonReader) next() flow.Pos {
	at := int(j.tokens.InputOffset())
	for at < len(j.text) && bytes.IndexByte([]byte(" \t\r\n,:"), j.text[at]) >= 0 {
		at++
	}
	return j.place(at)
}

func (j *jsonReader) value() (*flow.Node, error) {
	n := &flow.Node{Kind: flow.Scalar, Pos: j.next()}
	token, err := j.tokens.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			n.Kind = flow.List
			err = j.items(n)
		} else {
			n.Kind = flow.Mapping
			err = j.fields(n)
		}
	case json.Number:
		n.Value = card.Number(token)
	default:
		n.Value = token
	}
	n.Text = fmt.Sprint(token)
	return n, err
}

func (j *jsonReader) items(n *flow.Node) error {
	for j.tokens.More() {
		item, err := j.value()
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	_, err := j.tokens.Token() // the ]
	return err
}

func (j *jsonReader) fields(n *flow.Node) error {
	known := map[string]bool{}
	for j.tokens.More() {
		key, err := j.value()
		if err != nil {
			return err
		}
		if known[key.Text] {
			return fault("", "%s: duplicate key %q", key.Pos, key.Text)
		}
		known[key.Text] = true
		value, err := j.value()
		if err != nil {
			return err
		}
		n.Fields = append(n.Fields, flow.Field{Key: key, Value: value})
	}
	_, err := j.tokens.Token() // the }
	return err
}
