package flow

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Settle sorts problems of the workspace, removes duplicates, and removes text that must not be shown from messages and
// hints: text from the settings of a connection, where a secret may be written by mistake, and text from lines with a
// problem that is marked as Secret.
func (w *Workspace) Settle(ps *Problems) {
	ps.Sort()
	files := map[string]*lines{}
	secret := ps.secretLines()
	for i, p := range *ps {
		if p.Pos.Line == 0 || !secret[p.line()] && path.Base(p.Pos.File) != WorkspaceFile {
			continue
		}
		if files[p.Pos.File] == nil {
			files[p.Pos.File] = sourceLines(w.Source(p.Pos.File))
		}
		p.Fix = nil // it shows the line
		(*ps)[i] = p.without(files[p.Pos.File].hidden(p.Pos.Line))
	}
}

// line returns the position of the line of the problem.
func (p Problem) line() Pos { return Pos{File: p.Pos.File, Line: p.Pos.Line} }

// secretLines returns the lines with a problem that is marked as Secret.
func (ps Problems) secretLines() map[Pos]bool {
	secret := map[Pos]bool{}
	for _, p := range ps {
		if p.Secret {
			secret[p.line()] = true
		}
	}
	return secret
}

// quotation matches the parts of messages and hints that repeat a source: they are in quotes, except numbers.
var quotation = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|\\B'[^']*'|[0-9][0-9._e+-]{3,}")

// required matches the part of a message with the keys that a schema requires, which are not from a source.
var required = regexp.MustCompile(`\bmust have ("\w+"(, )?)+`)

// without returns the problem without quotations from a hidden text. A misspelled known word, or another spelling of true, false or
// null, is not a secret.
func (p Problem) without(hidden string) Problem {
	if strings.HasPrefix(p.Hint, "did you mean ") || p.Code == CodeBadWord {
		return p
	}
	hide := func(message string) string {
		return quotation.ReplaceAllStringFunc(message, func(quote string) string {
			text := quote
			switch plain, err := strconv.Unquote(quote); {
			case err == nil && quote[0] == '"':
				text = plain
			case p.Code == CodeBadNumber && quote[0] >= '0' && quote[0] <= '9': // it may be the same number in other digits
				return "…"
			}
			for word := range strings.FieldsSeq(text) {
				if word = strings.Trim(word, "&*!\"'`…"); len(word) > 1 && strings.Contains(hidden, word) {
					return strings.TrimRight(quote[:1], "0123456789") + "…" + strings.TrimLeft(quote[len(quote)-1:], "0123456789")
				}
			}
			return quote
		})
	}
	keys := required.FindString(p.Message)
	before, after, _ := strings.Cut(p.Message, keys)
	p.Message, p.Hint = hide(before)+keys+hide(after), hide(p.Hint)
	return p
}

// shownKeys are keys of flowdeck.yaml whose values are shown, as they are names that must be spelled right.
var shownKeys = map[string]bool{"type": true, "timezone": true}

// cutValue splits a line after the colon of its first key. The rest of the line is hidden, and so is a line without a key.
func cutValue(line []byte) (shown, hidden string) {
	text := string(bytes.TrimSuffix(line, []byte("\r")))
	key, value, ok := strings.Cut(text+" ", ": ")
	switch {
	case !ok:
		return "", text
	case shownKeys[strings.TrimSpace(key)]:
		return text, ""
	}
	return key + ":", value
}

// hidden returns the text of a line that is not shown, and that of the following lines that are indented more.
func (l *lines) hidden(line int) string {
	if l == nil || line > len(l.text) {
		return ""
	}
	indent := func(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }
	_, hidden := cutValue(l.text[line-1])
	for _, below := range l.text[line:] {
		if len(bytes.TrimSpace(below)) > 0 && indent(below) <= indent(l.text[line-1]) {
			break
		}
		_, more := cutValue(below)
		hidden += "\n" + more
	}
	return hidden
}

// hideValues removes everything except the first key of each line: a secret may be written in any setting of a
// connection by mistake.
func (l *lines) hideValues() {
	if l == nil {
		return
	}
	for i, line := range l.text {
		switch shown, hidden := cutValue(line); {
		case strings.TrimSpace(hidden) == "":
		case shown == "":
			l.text[i] = []byte("…")
		default:
			l.text[i] = []byte(shown + " …")
		}
	}
}
