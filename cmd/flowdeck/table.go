package main

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
)

// column is one of a table.
type column struct {
	head  string
	right bool // numbers stand to the right
}

// tabled is a table without lines. Where it is wider than width its last column is wrapped, and no other.
func tabled(s styles, width int, columns []column, rows [][]string) string {
	heads, wide := make([]string, len(columns)), make([]int, len(columns))
	total := 0
	for i, c := range columns {
		heads[i], wide[i] = c.head, lipgloss.Width(c.head)
		for _, row := range rows {
			wide[i] = max(wide[i], lipgloss.Width(row[i]))
		}
		if i < len(columns)-1 {
			wide[i] += len(gap)
		}
		total += wide[i]
	}
	last := len(columns) - 1
	wide[last] = max(wide[last]-max(total-width, 0), 1)
	t := table.New().Border(lipgloss.Border{}).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderHeader(false).BorderColumn(false).Headers(heads...).Rows(rows...).
		StyleFunc(func(row, col int) lipgloss.Style {
			style := lipgloss.NewStyle()
			if row == table.HeaderRow {
				style = s.heading
			}
			if col < last {
				style = style.PaddingRight(len(gap))
			}
			if columns[col].right {
				style = style.Align(lipgloss.Right)
			}
			return style.Width(wide[col])
		})
	var out strings.Builder
	for line := range strings.Lines(t.String()) {
		out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return out.String()
}
