package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// veil hides the secret inputs of a run wherever it writes: whatever a flow returns, fails with or collects, and
// whatever an org answers. It knows the texts themselves, as each encoding writes them, and not what is made of
// them: a hash or a part of a secret is shown. It is safe for concurrent use.
type veil struct{ texts *strings.Replacer }

// shortest is how long a text must be to be hidden: a shorter one stands in too much that is no secret.
const shortest = 4

// newVeil hides the secrets among a flow's inputs. It is nil if there are none.
func newVeil(p *engine.Plan, inputs map[string]engine.Value) *veil {
	var forms []string
	for _, in := range p.Inputs {
		if in.Secret {
			for _, text := range texts(inputs[in.Name]) {
				forms = append(forms, written(text)...)
			}
		}
	}
	if len(forms) == 0 {
		return nil
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the first that fits wins
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, card.Hidden)
	}
	return &veil{strings.NewReplacer(pairs...)}
}

// texts are all texts in a value, and the lines of those that have several.
func texts(v engine.Value) (all []string) {
	switch v := v.(type) {
	case string:
		all = append(strings.Split(v, "\n"), v)
	case []any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	case map[string]any:
		for _, field := range v {
			all = append(all, texts(field)...)
		}
	}
	return slices.DeleteFunc(all, func(text string) bool { return len(text) < shortest })
}

// written is a text in every way in which it is written out: as it is, quoted in YAML, quoted by Go, in JSON, and each
// of these in the log, which escapes what Go does but for backslashes.
func written(text string) []string {
	forms := []string{text, strings.ReplaceAll(text, "'", "''")}
	quoted := []string{strconv.Quote(text)}
	if data, err := card.EncodeJSON(text); err == nil { // no text fails
		quoted = append(quoted, string(data))
	}
	if data, err := yaml.Marshal(text); err == nil && (data[0] == '"' || data[0] == '\'') { // no text fails
		quoted = append(quoted, strings.TrimSuffix(string(data), "\n"))
	}
	for _, q := range quoted {
		forms = append(forms, q[1:len(q)-1])
	}
	for _, form := range forms {
		q := strconv.Quote(form)
		forms = append(forms, strings.ReplaceAll(q[1:len(q)-1], `\\`, `\`))
	}
	return forms
}

// over is a writer that hides; asJSON says what is written to it. A nil veil hides nothing.
func (v *veil) over(w io.Writer, asJSON bool) io.Writer {
	switch {
	case v == nil:
		return w
	case asJSON:
		return &veiled{w, v.json}
	}
	return &veiled{w, v.text}
}

// json hides secrets in JSON, and leaves it JSON: a number is none of them. A nil veil hides nothing.
func (v *veil) json(data []byte) []byte {
	if v == nil {
		return data
	}
	var out bytes.Buffer
	for {
		begin := bytes.IndexByte(data, '"') + 1
		if begin == 0 {
			out.Write(data)
			return out.Bytes()
		}
		end := begin
		for end < len(data) && data[end] != '"' {
			if data[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(data))
		out.Write(data[:begin])
		out.WriteString(v.inside(string(data[begin:end])))
		data = data[end:]
		if len(data) > 0 { // the quote that ends it
			out.WriteByte(data[0])
			data = data[1:]
		}
	}
}

// inside hides secrets between the quotes of a JSON text, which may be quoted themselves in what it says.
func (v *veil) inside(quoted string) string {
	var text string
	if !strings.Contains(quoted, `\`) || json.Unmarshal([]byte(`"`+quoted+`"`), &text) != nil {
		return v.texts.Replace(quoted)
	}
	hidden := v.texts.Replace(text)
	if hidden == text {
		return quoted
	}
	data, _ := card.EncodeJSON(hidden) // no text fails
	return string(data[1 : len(data)-1])
}

// text hides secrets in a text. A nil veil hides nothing.
func (v *veil) text(data []byte) []byte {
	if v == nil {
		return data
	}
	return []byte(v.texts.Replace(string(data)))
}

// veiled is a writer whose writes, each a whole message, are hidden first.
type veiled struct {
	io.Writer
	hide func([]byte) []byte
}

func (w *veiled) Write(data []byte) (int, error) {
	if _, err := w.Writer.Write(w.hide(data)); err != nil {
		return 0, err
	}
	return len(data), nil
}
