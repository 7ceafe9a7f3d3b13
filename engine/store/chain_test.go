package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// chained returns a store with a run that has ended, with a write of each kind of end, one about which a person decided, and a large value. Another
// run is before it.
func chained(t *testing.T, c Config) *Store {
	t.Helper()
	c.State = t.TempDir()
	s := open(t, c)
	other := create(t, s, "r0")
	at := engine.Place{}.Step("s")
	must(t, other.Begin(engine.Intent{Place: at, Card: "fake"}), other.Finish(engine.Succeeded, "", []byte(`{}`)), other.Release())
	l, err := s.Create(t.Context(), Run{
		ID: "r1", Flow: "sweep", Sources: map[string]string{"f.yaml": "flow: f"}, Start: engine.Start{Run: "r1", By: "ada", Inputs: map[string]engine.Value{"n": 1}},
		Connections: []Connection{{Name: "okta", Org: "acme"}},
	})
	must(t, err)
	before := card.State{Names: map[string]string{"user": "ada"}, Fields: map[string]any{"text": strings.Repeat("x", longestInRow)}}
	for i := range 3 {
		w := engine.Intent{Place: at.Round(i), Attempt: 1, Card: "fake.set", Connection: "okta", Target: "ada", In: map[string]any{"user": "ada", "n": i}, Before: before}
		must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Err: &card.Error{Kind: card.Timeout, Message: "no answer"}}))
		w.Attempt = 2
		must(t, l.Begin(w))
		if i < 2 {
			must(t, l.End(w, engine.Effect{Kind: engine.CallEffect, Value: map[string]any{"changed": true, "login": "grace"}}))
		}
	}
	must(t, l.Finish(Paused, "in doubt", []byte(`{"run":"r1"}`)), l.Release())
	l = take(t, s, "r1")
	doubts, err := s.Doubts(t.Context(), "r1")
	if err != nil || len(doubts) == 0 {
		t.Fatalf("got %v, %v", doubts, err)
	}
	must(t, s.Settle(t.Context(), map[int64]bool{doubts[len(doubts)-1].At: true}))
	approved(t, s, l, at.Round(8))
	must(t, l.Limit([]byte(`{"writes":3}`)))
	must(t, l.Begin(engine.Intent{Place: at.Round(9), Attempt: 1, Card: "fake.set"}), l.Finish(engine.Succeeded, "", []byte(`{"run":"r1"}`)), l.Release())
	return s
}

// approved makes the run ask, and use the decision of a person.
func approved(t *testing.T, s *Store, l *Log, at engine.Place) {
	t.Helper()
	a, err := l.Asks(at, Question{Ask: engine.Approval{Prompt: "suspend?", For: time.Hour}})
	must(t, err)
	a, err = s.Decide(t.Context(), a, engine.Decision{Approved: true, By: "bob"})
	must(t, err, l.Use(a))
}

func fits(t *testing.T, s *Store) Verified {
	t.Helper()
	v, err := s.Verify(t.Context(), "r1")
	if err != nil || v.Problem != nil || v.Chain == nil {
		t.Fatalf("got %+v %+v, %v", v, v.Problem, err)
	}
	return v
}

// differs checks that a change of the database is found.
func differs(t *testing.T, s *Store, query string, args ...any) *Mismatch {
	t.Helper()
	result, err := s.db.Exec(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing: %v", query, err)
	}
	v, err := s.Verify(t.Context(), "r1")
	if err != nil || v.Problem == nil {
		t.Errorf("%s %v: got %+v, %v", query, args, v, err)
		return &Mismatch{}
	}
	return v.Problem
}

// columnsOf returns the columns of a table: all, so that a new one is not forgotten.
func columnsOf(t *testing.T, s *Store, table string) (all []string) {
	t.Helper()
	must(t, s.each(t.Context(), "SELECT name FROM pragma_table_info(?)", []any{table}, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		all = append(all, name)
		return err
	}))
	return all
}

