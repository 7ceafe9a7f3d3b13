package flow

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// Appended returns the text of the file with another key at the end of some cases, in the lines after them: those of a mapping, without their
// indentation. If lines cannot follow a case, such as one that is written in brackets, it returns the case.
func (f *Cases) Appended(lines map[*Case][]string) (text []byte, wrong *Case) {
	ends := map[*Case]int{}
	for c := range lines {
		if c.Node.src == nil || c.Node.flowStyle() {
			return nil, c
		}
		ends[c] = c.Node.blockEnd()
	}
	text = f.with(lines, ends)
	others := f.otherIn(text)
	if len(others) == 0 {
		return text, nil
	}
	for _, c := range others { // the empty lines are part of a text, as after |+
		if end, ok := ends[c]; ok {
			ends[c] = c.Node.afterEmptyLines(end)
		}
	}
	text = f.with(lines, ends)
	if others = f.otherIn(text); len(others) > 0 {
		return nil, others[0]
	}
	return text, nil
}

// afterEmptyLines returns the offset of the next line that is not empty.
func (n *Node) afterEmptyLines(at int) int {
	for at < len(n.src.text) {
		line, next := cutLine(n.src.text, at)
		if len(bytes.TrimSpace(line)) > 0 {
			break
		}
		at = next
	}
	return at
}

// with returns the text of the file with lines at offsets, which end as those of the file do.
func (f *Cases) with(lines map[*Case][]string, ends map[*Case]int) []byte {
	newline := "\n"
	if first, _, _ := bytes.Cut(f.Source, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) {
		newline = "\r\n"
	}
	var b bytes.Buffer
	done := 0
	for _, c := range slices.SortedFunc(maps.Keys(lines), func(a, b *Case) int { return ends[a] - ends[b] }) {
		src := c.Node.src
		if done == 0 {
			b.Write(f.Source[:len(f.Source)-len(src.text)]) // the byte order mark
		}
		b.Write(src.text[done:ends[c]])
		done = ends[c]
		if done > 0 && src.text[done-1] != '\n' {
			b.WriteString(newline)
		}
		indent := strings.Repeat(" ", c.Node.start-src.lines[c.Node.Pos.Line-1])
		for _, line := range lines[c] {
			b.WriteString(indent + line + newline)
		}
	}
	for c := range lines {
		b.Write(c.Node.src.text[done:])
		break
	}
	return b.Bytes()
}

// otherIn returns the cases that another text of the file does not have with the values that they have here.
func (f *Cases) otherIn(text []byte) (others []*Case) {
	file, _ := ParseCases(f.Name, text)
	named := map[string]*Case{}
	for _, c := range file.Cases {
		named[c.Name] = c
	}
	for _, c := range f.Cases {
		other := named[c.Name]
		if other == nil || slices.ContainsFunc(c.Node.Fields, func(field Field) bool {
			value := other.Node.Field(field.Key.Text)
			return value == nil || !bytes.Equal(value.json(), field.Value.json())
		}) {
			others = append(others, c)
		}
	}
	return others
}
