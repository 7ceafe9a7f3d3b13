package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// cell is a text, and how it looks. The text may have styles of its own already, but for the last of a row.
type cell struct {
	text  string
	style lipgloss.Style
}

// table writes rows in columns, a gap apart. The last cell of a row takes what is left of the width, if there is one
// (0: there is none), and what does not fit goes on below; or is cut, with an ellipsis, if every row has one line.
type table struct {
	width   int
	indent  int
	align   string // a letter for each column, l or r; l if there is none
	oneLine bool
}

// leastRoom is how few columns the last cell of a row is squeezed into.
const leastRoom = 24

func (t table) write(w io.Writer, rows [][]cell) {
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	// The last cell of a row has no width of its own, unless it is a number: it goes on to the end of the line.
	free := func(row []cell, i int) bool { return i == len(row)-1 && (len(row) < columns || !t.right(i)) }
	widths := make([]int, columns)
	for _, row := range rows {
		for i, c := range row {
			if !free(row, i) {
				widths[i] = max(widths[i], lipgloss.Width(c.text))
			}
		}
	}
	for _, row := range rows {
		line, at := strings.Repeat(" ", t.indent), t.indent
		for i, c := range row {
			if free(row, i) {
				for n, text := range t.fit(c.text, at) {
					if n > 0 {
						line += "\n" + strings.Repeat(" ", at)
					}
					line += c.style.Render(text)
				}
				break
			}
			pad := strings.Repeat(" ", widths[i]-lipgloss.Width(c.text))
			if t.right(i) {
				line += pad + c.style.Render(c.text) + gap
			} else {
				line += c.style.Render(c.text) + pad + gap
			}
			at += widths[i] + len(gap)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

func (t table) right(column int) bool { return column < len(t.align) && t.align[column] == 'r' }

// fit is a text as the lines that fit beside the other columns, which take up to at.
func (t table) fit(text string, at int) []string {
	if t.width == 0 {
		return []string{text}
	}
	room := max(t.width-at, leastRoom)
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