// values returns the values of a column in the rows of the run, by the rowid or number of the row.
func (s *Store) values(t *testing.T, query string, args ...any) (ids []int64, all []any) {
	t.Helper()
	must(t, s.each(t.Context(), query, args, func(rows *sql.Rows) error {
		var id int64
		var value any
		err := rows.Scan(&id, &value)
		ids, all = append(ids, id), append(all, value)
		return err
	}))
	return ids, all
}

// other returns another value of the same kind.
func other(value any) any {
	switch v := value.(type) {
	case int64:
		return v + 1
	case string:
		return v + "x"
	case []byte:
		return append(append([]byte{}, v...), ' ')
	}
	return int64(1)
}

func TestAChangeOfAnyColumnIsFound(t *testing.T) {
	t.Parallel()
	s := chained(t, Config{})
	fits(t, s)
	for _, table := range []struct{ name, key, where string }{
		{"writes", "id", fmt.Sprintf("id > %d AND id < %d", firstWrite(2), firstWrite(3))},
		{"runs", "seq", "seq = 2"}, {"chain", "nth", "run = 2"}, {"heads", "run", "run = 2"}, {"approvals", "id", "run = 2"}, {"blobs", "rowid", "run = 2"}, {"sources", "rowid", "1 = 1"},
	} {
		for _, column := range columnsOf(t, s, table.name) {
			if column == table.key && table.name == "runs" || table.name == "sources" && column == "hash" || table.name == "blobs" && column == "hash" {
				continue // another run, or what nobody refers to
			}
			key := table.key
			if key == "rowid" {
				key = "1"
			}
			ids, values := s.values(t, "SELECT "+key+", "+column+" FROM "+table.name+" WHERE "+table.where+" ORDER BY 1")
			for i, id := range ids {
				where := table.where
				if key != "1" {
					where += fmt.Sprintf(" AND %s = %d", key, id)
				}
				set := "UPDATE " + table.name + " SET " + column + " = ? WHERE " + where
				changed := other(values[i])
				if column == table.key || column == "run" {
					changed = id + 1000
				}
				differs(t, s, set, changed)
				back := where
				if column == table.key {
					back = strings.Replace(where, fmt.Sprintf("%s = %d", key, id), fmt.Sprintf("%s = %d", key, id+1000), 1)
				}
				if column == "run" {
					back = strings.ReplaceAll(where, "run = 2", fmt.Sprintf("run = %d", changed))
				}
				if _, err := s.db.Exec("UPDATE "+table.name+" SET "+column+" = ? WHERE "+back, values[i]); err != nil {
					t.Fatal(err)
				}
				fits(t, s)
			}
		}
	}
}

