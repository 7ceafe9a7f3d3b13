package tables_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/tables"
)

// only returns the only table of a store, for people.
func only(t *testing.T, s *tables.Store) tables.Kept {
	t.Helper()
	all, err := s.All(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0]
}

func TestRowsThatDoNotFitTheDeclarationAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	declared := people(count, left)
	if got := only(t, open(t, dir, declared)); got.Name != "people" || !got.Declared || got.Misfit != nil {
		t.Errorf("without a database: got %+v", got)
	}
	save(t, open(t, dir, declared), card.Insert, card.Row{"login": "ada", "count": 1, "left": "2026-11-28"})
	for name, test := range map[string]struct {
		table  card.Table
		misfit string
		want   card.Row
	}{
		"as declared":                {declared, "", card.Row{"login": "ada", "count": 1, "left": "2026-11-28"}},
		"a removed column":           {people(left), "", card.Row{"login": "ada", "left": "2026-11-28"}},
		"another type":               {people(card.Column{Name: "count", Type: card.ColumnDate}), "type integer in column \"count\"", card.Row{"login": "ada", "count": 1}},
		"another key":                {card.Table{Name: "people", Key: "left", Columns: []card.Column{left}}, "have the key \"login\"", card.Row{"login": "ada", "left": "2026-11-28"}},
		"another type, and a column": {people(card.Column{Name: "left", Type: card.ColumnInteger}, card.Column{Name: "more", Type: card.ColumnTime}), "type date", card.Row{"login": "ada", "left": "2026-11-28"}},
	} {
		s := open(t, dir, test.table)
		k := only(t, s)
		if (k.Misfit == nil) != (test.misfit == "") || k.Misfit != nil && !strings.Contains(k.Misfit.Error(), test.misfit) {
			t.Errorf("%s: got %v, want %q", name, k.Misfit, test.misfit)
		}
		rows, _, err := s.RowsOf(t.Context(), k.Table, nil, "", 10)
		if diff := cmp.Diff([]card.Row{test.want}, rows); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
		if n, err := s.CountOf(t.Context(), k.Table, &card.Where{Expression: `login == "ada"`}); n != 1 || err != nil {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
	}
	// A column that is declared again has its values.
	row, err := open(t, dir, declared).Row(t.Context(), "people", "ada")
	if diff := cmp.Diff(card.Row{"login": "ada", "count": 1, "left": "2026-11-28"}, row); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
}

func TestATableThatIsNotDeclaredAnyMoreIsKeptUntilItIsDropped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, open(t, dir, people(count)), card.Insert, card.Row{"login": "ada", "count": 1}, card.Row{"login": "bo"})
	other := open(t, dir, card.Table{Name: "other", Key: "id", Columns: []card.Column{{Name: "id", Type: card.ColumnInteger}}})
	all, err := other.All(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "other" || !all[0].Declared || all[1].Name != "people" || all[1].Declared {
		t.Fatalf("got %+v, %v", all, err)
	}
	rows, _, err := other.RowsOf(t.Context(), all[1].Table, nil, "", 10)
	if diff := cmp.Diff([]card.Row{{"login": "ada", "count": 1}, {"login": "bo", "count": nil}}, rows); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if n, err := other.Drop(t.Context(), "people"); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if k := only(t, other); k.Name != "other" {
		t.Errorf("after the drop: got %+v", k)
	}
}
