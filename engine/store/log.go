package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Log is the journal of a run that this process owns.
type Log struct {
	store   *Store
	id      string
	seq     int64
	fence   int64
	resumed bool
	ended   time.Time // of a run that ran elsewhere; zero for another one
	// answered counts the approvals of a run that ran elsewhere, by place.
	answered map[string]int
	lease    *lease
	control  chan Control
	key      chainKey
	places   sync.Map // places of records that are open, as they are kept, by ID

	mu     sync.Mutex
	broken error // nil: entries can be kept

	// The rest belongs to the writer.
	entries int64            // number of the last effect
	writes  int64            // id of the last write
	asides  map[string]int64 // ids of writes that are Aside, by place and attempt
	calls   calls
	streams map[string]int64    // ids of streams by place
	opening map[string]opening  // the records that the transaction has still to insert, by place
	inside  map[string]bool     // the scopes that have rows in effects, by place
	people  map[string][]string // the texts by which open records are known that are people, by place
	counts  counts
	tail    tail // of the chain, in this transaction
}

var _ engine.Journal = (*Log)(nil)

// ID returns the id of the run.
func (l *Log) ID() string { return l.id }

// fail breaks the journal: later calls return err.
func (l *Log) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = err
	}
}

// Err returns the error that broke the journal; nil if entries can be kept.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// holds returns an error if another process has taken over the run.
func (l *Log) holds(tx *tx) error {
	if err := l.Err(); err != nil {
		return err
	}
	var fence int64
	err := tx.row("SELECT fence FROM runs WHERE seq = ?", []any{l.seq}, &fence)
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && fence != l.fence:
		return errTaken(l.id)
	case err != nil:
		return l.store.failure(err)
	}
	return nil
}

// pack encodes a value. If it cannot be kept, the journal is broken.
func (l *Log) pack(row string, value any) (payload, error) {
	p, err := l.store.pack(row, value)
	if err != nil {
		l.fail(err)
	}
	return p, err
}

// put queues an entry.
func (l *Log) put(size int, apply func(*tx) error) error {
	if err := l.Err(); err != nil {
		return err
	}
	return l.store.writer.put(&entry{log: l, apply: apply, size: size + 100})
}

// commit queues an entry and waits for its commit, which includes all that was queued before.
func (l *Log) commit(size int, apply func(*tx) error) error {
	if err := l.Err(); err != nil {
		return err
	}
	return l.store.writer.wait(context.Background(), &entry{log: l, apply: apply, size: size + 100})
}

// Flush makes everything that was added durable.
func (l *Log) Flush() error { return l.commit(0, func(*tx) error { return nil }) }

// Add implements engine.Journal.
func (l *Log) Add(_ engine.Place, effects ...engine.Effect) error {
	for _, e := range effects {
		at := l.place(e.Place)
		p, err := l.pack(l.aad("effect", at, string(e.Kind), e.Nth), engine.EffectJSON{Effect: bare(e)})
		if err != nil {
			return err
		}
		if err := l.put(p.size(), func(tx *tx) error {
			l.entries++
			if err := p.keep(tx, l.seq); err != nil {
				return err
			}
			if err := tx.exec("INSERT OR REPLACE INTO effects (run, place, kind, nth, seq, payload) VALUES (?, ?, ?, ?, ?, ?)",
				l.seq, at, string(e.Kind), e.Nth, l.entries, p.row); err != nil {
				return err
			}
			l.inside[innerRecord(at)] = true
			if e.Kind == engine.StreamEffect {
				return l.forgetStream(tx, at)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// bare returns an effect without the fields that have columns.
func bare(e engine.Effect) engine.Effect {
	e.Kind, e.Place, e.Nth = "", engine.Place{}, 0
	return e
}

// split splits the place of a record into those of its stream and the rest.
func split(record string) (stream, part string) {
	i := strings.LastIndexByte(record, '/')
	return record[:max(i, 0)], record[i+1:]
}

// over is the page of a stream that has ended.
const over = -1

// stream returns the id of a stream, and creates it if it does not exist.
func (l *Log) stream(tx *tx, at string) (int64, error) {
	if id := l.streams[at]; id != 0 {
		return id, nil
	}
	var id int64
	err := tx.row("INSERT INTO streams (run, place) VALUES (?, ?) ON CONFLICT DO UPDATE SET run = run RETURNING id", []any{l.seq, at}, &id)
	l.streams[at] = id
	return id, err
}

// Begin implements engine.Journal.
func (l *Log) Begin(i engine.Intent) error {
	w, err := l.newWrite(i)
	if err != nil {
		return err
	}
	return l.commit(w.in.size()+w.before.size(), w.begin)
}

// End implements engine.Journal.
func (l *Log) End(i engine.Intent, e engine.Effect) error {
	w, err := l.newResult(i, e)
	if err != nil {
		return err
	}
	return l.put(w.out.size(), w.end)
}