func TestWhatIsMissingAddedOrMovedIsFound(t *testing.T) {
	t.Parallel()
	first := firstWrite(2)
	for name, test := range map[string]struct{ query, want string }{
		"a write is missing": {fmt.Sprintf("DELETE FROM writes WHERE id = %d", first+3), "is missing"},
		"a write was added": {fmt.Sprintf(`INSERT INTO writes (id, place, attempt, card, connection, target, began)
			SELECT %d, place, 7, card, connection, target, began FROM writes WHERE id = %d`, first+90, first+3), "a write was added"},
		"two writes are swapped": {fmt.Sprintf(`UPDATE writes SET id = CASE id WHEN %[1]d THEN -1 ELSE %[1]d END WHERE id IN (%[1]d, %[2]d);
			UPDATE writes SET id = %[2]d WHERE id = -1`, first+1, first+2), "the write was changed"},
		"an entry is missing":   {"DELETE FROM chain WHERE run = 2 AND nth = 4", "entry 4 of the chain is missing"},
		"the end was cut off":   {"DELETE FROM chain WHERE run = 2 AND nth > 9", "the last ones are missing"},
		"all entries are gone":  {"DELETE FROM chain WHERE run = 2", "the last ones are missing"},
		"the chain was removed": {"DELETE FROM chain WHERE run = 2; DELETE FROM heads WHERE run = 2", "the chain is missing"},
		"two entries are swapped": {
			`UPDATE chain SET nth = CASE nth WHEN 3 THEN -1 ELSE 3 END WHERE run = 2 AND nth IN (3, 5);
			UPDATE chain SET nth = 5 WHERE run = 2 AND nth = -1`, "entry 3 of the chain was changed",
		},
		"an end was cut off and hidden": {"DELETE FROM chain WHERE run = 2 AND nth > 9; UPDATE heads SET nth = 9 WHERE run = 2", "the number of entries of the chain was changed"},
		"the chain is that of other run": {
			"DELETE FROM chain WHERE run = 2; UPDATE chain SET run = 2 WHERE run = 1; DELETE FROM heads WHERE run = 2; UPDATE heads SET run = 2 WHERE run = 1", "how it was started",
		},
		"a run was added": {"UPDATE runs SET id = 'r2' WHERE seq = 2; INSERT INTO runs (id, flow, status, started, start) SELECT 'r1', flow, status, started, start FROM runs WHERE seq = 1",
			"the chain is missing"},
		"an approval is missing": {"DELETE FROM approvals WHERE run = 2", "the approval of entry"},
		"an approval was added":  {"INSERT INTO approvals (run, place, nth, request, digest, asked, expires) SELECT run, place, 9, request, digest, asked, expires FROM approvals WHERE run = 2", "an approval was added"},
		"a subject is missing":   {fmt.Sprintf("DELETE FROM subjects WHERE write = %d AND text = 'ada'", first+1), "the texts by which it is found"},
		"a subject was added":    {fmt.Sprintf("INSERT INTO subjects (text, write) VALUES ('bob', %d)", first+3), "the texts by which it is found"},
		"a subject was changed":  {fmt.Sprintf("UPDATE subjects SET text = 'bob' WHERE write = %d AND text = 'grace'", first+2), "the texts by which it is found"},
		"a value is missing":     {"DELETE FROM blobs WHERE run = 2", "its before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := differs(t, chained(t, Config{}), test.query); !strings.Contains(got.What, test.want) {
				t.Errorf("got %+v", got)
			}
		})
	}
	s := chained(t, Config{})
	got := differs(t, s, fmt.Sprintf("UPDATE writes SET target = 'bob' WHERE id = %d", first+2))
	if got.Card != "fake.set" || got.Step != "s[0]" || got.What != "the write was changed: what was asked for, or the state before it" {
		t.Errorf("got %+v", got)
	}
	if v, err := s.Verify(t.Context(), "r0"); err != nil || v.Problem != nil {
		t.Errorf("another run: got %+v, %v", v.Problem, err)
	}
}

func TestAChainWithAKeyIsVerifiedAndMadeWithIt(t *testing.T) {
	t.Parallel()
	s := chained(t, Config{Keyed: true, Key: key("a passphrase of an auditor")})
	if v := fits(t, s); !v.Chain.Keyed {
		t.Errorf("got %+v", v)
	}
	waiting := create(t, s, "r9")
	asked, err := waiting.Asks(engine.Place{}.Step("a"), Question{Ask: engine.Approval{Prompt: "suspend?", For: time.Hour}})
	must(t, err)
	for _, c := range []Config{{}, {Keyed: true, Key: key("another passphrase")}} {
		c.State = s.config.State
		if _, err := open(t, c).Decide(t.Context(), asked, engine.Decision{Approved: true, By: "bob"}); err == nil || card.AsError(err).Code != "other_key" {
			t.Errorf("a decision with another key: got %v", err)
		}
		v, err := open(t, c).Verify(t.Context(), "r1")
		if err != nil || v.Problem == nil || !strings.Contains(v.Problem.What, "set FLOWDECK_KEY") {
			t.Errorf("got %+v, %v", v, err)
		}
	}
	for _, query := range []string{
		"DELETE FROM chain WHERE run = 2; DELETE FROM heads WHERE run = 2; UPDATE meta SET value = 9 WHERE name = 'unchained'",
		`DELETE FROM chain WHERE run = 2 AND nth > 1; UPDATE heads SET nth = 1 WHERE run = 2; DELETE FROM writes WHERE id > 2 << 32;
			DELETE FROM approvals; UPDATE runs SET status = 'running', owner = 'x', limits = NULL WHERE seq = 2`,
	} {
		differs(t, chained(t, s.config), query)
	}
	if got := differs(t, s, "UPDATE chain SET key = NULL WHERE run = 2"); !strings.Contains(got.What, "entry 1 of the chain was made without the key") {
		t.Errorf("got %+v", got)
	}
}

