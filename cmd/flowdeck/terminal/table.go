package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// Cell is a cell of a table. Its text may have styles, except in the last cell of a row. A line break in it is white
// space if the text is wrapped, and otherwise shown as \n.
type Cell struct {
	Text  string
	Style Style
}

// Table writes rows in columns, with a Gap between them. The last cell of a row takes the rest of the width. If it
// does not fit, it continues on the next line or, with OneLine, is cut with an ellipsis.
type Table struct {
	Width   int // 0 means no limit
	Indent  int
	Align   string // a letter for each column, l or r; l for columns without a letter
	OneLine bool
}

// Gap is the space between the columns of a table, and between the parts of a line.
const Gap = "  "

// leastRoom is the minimum width of the last cell of a row, even if the row then exceeds the width.
const leastRoom = 24

// Write writes rows to w. A nil row is an empty line.
func (t Table) Write(w io.Writer, rows [][]Cell) {
	rows = t.measurable(w, rows)
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	// The last cell of a row does not affect the width of its column, unless the column is aligned to the right.
	free := func(row []Cell, i int) bool { return i == len(row)-1 && (len(row) < columns || !t.right(i)) }
	widths := make([]int, columns)
	for _, row := range rows {
		for i, c := range row {
			if !free(row, i) {
				widths[i] = max(widths[i], lipgloss.Width(c.Text))
			}
		}
	}
	for _, row := range rows {
		line, at := strings.Repeat(" ", t.Indent), t.Indent
		for i, c := range row {
			if free(row, i) {
				for n, text := range t.fit(c.Text, at) {
					if n > 0 {
						line += "\n" + strings.Repeat(" ", at)
					}
					line += c.Style.Render(text)
				}
				break
			}
			pad := strings.Repeat(" ", widths[i]-lipgloss.Width(c.Text))
			if t.right(i) {
				line += pad + c.Style.Render(c.Text) + Gap
			} else {
				line += c.Style.Render(c.Text) + pad + Gap
			}
			at += widths[i] + len(Gap)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// measurable returns rows in the form in which w shows them: without secrets, and with control characters escaped.
func (t Table) measurable(w io.Writer, rows [][]Cell) [][]Cell {
	measured := make([][]Cell, len(rows))
	for i, row := range rows {
		measured[i] = slices.Clone(row)
		for j := range row {
			show := OneLine
			if t.Width > 0 && j == len(row)-1 {
				show = asShown // and then wrapped
			}
			measured[i][j].Text = show(w, row[j].Text)
		}
	}
	return measured
}

func (t Table) right(column int) bool { return column < len(t.Align) && t.Align[column] == 'r' }

// fit splits a text into lines that fit in the width after the column at.
func (t Table) fit(text string, at int) []string {
	if t.Width == 0 {
		return []string{text}
	}
	room := max(t.Width-at, leastRoom)
	lines := Wrap(text, room)
	if !t.OneLine || len(lines) == 1 {
		return lines
	}
	return []string{strings.TrimRight(Wrap(text, room-1)[0], ",:;") + "…"}
}

// Wrap splits a text into lines of a width. A word that is longer than a line is not split.
func Wrap(text string, width int) []string {
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

// Cut shortens a line to a width, with an ellipsis. A width of 0 cuts nothing.
func Cut(line string, width int) string {
	if width == 0 {
		return line
	}
	return ansi.Truncate(line, max(width, 0), "…")
}
