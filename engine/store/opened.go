package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// opened is a record that has not ended, as JSON: with what it read before it was opened, in the order in which it was read.
type opened struct {
	Value   engine.ValueJSON
	Err     engine.ErrorJSON
	Effects []early
}

// early is an effect of a record from before it was opened. At is its place in the record: "/step".
type early struct {
	At     string
	Kind   engine.EffectKind
	Nth    int
	Effect engine.EffectJSON
}

// newOpened returns a record for a row.
func newOpened(r engine.Record, effects []engine.Effect) opened {
	o := opened{Value: engine.ValueJSON{Value: r.Value}, Err: engine.ErrorJSON{Err: r.Err}}
	at := r.Place.ID()
	for _, e := range effects {
		o.Effects = append(o.Effects, early{strings.TrimPrefix(e.Place.ID(), at), e.Kind, e.Nth, engine.EffectJSON{Effect: bare(e)}})
	}
	return o
}

// MarshalJSON encodes the record. What json.Marshal would look at twice, the values, is put together here.
func (o opened) MarshalJSON() ([]byte, error) {
	value, err := o.Value.MarshalJSON()
	if err != nil {
		return nil, err
	}
	text := slices.Concat([]byte(`{"Value":`), value)
	if o.Err.Err != nil {
		failure, err := json.Marshal(o.Err)
		if err != nil {
			return nil, err
		}
		text = slices.Concat(text, []byte(`,"Err":`), failure)
	}
	for i, e := range o.Effects {
		head, err := json.Marshal(struct {
			At   string
			Kind engine.EffectKind
			Nth  int
		}{e.At, e.Kind, e.Nth})
		if err != nil {
			return nil, err
		}
		effect, err := e.Effect.MarshalJSON()
		if err != nil {
			return nil, err
		}
		before := `,`
		if i == 0 {
			before = `,"Effects":[`
		}
		text = slices.Concat(text, []byte(before), head[:len(head)-1], []byte(`,"Effect":`), effect, []byte(`}`))
	}
	if len(o.Effects) > 0 {
		text = append(text, ']')
	}
	return append(text, '}'), nil
}

// opening is a record that is about to be inserted.
type opening struct {
	stream string
	page   int
	part   string
	index  int
	packed payload
}

// Open implements engine.Journal. The row is inserted with that of the record's first write, which mostly follows at once.
func (l *Log) Open(r engine.Record, effects ...engine.Effect) error {
	at := l.place(r.Place)
	l.places.Store(r.Place.ID(), at)
	stream, part := split(at)
	who := l.searchable(person(r.Value))
	p, err := l.pack(l.aad("record", stream, part, 0), newOpened(r, effects))
	if err != nil {
		return err
	}
	return l.put(p.size(), func(*tx) error {
		if len(who) > 0 {
			l.people[at] = who
		}
		if _, known := l.opening[at]; !known {
			l.opening[at] = opening{stream, r.Place.Page(), part, r.Index, p}
		}
		return nil
	})
}

// early returns the effects of an open record from before it was opened, and the id of its first write if there is no row in effects
// for it.
func (l *Log) early(r reader, record engine.Place, at string) (effects []engine.Effect, first sql.NullInt64, err error) {
	stream, part := split(at)
	var data []byte
	err = l.store.db.QueryRow(`SELECT payload, write FROM records WHERE stream = (SELECT id FROM streams WHERE run = ? AND place = ?)
		AND page = ? AND part = ? AND status = ?`, l.seq, stream, record.Page(), part, string(Going)).Scan(&data, &first)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, first, nil
	} else if err != nil {
		return nil, first, l.store.failure(err)
	}
	var kept opened
	if err := r.readKept(aad(l.id, "record", stream, part, 0), data, &kept); err != nil {
		return nil, first, err
	}
	for _, one := range kept.Effects {
		e := one.Effect.Effect
		e.Kind, e.Nth = one.Kind, one.Nth
		if e.Place, err = r.place(l.id, at+one.At); err != nil {
			return nil, first, err
		}
		effects = append(effects, e)
	}
	return effects, first, nil
}

// insert inserts a record. write is the id of its first write; nil if it has none yet.
func (l *Log) insert(tx *tx, at string, write any) error {
	o := l.opening[at]
	delete(l.opening, at)
	id, err := l.stream(tx, o.stream)
	if err != nil {
		return err
	}
	if err := o.packed.keep(tx, l.seq); err != nil {
		return err
	}
	return tx.exec("INSERT OR IGNORE INTO records (stream, page, part, first, status, payload, write) VALUES (?, ?, ?, ?, ?, ?, ?)",
		id, o.page, o.part, o.index, string(Going), o.packed.row, write)
}

// complete writes what the entries of a transaction have left to its end.
func (l *Log) complete(tx *tx) error {
	for at := range l.opening {
		if err := l.insert(tx, at, nil); err != nil {
			return err
		}
	}
	l.tail = tail{} // others may append links, too
	return l.counts.write(tx, l.seq)
}