// A process with the key must not confirm what somebody without it has done before.
func TestAChangedRunThatGoesOnDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"UPDATE approvals SET state = 'approved', decider = 'eve', decided = 1",
		"UPDATE runs SET limits = '{}'",
		"UPDATE heads SET nth = 1; DELETE FROM chain WHERE nth > 1; DELETE FROM writes",
	} {
		s := open(t, Config{State: t.TempDir(), Keyed: true, Key: key("a passphrase of an auditor")})
		l := create(t, s, "r1")
		w := engine.Intent{Place: engine.Place{}.Step("s"), Attempt: 1, Card: "fake"}
		must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect}))
		asked := Question{Ask: engine.Approval{Prompt: "suspend?", For: time.Hour}}
		_, err := l.Asks(engine.Place{}.Step("a"), asked)
		must(t, err, l.Finish(Paused, "", []byte(`{}`)), l.Release())
		fits(t, s)
		_, err = s.db.Exec(query)
		must(t, err)
		l = take(t, s, "r1")
		a, err := l.Asks(engine.Place{}.Step("a"), asked)
		must(t, err)
		if err := l.Use(a); err == nil || card.AsError(err).Code != "forged" {
			t.Errorf("%s: use: got %v", query, err)
		}
		must(t, l.Finish(engine.Succeeded, "", []byte(`{}`)), l.Release())
		if v, err := s.Verify(t.Context(), "r1"); err != nil || v.Problem == nil {
			t.Errorf("%s: got %+v, %v", query, v, err)
		}
	}
}

func TestARunThatGoesOnOrWasKilledIsVerified(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	w := engine.Intent{Place: engine.Place{}.Step("s"), Attempt: 1, Card: "fake"}
	must(t, l.Begin(w))
	fits(t, s)
	s.kill()
	s = open(t, s.config)
	fits(t, s)
	l = take(t, s, "r1")
	must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Value: map[string]any{"changed": true}}), l.Flush())
	fits(t, s)
	var busy sync.WaitGroup
	busy.Go(func() { stream(t, l, 300, 4) })
	for range 20 { // a run is verified as it is at one time
		fits(t, s)
	}
	busy.Wait()
	must(t, l.Finish(engine.Succeeded, "", []byte(`{}`)), l.Release())
	fits(t, s)
}

func TestARunFromBeforeThereWereChainsHasNone(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	_, err := s.db.Exec("DELETE FROM chain; DELETE FROM heads; UPDATE meta SET value = 1 WHERE name = 'unchained'")
	must(t, err)
	w := engine.Intent{Place: engine.Place{}.Step("s"), Attempt: 1, Card: "fake"}
	must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect}), l.Finish(engine.Succeeded, "", []byte(`{}`)))
	if v, err := s.Verify(t.Context(), "r1"); err != nil || v.Chain != nil || v.Problem != nil {
		t.Errorf("got %+v, %v", v, err)
	}
}

// The state of a call is kept once, also if it has a secret, so that it is encrypted differently each time.
func TestTheStateBeforeACallIsStoredOnce(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir(), Veil: knowing(), Key: key("a passphrase of a machine")})
	l := started(t, s)
	for attempt := range 3 {
		before := card.State{Fields: map[string]any{"members": strings.Repeat("00u1", 500_000), "note": secrets[0]}}
		w := engine.Intent{Place: engine.Place{}.Step("s"), Attempt: attempt, Card: "fake", Before: before}
		must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Err: &card.Error{Kind: card.Unavailable, Message: "busy"}}))
	}
	must(t, l.Flush())
	var n int
	must(t, s.db.QueryRow("SELECT count(*) FROM blobs").Scan(&n))
	all, err := s.Writes(t.Context(), "r1", Page{})
	if err != nil || n != 1 || len(all) != 3 || all[2].Before.Fields["note"] != card.Hidden || len(all[2].Before.Fields["members"].(string)) != 2_000_000 {
		t.Errorf("%d blobs, %d writes, %v", n, len(all), err)
	}
	if found := s.search(t, secrets[0]); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
