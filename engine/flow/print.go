package flow

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/words"
)

// snippetColumns is the maximum width of a source line in the output; a longer line is cut around the position.
const snippetColumns = 120

// Print writes each problem with its source line, a caret under the position, and the hint:
//
//	flows/offboard.yaml:14:9: unknown input "notfy" for okta.user.suspend [unknown-input]
//	   14 |         notfy: true
//	      |         ^~~~~
//	   hint: did you mean "notify"? inputs: notify, user_id
//
// source returns the text of a file by the name in Pos.File. If source is nil or returns nil, the source line is left
// out. Control characters are replaced, so that the output cannot control a terminal. Print ignores errors of w: to
// detect them, pass a bufio.Writer.
func (ps Problems) Print(w io.Writer, source func(file string) []byte) { ps.PrintAs(w, source, Look{}) }

// PrintAs is like Print, with a look.
func (ps Problems) PrintAs(w io.Writer, source func(file string) []byte, look Look) {
	files := map[string]*lines{}
	secret := ps.secretLines()
	for _, p := range ps {
		file, known := files[p.Pos.File]
		if !known && source != nil && p.Pos.Line > 0 {
			file = sourceLines(source(p.Pos.File))
			if path.Base(p.Pos.File) == WorkspaceFile {
				file.hideValues()
			}
			files[p.Pos.File] = file
		}
		if secret[p.line()] {
			file = nil
		}
		p.print(w, file, look)
	}
}

func (p Problem) print(w io.Writer, source *lines, look Look) {
	style := func(part Part, text string) string {
		if look.Style == nil || text == "" {
			return text
		}
		return look.Style(part, p.Warning, text)
	}
	line := strings.Join(look.wrapped(words.VisibleLine(p.String()), "   "), "\n   ")
	place, kind, code := p.parts()
	if rest, ok := strings.CutPrefix(line, place+kind); ok { // otherwise it was wrapped before the message
		line = style(PartPlace, place) + style(PartKind, kind) + rest
	}
	if start, ok := strings.CutSuffix(line, code); ok {
		line = start + style(PartCode, code)
	}
	fmt.Fprintln(w, line)
	if source != nil && p.Pos.Line > 0 && p.Pos.Line <= len(source.text) {
		number := fmt.Sprintf("%5d", p.Pos.Line)
		shown, carets := source.snippet(p.Pos, p.Width, look.columns())
		fmt.Fprintf(w, "%s %s\n", style(PartCode, number+" |"), shown)
		fmt.Fprintf(w, "%s %s\n", style(PartCode, strings.Repeat(" ", len(number))+" |"), style(PartCarets, carets))
	}
	if p.Hint != "" {
		var lines []string
		for l := range strings.SplitSeq(strings.TrimRight(p.Hint, "\n"), "\n") {
			lines = append(lines, look.wrapped(words.Visible(l), hintIndent)...)
		}
		fmt.Fprintf(w, "   %s %s\n", style(PartCode, "hint:"), strings.Join(lines, "\n"+hintIndent))
	}
}

// hintIndent is put in front of the lines of a hint after the first.
const hintIndent = "         "

// parts returns the parts of the line of a problem, as they are printed.
func (p Problem) parts() (place, kind, code string) {
	if place = words.VisibleLine(p.Pos.String()); place != "" {
		place += ": "
	}
	if p.Warning {
		kind = "warning: "
	}
	return place, kind, words.VisibleLine("[" + p.Code + "]")
}

// lines prints lines of a source. It remembers the last position, so that many positions in one long line are found in
// a single pass.
type lines struct {
	text                    [][]byte
	line, character, offset int
}

func sourceLines(text []byte) *lines {
	if text == nil {
		return nil
	}
	return &lines{text: bytes.Split(bytes.TrimPrefix(text, []byte(byteOrderMark)), []byte("\n"))}
}

