package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Hook is an event hook that servers keep in a service for a trigger of a flow. Its secret is not kept.
type Hook struct {
	ID         int64 // in the database; 0: it is new
	Connection string
	Org        string // to which Connection led; empty: it is not known yet
	Flow       string
	Trigger    string // its ID
	Hook       string // the id in the service; empty: there is none yet
	URL        string
	Headers    []string // the names of the headers that the service sends, sorted
	Proof      string   // of what it sends: see HookProof
	Status     card.HookStatus
	Problem    string    // why it is not as wanted; empty if it is
	Seen       time.Time // when Status and Problem were found; set by SetHook
	Retired    time.Time // when another hook took its place; zero: none did
}

// Hooks returns all hooks, in the order in which they were added.
func (s *Store) Hooks(ctx context.Context) (all []Hook, err error) {
	const query = "SELECT id, connection, org, flow, trigger, hook, url, headers, proof, status, problem, seen, retired FROM hooks ORDER BY id"
	err = s.each(ctx, query, nil, func(rows *sql.Rows) error {
		var h Hook
		var headers string
		var seen, retired int64
		err := rows.Scan(&h.ID, &h.Connection, &h.Org, &h.Flow, &h.Trigger, &h.Hook, &h.URL, &headers, &h.Proof, &h.Status, &h.Problem, &seen, &retired)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(headers), &h.Headers); err != nil {
			return s.damaged()
		}
		h.Seen, h.Retired = fromMicro(seen), fromMicro(retired)
		all = append(all, h)
		return nil
	})
	return all, err
}

// SetHook adds a hook, or changes the one with its ID. It sets ID and Seen. If as is not nil, this process must still lead.
func (s *Store) SetHook(ctx context.Context, as *Leadership, h *Hook) error {
	headers, err := json.Marshal(h.Headers)
	if err != nil { // a list of texts
		return err
	}
	seen := s.now()
	h.Seen, h.Problem = time.UnixMicro(seen), s.config.Veil.String(h.Problem)
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		id := sql.NullInt64{Int64: h.ID, Valid: h.ID != 0}
		return tx.row(`INSERT OR REPLACE INTO hooks (id, connection, org, flow, trigger, hook, url, headers, proof, status, problem, seen, retired)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			[]any{id, h.Connection, h.Org, h.Flow, h.Trigger, h.Hook, h.URL, string(headers), h.Proof, string(h.Status), h.Problem, seen, toMicro(h.Retired)}, &h.ID)
	})
}

// RemoveHook removes a hook. If as is not nil, this process must still lead.
func (s *Store) RemoveHook(ctx context.Context, as *Leadership, id int64) error {
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("DELETE FROM hooks WHERE id = ?", id)
	})
}

// HookProof returns a digest of a secret and of headers, whose names are the same in upper and lower case. Nobody can check a guess without the key of the
// database; without a key, the database itself is enough.
func (s *Store) HookProof(secret card.Secret, headers map[string]string) (string, error) {
	sent := map[string]string{}
	for name, value := range headers {
		sent[strings.ToLower(name)] = value
	}
	text := fmt.Sprintf("%q", secret.Reveal())
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		text += fmt.Sprintf(" %q %q", name, sent[name])
	}
	return s.keys.digest("hook", text)
}
