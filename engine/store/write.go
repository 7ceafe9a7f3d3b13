package store

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// write is a write to begin or to end.
type write struct {
	log      *Log
	intent   engine.Intent
	scope    string
	at       string
	target   string
	time     int64
	times    int // how often it was begun
	subjects []string
	about    []string // those that its inputs name
	in, out  payload
	before   payload       // empty if no state was read
	result   engine.Effect // of the end, without its answer
}

func (l *Log) newWrite(i engine.Intent) (*write, error) {
	w := &write{log: l, intent: i, scope: l.place(i.Place.InnerRecord()), at: l.place(i.Place), target: l.hidden(i.Target), time: l.store.now(), times: 1}
	w.subjects, w.about = l.subjects(i), l.searchable(append(strings.Split(i.Target, targetMark), textsIn(i.In)...))
	var err error
	if w.in, err = l.pack(l.aad("write", w.at, "in", i.Attempt), engine.ValueJSON{Value: i.In}); err != nil {
		return nil, err
	}
	if !i.Before.IsZero() {
		w.before, err = l.pack(beforeRow(l.id, w.at), engine.StateJSON{State: i.Before})
	}
	w.intent.In, w.intent.Before = nil, card.State{}
	return w, err
}

// beforeRow identifies the state before a call. All of its attempts have the same one.
func beforeRow(run, place string) string { return aad(run, "write", place, "before", 0) }

func (l *Log) newResult(i engine.Intent, e engine.Effect) (*write, error) {
	w := &write{log: l, intent: i, scope: l.place(i.Place.InnerRecord()), at: l.place(i.Place), time: l.store.now()}
	w.subjects = l.searchable(textsInAnswer(e.Value))
	if e.Err == nil {
		w.subjects = append(w.subjects, l.pairs(i.In, e.Value)...)
	}
	w.result = engine.Effect{Value: map[string]any{"changed": card.Changed(e.Value)}, Err: e.Err}
	var err error
	w.out, err = l.pack(l.aad("write", w.at, "out", i.Attempt), engine.EffectJSON{Effect: bare(e)})
	w.intent.In, w.intent.Before = nil, card.State{}
	return w, err
}

func (w *write) aside() string { return w.at + " " + strconv.Itoa(w.intent.Attempt) }