// around returns the characters of a line around a column, and the number of characters that precede them.
func (l *lines) around(p Pos) (runes []rune, before int, more bool) {
	text := bytes.TrimSuffix(l.text[p.Line-1], []byte("\r"))
	before = max(p.Col-1-2*snippetColumns, 0)
	if p.Line != l.line || before < l.character {
		l.line, l.character, l.offset = p.Line, 0, 0
	}
	for l.character < before && l.offset < len(text) {
		_, size := utf8.DecodeRune(text[l.offset:])
		l.character++
		l.offset += size
	}
	offset := l.offset
	for len(runes) < 5*snippetColumns && offset < len(text) {
		r, size := utf8.DecodeRune(text[offset:])
		runes = append(runes, r)
		offset += size
	}
	return runes, l.character, offset < len(text)
}

// snippet returns a source line for output, and the line of carets below it.
func (l *lines) snippet(p Pos, width, columns int) (shown, carets string) {
	runes, before, more := l.around(p)
	from := min(max(p.Col-1-before, 0), len(runes))
	to := max(min(from+max(width, 1), len(runes)), from)
	left, right := window(runes, from, to, columns)

	var a, b strings.Builder
	if left+before > 0 {
		a.WriteString("…")
		b.WriteString(" ")
	}
	for i := left; i < right; i++ {
		text, wide := visible(runes[i])
		a.WriteString(text)
		switch {
		case i < from && runes[i] == '\t':
			b.WriteByte('\t')
		case i < from:
			b.WriteString(strings.Repeat(" ", wide))
		case i == from:
			b.WriteString("^" + strings.Repeat("~", max(wide-1, 0)))
		case i < to:
			b.WriteString(strings.Repeat("~", wide))
		}
	}
	if from >= right {
		b.WriteByte('^')
	}
	if right < len(runes) || more {
		a.WriteString("…")
	}
	return strings.TrimRight(a.String(), " \t"), b.String()
}

// window selects the part of a line to print, so that the underlined part starts in it.
func window(runes []rune, from, to, columns int) (left, right int) {
	if len(runes) <= columns {
		return 0, len(runes)
	}
	to = min(to, from+columns/2)
	right = min(max(to+columns/4, columns), len(runes))
	return max(right-columns, 0), right
}

// visible returns a printable form of a character, and its width in columns. Tabs do not change.
func visible(r rune) (string, int) {
	text := words.Visible(string(r))
	switch {
	case text != string(r):
		return text, len(text)
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return text, 0
	case wide(r):
		return text, 2
	}
	return text, 1
}

// wide reports whether a character takes two columns: the East Asian wide and full-width blocks and the emoji. It uses
// whole blocks instead of the full table of Unicode: an error moves a caret by one column.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115F || // Hangul Jamo
		r >= 0x2E80 && r <= 0x303E || // CJK radicals, punctuation
		r >= 0x3041 && r <= 0x33FF || // kana, Bopomofo, CJK compatibility
		r >= 0x3400 && r <= 0x4DBF || r >= 0x4E00 && r <= 0x9FFF || // CJK ideographs
		r >= 0xA000 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 || // Yi, Hangul
		r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F || // compatibility forms
		r >= 0xFF00 && r <= 0xFF60 || r >= 0xFFE0 && r <= 0xFFE6 || // full-width forms
		r >= 0x1F300 && r <= 0x1F64F || r >= 0x1F680 && r <= 0x1F6FF || r >= 0x1F900 && r <= 0x1FAFF || // emoji
		r >= 0x20000 && r <= 0x3FFFD)
}

// quoted formats with %q, and shortens very long names.
func quoted(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:59]) + "…"
	}
	return strconv.Quote(s)
}

// clip shortens a part of the source for a hint.
func clip(s string) string {
	if r := []rune(s[:min(len(s), 400)]); len(r) > 80 || len(s) > 400 {
		return string(r[:min(len(r), 80)]) + "…"
	}
	return s
}
