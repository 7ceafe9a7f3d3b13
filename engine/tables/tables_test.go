package tables_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/tables"
)

func people(columns ...card.Column) card.Table {
	return card.Table{Name: "people", Key: "login", Columns: append([]card.Column{{Name: "login", Type: card.ColumnString}}, columns...)}
}

var (
	count = card.Column{Name: "count", Type: card.ColumnInteger}
	left  = card.Column{Name: "left", Type: card.ColumnDate}
)

func open(t *testing.T, dir string, declared card.Table) *tables.Store {
	t.Helper()
	s := tables.New(tables.Config{State: dir, Tables: []card.Table{declared}, Secret: func(text string) bool { return strings.Contains(text, "s3cret") }})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func rowsOf(rows ...card.Row) func(func(card.Row, error) bool) {
	return func(yield func(card.Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func save(t *testing.T, s *tables.Store, how card.Saving, rows ...card.Row) card.Saved {
	t.Helper()
	saved, err := s.Save(t.Context(), "people", how, rowsOf(rows...))
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func logins(t *testing.T, s *tables.Store, condition string, given card.Row) (found []string) {
	t.Helper()
	rows, _, err := s.Rows(t.Context(), "people", &card.Where{Expression: condition, Given: given}, "", 1000)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	for _, row := range rows {
		found = append(found, row["login"].(string))
	}
	return found
}

func TestRowsAreSavedAndRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	s := open(t, dir, people(count, left))
	if row, err := s.Row(t.Context(), "people", "ada"); row != nil || err != nil {
		t.Errorf("got %v, %v", row, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("a read made the folder: %v", err)
	}
	if got := save(t, s, card.Insert, card.Row{"login": "ada", "count": 1}); got != (card.Saved{Inserted: 1}) {
		t.Errorf("got %+v", got)
	}
	got := save(t, s, card.Upsert, card.Row{"login": "ada", "left": "2026-11-28"}, card.Row{"login": "bo"}, card.Row{"login": "ada", "count": 1})
	if got != (card.Saved{Inserted: 1, Updated: 1, Unchanged: 1}) {
		t.Errorf("got %+v", got)
	}
	row, err := s.Row(t.Context(), "people", "ada")
	if diff := cmp.Diff(card.Row{"login": "ada", "count": 1, "left": "2026-11-28"}, row); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for how, row := range map[card.Saving]card.Row{card.Insert: {"login": "ada"}, card.Update: {"login": "nobody"}} {
		first, want := card.Row{"login": "cy"}, card.Conflict
		if how == card.Update {
			first, want = card.Row{"login": "ada", "count": 9}, card.NotFound
		}
		if _, err := s.Save(t.Context(), "people", how, rowsOf(first, row)); card.AsError(err) == nil || card.AsError(err).Kind != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if n, err := s.Count(t.Context(), "people", nil); n != 2 || err != nil {
		t.Errorf("a save that failed left %d rows, %v", n, err)
	}
	if row, err := s.Row(t.Context(), "people", "ada"); row["count"] != 1 || err != nil {
		t.Errorf("a save that failed left %v, %v", row, err)
	}
	info, err := os.Stat(filepath.Join(dir, "tables.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestValuesOfTheWrongTypeAndSecretsAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), people(count, left))
	for want, row := range map[string]card.Row{
		`column "count" of table people must be an integer, not a string`: {"login": "a", "count": strings.Repeat("1", 41)},
		`column "left" of table people must be a date, not "today"`:       {"login": "a", "left": "today"},
		`column "count" of table people must be an integer, not 1.5`:      {"login": "a", "count": 1.5},
		`must be an integer, not one of more than 64 bits`:                {"login": "a", "count": json.Number("12345678901234567890")},
		`no column "lft"`: {"login": "a", "lft": nil},
		`the key "login" of a row of table people is null`: {"count": 1},
		`tables are not for secrets`:                       {"login": "my s3cret"},
	} {
		_, err := s.Save(t.Context(), "people", card.Upsert, rowsOf(row))
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || strings.Contains(e.Message, "s3cret") || !strings.Contains(e.Message, want) {
			t.Errorf("%v: got %v, want %s", row, err, want)
		}
	}
}

func TestAConditionSelectsTheSameRowsWithTheKeyLookedUp(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), people(count))
	for i := range 50 {
		save(t, s, card.Insert, card.Row{"login": fmt.Sprintf("u%02d", i), "count": i})
	}
	given := card.Row{"inputs": map[string]any{"login": "u07", "logins": []any{"u01", 3, "u02", "nobody"}, "n": 5}}
	for condition, want := range map[string]string{
		`login == inputs.login`:                   "u07",
		`inputs.login == login and count == 7`:    "u07",
		`login == inputs.login and count == 8`:    "",
		`login in inputs.logins`:                  "u01 u02",
		`login in []`:                             "",
		`login >= "u48"`:                          "u48 u49",
		`login < "u02" and count != nil`:          "u00 u01",
		`login == "u01" or (count ?? 0) == 3`:     "u01 u03",
		`login == inputs.n`:                       "",
		`upper(login) == "U04"`:                   "u04",
		`"u46" < login and not (login > "u48")`:   "u47 u48",
		`(count ?? 0) > inputs.n and login<"u0:"`: "u06 u07 u08 u09",
	} {
		if got := strings.Join(logins(t, s, condition, given), " "); got != want {
			t.Errorf("%s: got %q, want %q", condition, got, want)
		}
	}
	_, _, err := s.Rows(t.Context(), "people", &card.Where{Expression: `lgin == "x"`}, "", 1)
	if card.AsError(err).Kind != card.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestEachRowIsOnOnePageWhateverChanges(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), people(count))
	for i := range 25 {
		save(t, s, card.Insert, card.Row{"login": fmt.Sprintf("u%02d", i)})
	}
	seen := map[string]int{}
	for at, page := card.Cursor(""), 0; ; page++ {
		rows, next, err := s.Rows(t.Context(), "people", nil, at, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			login := row["login"].(string)
			seen[login]++
			if _, err := s.Delete(t.Context(), "people", login); err != nil {
				t.Fatal(err)
			}
		}
		save(t, s, card.Insert, card.Row{"login": fmt.Sprintf("a%02d", page)}) // before the cursor
		if at = next; at == "" {
			break
		}
	}
	for i := range 25 {
		if n := seen[fmt.Sprintf("u%02d", i)]; n != 1 {
			t.Errorf("u%02d was on %d pages", i, n)
		}
	}
}

func TestTheColumnsFollowTheDeclaration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, open(t, dir, people(count)), card.Insert, card.Row{"login": "ada", "count": 1})
	wider := open(t, dir, people(card.Column{Name: "count", Type: card.ColumnNumber}, left))
	if got := logins(t, wider, "left == nil and count == 1", nil); len(got) != 1 {
		t.Errorf("a new column is not there: %v", got)
	}
	save(t, wider, card.Update, card.Row{"login": "ada", "left": "2026-11-28", "count": 1.5})
	row, err := open(t, dir, people(left)).Row(t.Context(), "people", "ada")
	if diff := cmp.Diff(card.Row{"login": "ada", "left": "2026-11-28"}, row); diff != "" || err != nil {
		t.Error(err, diff)
	}
	other := open(t, dir, people(card.Column{Name: "count", Type: card.ColumnBoolean}))
	for _, err := range []error{
		func() error { _, err := other.Row(t.Context(), "people", "ada"); return err }(),
		func() error {
			_, err := other.Save(t.Context(), "people", card.Upsert, rowsOf(card.Row{"login": "bo"}))
			return err
		}(),
	} {
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Hint, "flowdeck table clear people") {
			t.Errorf("got %+v", e)
		}
	}
	if n, err := other.Clear(t.Context(), "people", nil); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	save(t, other, card.Insert, card.Row{"login": "bo", "count": true})
}

func TestTwoStoresWriteAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all sync.WaitGroup
	for w := range 4 {
		s := open(t, dir, people(count)) // as another process would
		all.Go(func() {
			for i := range 50 {
				if _, err := s.Save(t.Context(), "people", card.Insert, rowsOf(card.Row{"login": fmt.Sprintf("%d-%d", w, i)})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n, err := open(t, dir, people(count)).Count(t.Context(), "people", nil); n != 200 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestClearDeletesTheRowsOfACondition(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), people(count))
	var rows []card.Row
	for i := range 2500 {
		rows = append(rows, card.Row{"login": fmt.Sprintf("u%04d", i), "count": i % 2})
	}
	save(t, s, card.Insert, rows...)
	if n, err := s.Clear(t.Context(), "people", &card.Where{Expression: "count == 1"}); n != 1250 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := s.Count(t.Context(), "people", nil); n != 1250 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestALinkAndADamagedFileAreErrors(t *testing.T) {
	t.Parallel()
	linked, damaged := t.TempDir(), t.TempDir()
	target := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(target, filepath.Join(linked, "tables.db")); err != nil {
		t.Fatal(err)
	}
	garbage := strings.Repeat("not a database ", 1000)
	if err := os.WriteFile(filepath.Join(damaged, "tables.db"), []byte(garbage), 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{linked: "is not a regular file", damaged: "is damaged, or is not a file of flowdeck"} {
		_, err := open(t, dir, people(count)).Save(t.Context(), "people", card.Insert, rowsOf(card.Row{"login": "ada"}))
		if e := card.AsError(err); e == nil || e.Kind != card.Storage || !strings.Contains(e.Message, want) {
			t.Errorf("got %+v, want %s", e, want)
		}
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Error("the target of the link was made")
	}
	if text, err := os.ReadFile(filepath.Join(damaged, "tables.db")); string(text) != garbage {
		t.Errorf("the damaged file was changed: %v", err)
	}
}
