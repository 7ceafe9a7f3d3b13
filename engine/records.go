package engine

import (
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// A page becomes records where it is read, one page after the other: only there is it known which records of a page
// have equal keys, and so which place each has.

type (
	pageReader   = func(Runtime, card.Cursor) (card.Page, error)
	recordReader = func(Runtime, card.Cursor) (Batch, error)
)

// records reads pages as records. It must be called with the cursors in their order.
func (l Loop) records(f *frame, at Place, pages pageReader) recordReader {
	index, number := 0, 0
	return func(rt Runtime, cursor card.Cursor) (Batch, error) {
		page, err := pages(rt, cursor)
		if err != nil {
			return Batch{}, err
		}
		batch := Batch{Records: make([]Record, len(page.Items)), Next: page.Next}
		keys := l.keys(f, rt, at)
		turns := make(map[string]int, len(page.Items))
		for i, item := range page.Items {
			key, err := keys(item, index)
			batch.Records[i] = Record{Place: at.Record(number, key, turns[key]), Index: index, Value: item, Err: err}
			turns[key]++
			index++
		}
		number++
		return batch, nil
	}
}

// keys names records: by Key, else by the field that identifies a record of the list card, else by the place in the
// list. That is also the name of a record whose key is nil or cannot be computed.
func (l Loop) keys(f *frame, rt Runtime, at Place) func(record Value, index int) (string, error) {
	if l.Key != nil {
		g := f.inner(rt, at)
		return func(record Value, index int) (string, error) {
			l.bind(g, record, index)
			v, err := l.Key.eval(g, at.Step("key").Round(index))
			if _, unknown := v.(expr.Unknown); err != nil || unknown || v == nil { // a dry run does without the key
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

// only leaves of each page the records with a key, and those whose key cannot be computed, which fail.
func only(key string, read recordReader) recordReader {
	return func(rt Runtime, at card.Cursor) (Batch, error) {
		batch, err := read(rt, at)
		kept := Batch{Next: batch.Next}
		for _, r := range batch.Records {
			if r.Err != nil || r.Place.Key() == key {
				kept.Records = append(kept.Records, r)
			}
		}
		return kept, err
	}
}

// counted is read, and reports how many records will start as soon as that is known. It must be called with
// the cursors in their order; most may be 0 for all.
func counted(read recordReader, at Place, most int) recordReader {
	total, reported := 0, false
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
