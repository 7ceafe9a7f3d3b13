package engine

import (
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
func (l Loop) records(f *frame, at Place, to *Reading, pages pageReader) recordReader {
	return func(rt Runtime, cursor card.Cursor) (Batch, error) {
		page, err := pages(rt, cursor)
		if err != nil {
			return Batch{}, err
		}
		batch := Batch{Records: make([]Record, len(page.Items)), Items: len(page.Items), Next: page.Next}
		keys := l.keys(f, rt, at)
		turns := make(map[string]int, len(page.Items))
		bytes, from := 0, to.At
		for i, item := range page.Items {
			key, err := keys(item, from.Index+i)
			if bytes += len(key); bytes > maxKeyBytes {
				return Batch{}, tooLarge("use a short value that identifies the record, or sha256() of it", "the keys of these records", maxKeyBytes)
			}
			batch.Records[i] = Record{Place: at.Record(from.Page, key, turns[key]), Index: from.Index + i, Value: item, Err: err}
			turns[key]++
		}
		to.At = Position{Cursor: page.Next, Page: from.Page + 1, Index: from.Index + len(page.Items)}
		return batch, nil
	}
}

// whole returns a reader that fails on a list that the service does not return as a whole, unless the records that start come
// before its end. most is the maximum number of records; 0 means all.
func (l Loop) whole(at Place, to *Reading, pages pageReader, most int) pageReader {
	return func(rt Runtime, cursor card.Cursor) (card.Page, error) {
		page, err := pages(rt, cursor)
		if err == nil && page.Cut != nil && (most == 0 || to.At.Index+len(page.Items) < most) {
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

// CodeNoRecord is the code of the error of a loop that lacks a record which a person picked by its key.
const CodeNoRecord = "no_record"

// missed returns the error of keys that no record has.
func (w Wanted) missed(at Place, keys []string) error {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	hint := "the list has no other records"
	switch {
	case w.Drops == 1:
		hint = "the list has another record, with the key " + strconv.Quote(w.Other)
	case w.Drops > 1:
		hint = fmt.Sprintf("the list has %d other records, with keys such as %q", w.Drops, w.Other)
	}
	return &card.Error{Kind: card.Invalid, Code: CodeNoRecord, Hint: hint, Message: "no record of " + at.Name() + " has the key " + words.Or(quoted)}
}

// picked returns a reader that leaves out records: those that are not wanted, except if their key cannot be computed, and those
// that an earlier run has done.
func (r *Reading) picked(read recordReader) recordReader {
	return func(rt Runtime, at card.Cursor) (Batch, error) {
		batch, err := read(rt, at)
		if len(r.Wanted.Found) > 0 {
			batch.Records = slices.DeleteFunc(batch.Records, r.Wanted.drops)
		}
		if len(r.Left) > 0 {
			batch.Records = slices.DeleteFunc(batch.Records, r.skips)
		}
		return batch, err
	}
}

// counted returns a reader that also reports the number of records that will start, as soon as it is known. It must be
// called with the cursors in order. most is the maximum number of records; 0 means all.
func (r *Reading) counted(read recordReader, at Place, most int) recordReader {
	return func(rt Runtime, cursor card.Cursor) (Batch, error) {
		batch, err := read(rt, cursor)
		r.Records += len(batch.Records)
		enough := most > 0 && r.Records >= most
		if enough {
			r.Records = most
		}
		if err == nil && !r.Counted && (enough || batch.Next == "") {
			r.Counted = true
			rt.Emit(Event{Kind: Counted, Place: at, Total: r.Records})
		}
		return batch, err
	}
}
