package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// cell is a text, and how it looks.
type cell struct {
	text  string
	style lipgloss.Style
}

// narrowest is how few columns the last cell of a row is squeezed into.
const narrowest = 24

// table writes rows in columns, two blanks apart and two in. The last cell of a row takes what is left of the width, if
// there is one (0: there is none), and what does not fit goes on below; or is cut, with an ellipsis, if every row
// has one line.
type table struct {
	width   int
	oneLine bool
}

func (t table) write(w io.Writer, rows [][]cell) {
	var widths []int
	for _, row := range rows {
		for i := range len(row) - 1 {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(row[i].text))
		}
	}
	indent := 2
	for _, width := range widths {
		indent += width + 2
	}
	for _, row := range rows {
		if len(row) == 0 {
			fmt.Fprintln(w)
			continue
		}
		line := "  "
		for i, c := range row[:len(row)-1] {
			line += c.style.Render(c.text) + strings.Repeat(" ", widths[i]-lipgloss.Width(c.text)+2)
		}
		last := row[len(row)-1]
		for i, text := range t.fit(last.text, indent) {
			if i > 0 {
				line = strings.Repeat(" ", indent)
			}
			fmt.Fprintln(w, strings.TrimRight(line+last.style.Render(text), " "))
		}
	}
}

// fit is a text as the lines that fit beside the other columns.
func (t table) fit(text string, indent int) []string {
	if t.width == 0 {
		return []string{text}
	}
	room := max(t.width-indent, narrowest)
	lines := wrap(text, room)
	if !t.oneLine || len(lines) == 1 {
		return lines
	}
	return []string{strings.TrimRight(wrap(text, room-1)[0], ",:;") + "…"}
}

// wrap is a text in lines of at most so many columns, as far as its words allow.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && lipgloss.Width(line)+1+lipgloss.Width(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}
