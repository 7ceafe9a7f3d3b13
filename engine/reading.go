package engine

import (
	"errors"
	"maps"
	"slices"
)

// Reading is how far the list of a stream was read. It is data, so that another process can read on: see Plan.List.
type Reading struct {
	At      Position       // of the next page; its Cursor is empty at the end of the list, as at the start
	Records int            // that the pages so far had, without those that a Pick leaves out
	Counted bool           `json:",omitempty"` // the event Counted was sent
	Left    map[string]int `json:",omitempty"` // by the keys of Pick.Skip: how many records with the key are still left out
	Wanted  Wanted         `json:",omitzero"`
	Pages   Pages          `json:",omitzero"`
}

// Pages are those of a list that were read, to find one that never ends.
type Pages struct {
	Read  int      // the number of pages
	Seen  []uint64 `json:",omitempty"` // hashes of the cursors of the last ones, of which mostSeen are known
	Empty int      `json:",omitempty"` // how many of the last pages were empty
}

// mostSeen limits what a Reading takes: a list of a million records has thousands of cursors.
const mostSeen = 2048

// add adds the page with a cursor.
func (p *Pages) add(cursor uint64) {
	p.Read++
	if p.Seen = append(p.Seen, cursor); len(p.Seen) >= 2*mostSeen {
		p.Seen = slices.Clone(p.Seen[mostSeen:])
	}
}

// Wanted are the keys of the records that a person picked: Pick.Only.
type Wanted struct {
	Found map[string]bool `json:",omitempty"` // by each key
	Any   bool            `json:",omitempty"` // a record may have any of the keys
	Other string          `json:",omitempty"` // the key of the first record that was dropped
	Drops int             `json:",omitempty"` // the number of these records
}

// reading returns the Reading of a list that is read from its start.
func (p Pick) reading() *Reading {
	r := &Reading{}
	if len(p.Skip) > 0 {
		r.Left = make(map[string]int, len(p.Skip))
		for _, key := range p.Skip {
			r.Left[key]++
		}
	}
	if len(p.Only) > 0 {
		r.Wanted.Found = make(map[string]bool, len(p.Only))
		for _, key := range p.Only {
			r.Wanted.Found[key] = false
		}
	}
	return r
}

// clone returns a copy that shares nothing with r.
func (r Reading) clone() Reading {
	r.Left, r.Wanted.Found, r.Pages.Seen = maps.Clone(r.Left), maps.Clone(r.Wanted.Found), slices.Clone(r.Pages.Seen)
	return r
}

// missing returns the picked keys that no record has.
func (w Wanted) missing(keys []string) []string {
	if w.Any {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return w.Found[key] })
}

// drops reports whether a record has none of the picked keys.
func (w *Wanted) drops(r Record) bool {
	key := r.Place.Key()
	_, known := w.Found[key]
	switch {
	case r.Err == nil && known:
		w.Found[key] = true
	case errors.Is(r.Err, errUndecidable): // it may have any of the keys
		w.Any = true
	case r.Err != nil: // its key cannot be computed, so it fails
	default:
		if w.Drops++; w.Drops == 1 {
			w.Other = key
		}
		return true
	}
	return false
}

// skips reports whether a record is left out, since an earlier run has done it.
func (r *Reading) skips(one Record) bool {
	if one.Err != nil || r.Left[one.Place.Key()] == 0 {
		return false
	}
	r.Left[one.Place.Key()]--
	return true
}
