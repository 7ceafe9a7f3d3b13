package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestATableFitsTheWidthThatThereIs(t *testing.T) {
	t.Parallel()
	s := newStyle(env{lookup: func(string) (string, bool) { return "", false }}, &strings.Builder{})
	row := func(texts ...string) (cells []cell) {
		for _, text := range texts {
			cells = append(cells, cell{text, s.strong})
		}
		return cells
	}
	rows := [][]cell{row("name", "≥ 1", "as long as it takes to say it: all of it"), nil, row("n", "", "short")}
	for _, test := range []struct {
		table table
		want  string
	}{
		{table{}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{table{width: 200}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{table{width: 43}, "  name  ≥ 1  as long as it takes to say it:\n             all of it\n\n  n          short\n"},
		{table{width: 43, oneLine: true}, "  name  ≥ 1  as long as it takes to say…\n\n  n          short\n"},
		{table{width: 44, oneLine: true}, "  name  ≥ 1  as long as it takes to say it…\n\n  n          short\n"},
		{table{width: 53, oneLine: true}, "  name  ≥ 1  as long as it takes to say it: all of it\n\n  n          short\n"},
		{table{width: 3}, "  name  ≥ 1  as long as it takes to\n             say it: all of it\n\n  n          short\n"},
	} {
		var got strings.Builder
		test.table.write(&got, rows)
		if diff := cmp.Diff(test.want, got.String()); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", test.table, diff)
		}
	}
}
