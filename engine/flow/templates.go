package flow

import (
	"bytes"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Expressions in the braces of other tools: {{ inputs.x }} and ${{ inputs.x }}. YAML reads {{ as the start of a mapping whose key is a
// mapping, which no flow has.

// valueKeys are the keys below which bareKeys are names of the author, such as the input key of a card.
var valueKeys = []string{"with", "set", "give", "pass", "return", "respond"}

// longestTemplate is the length of the part of a text in which the braces of other tools are looked for.
const longestTemplate = 1000

// A braces is an expression in the braces of another tool.
type braces struct {
	tool       string // whose braces they are
	start, end int    // of the expression with its braces
	inner      string
}

// bracesIn returns the first expression in the braces of another tool at or after an offset of a text; false if there is none.
func bracesIn(text string, from int) (found braces, ok bool) {
	text = text[:min(len(text), longestTemplate)]
	for at := from; ; {
		i := strings.Index(text[at:], "{{")
		if i < 0 {
			return found, false
		}
		at += i
		n := -1
		if at == 0 || text[at-1] != '{' {
			n = expressionEnd(text[at+2:])
		}
		if n < 0 || at+2+n >= len(text) || text[at+2+n] != '}' {
			at += 2
			continue
		}
		inner := strings.TrimSpace(strings.Trim(text[at+2:at+1+n], "-"))
		if inner == "" || strings.Contains(outsideStrings(inner), ":") { // an object
			at += 2
			continue
		}
		found = braces{tool: "{{ }} is Jinja's syntax", start: at, end: at + 3 + n, inner: inner}
		if at > 0 && text[at-1] == '$' {
			found.tool, found.start = "${{ }} is GitHub Actions' syntax", at-1
		}
		return found, true
	}
}

// startsTemplate reports whether a text starts with an expression in the braces of Jinja.
func startsTemplate(text string) bool {
	found, ok := bracesIn(text, 0)
	return ok && found.start == 0 && text[0] == '{'
}

// outsideStrings returns an expression without its strings.
func outsideStrings(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if n := 0; strings.IndexByte("\"'`", text[i]) >= 0 {
			if n = stringEnd(text[i:]); n > 0 {
				i += n - 1
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// ourBraces returns a text with our braces instead of those of other tools, or without any if it is a bare expression. tool says whose they
// were; it is empty if the text had none.
func ourBraces(text string, bare bool) (ours, tool string) {
	var b strings.Builder
	at := 0
	for {
		found, ok := bracesIn(text, at)
		if !ok {
			break
		}
		b.WriteString(text[at:found.start])
		if bare {
			b.WriteString(found.inner)
		} else {
			b.WriteString("${ " + found.inner + " }")
		}
		at = found.end
		if tool == "" {
			tool = found.tool
		}
	}
	return b.String() + text[at:], tool
}

// bare reports whether the value under a key, which is the last of keys, is an expression without ${ }.
func (b *builder) bare(key string) bool {
	return slices.Contains(bareKeys, key) && !slices.ContainsFunc(b.keys, func(k string) bool { return slices.Contains(valueKeys, k) })
}

// template reports a value such as {{ inputs.x }}, and makes it a text that is reported.
func (b *builder) template(n *Node, y *yaml.Node, key string) bool {
	if y.Kind != yaml.MappingNode || y.Style&yaml.FlowStyle == 0 || !bytes.HasPrefix(b.src.text[n.start:], []byte("{{")) {
		return false
	}
	text := string(lineOf(b.src.text, n.start))
	if !startsTemplate(text) {
		return false
	}
	found, _ := bracesIn(text, 0)
	n.Text, n.Value = text[:found.end], text[:found.end]
	n.end = n.start + found.end
	n.Width = n.firstLine()
	b.problem(n, CodeTrap, "write "+inYAML(n.Text, b.bare(key), b.brackets > 0), "%s; YAML reads it as a mapping", found.tool)
	return true
}

// inYAML returns a text in our syntax as a value of YAML: in quotes if it needs them.
func inYAML(text string, bare, brackets bool) string {
	ours, _ := ourBraces(text, bare)
	if plain := bare && startsWithLetter(ours) || !bare && strings.HasPrefix(ours, "${"); plain && colonIn([]byte(ours)) < 0 && !strings.Contains(ours, " #") &&
		!(brackets && strings.ContainsAny(ours, ",[]{}")) {
		return ours
	}
	return yamlQuoted(clip(ours))
}
