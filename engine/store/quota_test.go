package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

// quotaOf returns the column of a run.
func quotaOf(t *testing.T, s *Store, run string) (quota string) {
	t.Helper()
	must(t, s.db.QueryRowContext(t.Context(), "SELECT quota FROM runs WHERE id = ?", run).Scan(&quota))
	return quota
}

func TestTheValueOfAQuotaCannotBeGuessedAndIsRemovedAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"with a key": "key", "without": ""} {
		state := t.TempDir()
		config := func(key string) Config {
			return Config{State: state, Key: func() ([]byte, error) { return []byte(key), nil }}
		}
		s, other := open(t, config(key)), open(t, config(key))
		value := `limited "4711"`
		sum := sha256.Sum256([]byte(`"4711"`))
		var logs []*Log
		for i, in := range []*Store{s, other} {
			l, err := in.Create(context.Background(), Run{ID: []string{"r1", "r2"}[i], Flow: "limited", Quota: value})
			must(t, err)
			logs = append(logs, l)
		}
		first, second := quotaOf(t, s, "r1"), quotaOf(t, s, "r2")
		if first == "" || first != second || strings.Contains(first, "4711") || strings.Contains(first, hex.EncodeToString(sum[:16])) {
			t.Errorf("%s: got %q and %q", name, first, second)
		}
		if key != "" {
			var salts int
			must(t, s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM meta WHERE name = 'plain_salt'").Scan(&salts))
			if salts > 0 {
				t.Errorf("%s: the database has what a guess needs", name)
			}
		}
		must(t, logs[0].Finish(engine.Succeeded, "", nil), logs[1].Finish(Paused, "", nil))
		if ended, paused := quotaOf(t, s, "r1"), quotaOf(t, s, "r2"); ended != "" || paused != first {
			t.Errorf("%s: after the end got %q, paused %q", name, ended, paused)
		}
	}
}

func TestAWriteWithoutItsRunDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	p := &people{t: t, store: open(t, Config{State: t.TempDir()})}
	p.does("suspended", "", map[string]any{"user_id": "00u1"}, nil)
	must(t, p.store.write(t.Context(), func(tx *tx) error {
		if err := tx.exec("INSERT INTO writes (id, place, attempt, card, connection, target, began) VALUES (?, 'x', 0, 'c', '', '', 1)", int64(99)<<32); err != nil {
			return err
		}
		return tx.exec("INSERT INTO subjects (text, write) VALUES ('00u1', ?)", int64(99)<<32)
	}))
	if got := p.of("00u1"); len(got) != 1 || got[0] != "suspended" {
		t.Errorf("got %q", got)
	}
}