// begin writes the row.
func (w *write) begin(tx *tx) error {
	l := w.log
	if err := w.in.keep(tx, l.seq); err != nil {
		return err
	}
	if !w.intent.Aside {
		call := l.calls.at(w.scope, w.at, w.intent.Card)
		known := call.find(w.intent.Attempt)
		a := attempt{nth: w.intent.Attempt, result: unanswered}
		again := known != nil
		if again {
			a.id = known.id
			call.attempts = slices.DeleteFunc(call.attempts, func(b attempt) bool { // what was certainly not done leaves no doubt
				return b.id == a.id && (w.intent.Undone || !engine.MayHaveChanged(b.result.Err))
			})
		} else {
			l.writes++
			a.id = l.writes
		}
		for range w.times - 1 {
			call.attempts = append(call.attempts, a)
		}
		call.attempts = append(call.attempts, a)
		if again {
			return w.again(tx, a.id, call.times(a.id))
		}
		if call.before != nil { // an earlier attempt has it
			w.before = payload{row: call.before}
		}
		call.before = w.before.row
	} else {
		l.writes++
		l.asides[w.aside()] = l.writes
	}
	id := l.writes
	if err := w.before.keep(tx, l.seq); err != nil {
		return err
	}
	w.subjects = append(w.subjects, w.person()...)
	texts, err := w.find(tx, id)
	if err != nil {
		return err
	}
	if err := tx.exec(`INSERT INTO writes (id, place, attempt, card, connection, target, began, times, aside, destroys, input, before, texts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, w.at, w.intent.Attempt, w.intent.Card, w.intent.Connection, w.target, w.time, w.times, w.intent.Aside, w.intent.Destroys, w.in.row, w.before.row, texts); err != nil {
		return err
	}
	if err := l.link(tx, beginLink, id); err != nil || w.intent.Aside {
		return err
	}
	l.calls.at(w.scope, w.at, w.intent.Card).find(w.intent.Attempt).subjects = w.subjects
	if _, first := l.opening[w.scope]; first {
		return l.insert(tx, w.scope, id)
	}
	l.entries++
	l.inside[w.scope] = true
	return tx.exec("INSERT OR REPLACE INTO effects (run, place, kind, nth, seq, write) VALUES (?, ?, ?, ?, ?, ?)",
		l.seq, w.at, string(engine.CallEffect), w.intent.Attempt, l.entries, id)
}

// again writes that a write was begun again, after a process ended before the answer arrived, or before the write was sent.
func (w *write) again(tx *tx, id int64, times int) error {
	if err := tx.exec("UPDATE writes SET began = ?, times = ?, ended = 0, seq = NULL, changed = 0, doubt = 1, settled = NULL, target = ?, input = ?, result = NULL WHERE id = ?",
		w.time, times, w.target, w.in.row, id); err != nil {
		return err
	}
	if err := errors.Join(w.log.link(tx, beginLink, id), w.log.link(tx, clearLink, id)); err != nil {
		return err
	}
	w.log.entries++
	return tx.exec("UPDATE effects SET seq = ? WHERE run = ? AND place = ? AND kind = ? AND nth = ?",
		w.log.entries, w.log.seq, w.at, string(engine.CallEffect), w.intent.Attempt)
}

// end writes the result.
func (w *write) end(tx *tx) error {
	l := w.log
	if err := w.out.keep(tx, l.seq); err != nil {
		return err
	}
	call := &call{card: w.intent.Card, attempts: []attempt{{nth: w.intent.Attempt, id: l.asides[w.aside()]}}}
	if !w.intent.Aside {
		call = l.calls.at(w.scope, w.at, w.intent.Card)
	}
	a := call.find(w.intent.Attempt)
	if a == nil || a.id == 0 { // it was not begun: nothing can be known of it
		return nil
	}
	a.result = w.result
	before := call.attempts[:slices.IndexFunc(call.attempts, func(b attempt) bool { return b.nth == a.nth })]
	for _, b := range before { // the last attempt shows whether the call is in doubt
		n, err := tx.change("UPDATE writes SET doubt = 0 WHERE id = ? AND doubt = 1", b.id)
		if err == nil && n > 0 {
			err = l.link(tx, clearLink, b.id)
		}
		if err != nil {
			return err
		}
	}
	w.subjects = slices.DeleteFunc(w.subjects, func(text string) bool { return slices.Contains(a.subjects, text) })
	var texts []byte
	if len(w.subjects) > 0 {
		var err error
		if texts, err = w.find(tx, a.id); err != nil {
			return err
		}
	}
	l.entries++
	if err := tx.exec("UPDATE writes SET ended = ?, seq = ?, changed = ?, doubt = ?, result = ?, all_texts = ? WHERE id = ?",
		w.time, l.entries, engine.DidChange(w.result.Value, w.result.Err), call.count().InDoubt > 0, w.out.row, texts, a.id); err != nil {
		return err
	}
	return l.link(tx, endLink, a.id)
}

// find makes the write be found by its subjects. It returns the hash of all that it has.
func (w *write) find(tx *tx, id int64) ([]byte, error) {
	if len(w.subjects) > 0 {
		list, err := json.Marshal(w.subjects)
		if err != nil {
			return nil, err
		}
		if err := tx.exec("INSERT OR IGNORE INTO subjects (text, write) SELECT value, ? FROM json_each(?)", id, string(list)); err != nil {
			return nil, err
		}
	}
	var all string
	err := tx.row("SELECT "+subjectsOf("?"), []any{id}, &all)
	return hashOf(all), err
}

// subjectsOf returns the SQL for all subjects of a write, as one text.
func subjectsOf(write string) string {
	return "(SELECT coalesce(group_concat(quote(text)), '') FROM (SELECT text FROM subjects WHERE write = " + write + " ORDER BY text))"
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
