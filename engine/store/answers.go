package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Respond keeps the answer of the run to the request that started it. When it returns, the answer is durable. It does nothing if the run has
// answered at this place, and returns an error if it has answered at another one.
func (l *Log) Respond(at engine.Place, r engine.Response) error {
	place := l.place(at)
	p, err := l.store.pack(l.aad("answer", place, "", 0), r)
	if err != nil {
		return err
	}
	if p.hasSecrets() && !l.store.KeepsSecrets() {
		return invalid(card.Unavailable, "no_key", "the answer has a secret, and there is no key to keep it until it is sent", "start the server with FLOWDECK_KEY")
	}
	var before string
	if err := l.commit(p.size(), func(tx *tx) error {
		if err := tx.row("SELECT answered FROM runs WHERE seq = ?", []any{l.seq}, &before); err != nil || before != "" {
			return err
		}
		if err := p.keep(tx, l.seq); err != nil {
			return err
		}
		return tx.exec("UPDATE runs SET answered = ?, answer = ? WHERE seq = ?", place, p.row, l.seq)
	}); err != nil {
		return err
	}
	if before != "" && before != place {
		return engine.RespondedBefore(before)
	}
	return nil
}

// Response returns the answer of a run to the request that started it, with its secrets; nil if it has not answered.
func (s *Store) Response(ctx context.Context, run string) (*engine.Response, error) {
	var seq int64
	var place string
	var data []byte
	err := s.db.QueryRowContext(ctx, "SELECT seq, answered, answer FROM runs WHERE id = ?", run).Scan(&seq, &place, &data)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && place == "":
		return nil, nil
	case err != nil:
		return nil, s.failure(err)
	}
	var r engine.Response
	if err := (reader{store: s, run: seq}).read(aad(run, "answer", place, "", 0), data, &r); err != nil {
		return nil, err
	}
	return &r, nil
}
