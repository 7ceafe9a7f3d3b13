package store

import (
	"encoding/json"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// calls are the writes of the scopes that are open, by place of the scope and of the write.
type calls map[string]map[string]*call

// call is a call of a card that writes.
type call struct {
	card     string
	attempts []attempt
	before   []byte // the state before it, as its attempts have it; nil if there is none
}

// attempt is one attempt of a call.
type attempt struct {
	nth    int
	id     int64         // in the table writes; an attempt that was begun again has the same
	result engine.Effect // without the answer, except for whether something changed
	// subjects are those that the write was added with; nil for one of an earlier process.
	subjects []string
}

var unanswered = engine.Effect{Err: engine.ErrCutOff}

// at returns the call at a place of a scope, and creates it.
func (c calls) at(scope, place, card string) *call {
	if c[scope] == nil {
		c[scope] = map[string]*call{}
	}
	if c[scope][place] == nil {
		c[scope][place] = &call{card: card}
	}
	return c[scope][place]
}

// find returns the last attempt with a number; nil if there is none.
func (c *call) find(nth int) *attempt {
	for i := len(c.attempts) - 1; i >= 0; i-- {
		if c.attempts[i].nth == nth {
			return &c.attempts[i]
		}
	}
	return nil
}

// times returns how often an attempt was begun and may have been sent.
func (c *call) times(id int64) (n int) {
	for _, a := range c.attempts {
		if a.id == id {
			n++
		}
	}
	return n
}

// count returns the counts of the call.
func (c *call) count() (w engine.Writes) {
	c.add(&w)
	return w
}

func (c *call) add(w *engine.Writes) {
	results := make([]engine.Effect, len(c.attempts))
	for i, a := range c.attempts {
		results[i] = a.result
	}
	w.CountCall(results)
}

// forget drops the scopes at and inside of a place, and counts their writes.
func (c calls) forget(at string, to *counts) {
	for scope, places := range c {
		if scope != at && !strings.HasPrefix(scope, at+"/") {
			continue
		}
		for _, call := range places {
			w := to.writes[call.card]
			call.add(&w)
			to.writes[call.card] = w
			to.dirty[[2]string{"write", call.card}] = true
		}
		delete(c, scope)
	}
}

// counts are those of Journal.Counts.
type counts struct {
	streams map[string]engine.Tally
	writes  map[string]engine.Writes
	dirty   map[[2]string]bool // kind and name of those that changed since the last transaction
}

func newCounts() counts {
	return counts{map[string]engine.Tally{}, map[string]engine.Writes{}, map[[2]string]bool{}}
}

// record counts a record of a stream with a name.
func (c *counts) record(stream string, index int, out engine.Outcome, err error) {
	t := c.streams[stream]
	t.Read++
	out.Group = nil
	t.Count(index, out, err)
	t.First, t.Fatal = nil, nil
	c.streams[stream] = t
	c.dirty[[2]string{"stream", stream}] = true
}

// write writes the counts that changed.
func (c *counts) write(tx *tx, run int64) error {
	if len(c.dirty) == 0 {
		return nil
	}
	rows, args := "", make([]any, 0, 4*len(c.dirty))
	for key := range c.dirty {
		var value any = c.streams[key[1]]
		if key[0] == "write" {
			value = c.writes[key[1]]
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		rows += ", (?, ?, ?, ?)"
		args = append(args, run, key[0], key[1], string(text))
	}
	clear(c.dirty)
	return tx.exec("INSERT OR REPLACE INTO counts (run, kind, name, value) VALUES "+rows[len(", "):], args...)
}

// read adds a row of the table.
func (c *counts) read(kind, name, value string) error {
	if kind == "write" {
		var w engine.Writes
		err := json.Unmarshal([]byte(value), &w)
		c.writes[name] = w
		return err
	}
	var t engine.Tally
	err := json.Unmarshal([]byte(value), &t)
	c.streams[name] = t
	return err
}
