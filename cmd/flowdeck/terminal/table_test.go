package terminal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTableFitsItsWidth(t *testing.T) {
	t.Parallel()
	s := NewStyles(environment(), &strings.Builder{})
	row := func(texts ...string) (cells []Cell) {
		for _, text := range texts {
			cells = append(cells, Cell{text, s.Heading})
		}
		return cells
	}
	rows := [][]Cell{row("name", "≥ 1", "as long as it takes to say it: all of it"), nil, row("n", "", "short")}
	for _, test := range []struct {
		table Table
		want  string
	}{
		{Table{Indent: 2}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{Table{Indent: 2, Width: 200}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{Table{Indent: 2, Width: 43}, "  name  ≥ 1  as long as it takes to say it:\n             all of it\n\n  n          short\n"},
		{Table{Indent: 2, Width: 43, OneLine: true}, "  name  ≥ 1  as long as it takes to say…\n\n  n          short\n"},
		{Table{Indent: 2, Width: 44, OneLine: true}, "  name  ≥ 1  as long as it takes to say it…\n\n  n          short\n"},
		{Table{Indent: 2, Width: 53, OneLine: true}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{Table{Indent: 2, Width: 3}, "  name  ≥ 1  as long as it takes to\n             say it: all of it\n\n  n          short\n"},
	} {
		var got strings.Builder
		test.table.Write(&got, rows)
		if diff := cmp.Diff(test.want, got.String()); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", test.table, diff)
		}
	}
}
