package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Pages become records where they are read, in order. Only there it is known which records of a page have the same key,
// and so which place each record has.

type (
	pageReader   = func(Runtime, card.Cursor) (card.Page, error)
	recordReader = func(Runtime, card.Cursor) (Batch, error)
)

// records returns a reader that turns pages into records. It must be called with the cursors in order.
func (l Loop) records(f *frame, at Place, from Position, pages pageReader) recordReader {
	index, number := from.Index, from.Page
	return func(rt Runtime, cursor card.Cursor) (Batch, error) {
		page, err := pages(rt, cursor)
		if err != nil {
			return Batch{}, err
		}
		batch := Batch{Records: make([]Record, len(page.Items)), Items: len(page.Items), Next: page.Next}
		keys := l.keys(f, rt, at)
		turns := make(map[string]int, len(page.Items))
		bytes := 0
		for i, item := range page.Items {
			key, err := keys(item, index)
			if bytes += len(key); bytes > maxKeyBytes {
				return Batch{}, tooLarge("use a short value that identifies the record, or sha256() of it", "the keys of these records", maxKeyBytes)
			}
			batch.Records[i] = Record{Place: at.Record(number, key, turns[key]), Index: index, Value: item, Err: err}
			turns[key]++
			index++
		}
		number++
		return batch, nil
	}
}

// whole returns a reader that fails on a list that the service does not return as a whole, unless the records that start come
// before its end. most is the maximum number of records; 0 means all.
func (l Loop) whole(at Place, pages pageReader, from Position, most int) pageReader {
	total := from.Index
	return func(rt Runtime, cursor card.Cursor) (card.Page, error) {
		page, err := pages(rt, cursor)
		if total += len(page.Items); err == nil && page.Cut != nil && (most == 0 || total < most) {
			return card.Page{}, l.Source.failure(at, 0, page.Cut)
		}
		return page, err
	}
}

// keys returns a function that names records: by the value of Key, else by the field that identifies a record of the
// list card, else by the index in the list. A record whose key is nil or cannot be computed is also named by its index.
func (l Loop) keys(f *frame, rt Runtime, at Place) func(record Value, index int) (string, error) {
	if l.Key != nil {
		g := f.inner(rt, at)
		return func(record Value, index int) (string, error) {
			l.show(g, record, index)
			v, err := l.Key.eval(g, at.Step("key").Round(index))
			if u, unknown := v.(expr.Unknown); unknown && len(f.pick(at).Only) > 0 { // it may be the record
				err = placed(undecidable(u), l.Key.At(0))
			} else if unknown { // use the index
				v = nil
			}
			if err != nil || v == nil {
				return strconv.Itoa(index), err
			}
			return Words(v), nil
		}
	}
	field := l.Source.Card.Key
	return func(record Value, index int) (string, error) {
		if fields, ok := record.(map[string]any); ok && field != "" {
			if key, ok := fields[field].(string); ok && key != "" {
				return key, nil
			}
		}
		return strconv.Itoa(index), nil
	}
}

// wanted are the keys of the records that a person picked.
type wanted struct {
	keys  []string
	found map[string]bool // by each key
	any   bool            // a record may have any of the keys
	other string          // the key of the first record that was dropped
	drops int             // the number of these records
}

func newWanted(keys []string) *wanted {
	w := &wanted{keys: keys, found: make(map[string]bool, len(keys))}
	for _, key := range keys {
		w.found[key] = false
	}
	return w
}

// missing returns the keys that no record has.
func (w *wanted) missing() []string {
	if w.any {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(w.keys), func(key string) bool { return w.found[key] })
}

// CodeNoRecord is the code of the error of a loop that lacks a record which a person picked by its key.
const CodeNoRecord = "no_record"

// missed returns the error of keys that no record has.
func (w *wanted) missed(at Place, keys []string) error {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	hint := "the list has no other records"
	switch {
	case w.drops == 1:
		hint = "the list has another record, with the key " + strconv.Quote(w.other)
	case w.drops > 1:
		hint = fmt.Sprintf("the list has %d other records, with keys such as %q", w.drops, w.other)
	}
	return &card.Error{Kind: card.Invalid, Code: CodeNoRecord, Hint: hint, Message: "no record of " + at.Name() + " has the key " + words.Or(quoted)}
}

// only returns a reader that drops all records except those with these keys and those whose key cannot be computed.
func (w *wanted) only(read recordReader) recordReader {
	return func(rt Runtime, at card.Cursor) (Batch, error) {
		batch, err := read(rt, at)
		kept := Batch{Items: batch.Items, Next: batch.Next}
		for _, r := range batch.Records {
			key := r.Place.Key()
			_, known := w.found[key]
			switch {
			case r.Err == nil && known:
				w.found[key] = true
			case errors.Is(r.Err, errUndecidable): // it may have any of the keys
				w.any = true
			case r.Err != nil: // its key cannot be computed, so it fails
			default:
				if w.drops++; w.drops == 1 {
					w.other = key
				}
				continue
			}
			kept.Records = append(kept.Records, r)
		}
		return kept, err
	}
}

// without returns a reader that leaves out records with these keys.
func without(keys []string, read recordReader) recordReader {
	left := make(map[string]int, len(keys))
	for _, key := range keys {
		left[key]++
	}
	return func(rt Runtime, at card.Cursor) (Batch, error) {
		batch, err := read(rt, at)
		batch.Records = slices.DeleteFunc(batch.Records, func(r Record) bool {
			if r.Err != nil || left[r.Place.Key()] == 0 {
				return false
			}
			left[r.Place.Key()]--
			return true
		})
		return batch, err
	}
}

// counted returns a reader that also reports the number of records that will start, as soon as it is known. It must be
// called with the cursors in order. most is the maximum number of records; 0 means all.
func counted(read recordReader, at Place, from Position, most int) recordReader {
	total, reported := from.Index, false
	return func(rt Runtime, cursor card.Cursor) (Batch, error) {
		batch, err := read(rt, cursor)
		total += len(batch.Records)
		enough := most > 0 && total >= most
		if enough {
			total = most
		}
		if err == nil && !reported && (enough || batch.Next == "") {
			reported = true
			rt.Emit(Event{Kind: Counted, Place: at, Total: total})
		}
		return batch, err
	}
}
