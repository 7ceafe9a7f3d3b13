package engine

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Place is where in a run something happens: at a step, in a record of a loop, in a branch, in a round. It is
// unique in its run and the same when the run is resumed, so a journal row, a started run and uuid() derive from
// it. The zero Place is the run itself. A Place is immutable, is built from the one around it, and costs no more
// memory than the places it is inside of.
//
// People read String. Programs compare ID. Neither is ever cut apart: every question about a place has a method.
type Place struct{ at *placeNode }

type placeNode struct {
	around   *placeNode
	kind     placeKind
	name     string // of the step or branch; the record's key
	page     int    // of a record
	nth      int    // of a round; of a record among those of its page that have the same key
	inRecord bool   // it is a record, or inside of one
}

type placeKind byte

const (
	stepPlace placeKind = iota
	branchPlace
	roundPlace
	recordPlace
)

func (p Place) inner(n placeNode) Place {
	n.around = p.at
	n.inRecord = n.kind == recordPlace || p.at != nil && p.at.inRecord
	return Place{&n}
}

// Step is the place of a step in the list of steps at p.
func (p Place) Step(name string) Place { return p.inner(placeNode{kind: stepPlace, name: name}) }

// Branch is the place of a named branch of the step at p.
func (p Place) Branch(name string) Place { return p.inner(placeNode{kind: branchPlace, name: name}) }

// Round is the place of the nth round of the step at p, from 0.
func (p Place) Round(n int) Place { return p.inner(placeNode{kind: roundPlace, nth: n}) }

// Record is the place of a record of the loop at p: it is on that page of the list, from 0, and the turn counts
// the records of the page that came before it with the same key. A page that is read again gives the same places.
func (p Place) Record(page int, key string, turn int) Place {
	return p.inner(placeNode{kind: recordPlace, name: key, page: page, nth: turn})
}

// IsZero reports whether p is the run itself.
func (p Place) IsZero() bool { return p.at == nil }

// Equal reports whether p and q are the same place of a run, however they were built.
func (p Place) Equal(q Place) bool { return p.at == q.at || p.ID() == q.ID() }

// Around is the place that p is directly inside of; of the run, the run itself.
func (p Place) Around() Place {
	if p.at == nil {
		return p
	}
	return Place{p.at.around}
}

// InRecord reports whether p is a record of a loop, or inside of one.
func (p Place) InRecord() bool { return p.at != nil && p.at.inRecord }

// IsRecord reports whether p is a record of a loop, rather than inside of one.
func (p Place) IsRecord() bool { return p.at != nil && p.at.kind == recordPlace }

// InnerRecord is the innermost record that p is, or is inside of; the run if there is none.
func (p Place) InnerRecord() Place {
	for p.at != nil && p.at.kind != recordPlace {
		p.at = p.at.around
	}
	return p
}

// Key is the last part of p as people read it: the name of a step or branch, the key of a record, the number of a
// round.
func (p Place) Key() string {
	switch {
	case p.at == nil:
		return ""
	case p.at.kind == roundPlace:
		return strconv.Itoa(p.at.nth)
	}
	return p.at.name
}

// String is the place as people read it: "sweep[00u1].suspend". Two places may read alike; their IDs differ.
func (p Place) String() string { return p.text(true) }

// Name is the place in the flows, whichever record and round it was: "sweep.suspend". The rounds of a stream
// inside of another share it.
func (p Place) Name() string { return p.text(false) }

func (p Place) text(whole bool) string {
	switch {
	case p.at == nil:
		return ""
	case p.at.around == nil && p.at.kind == stepPlace: // most places are no deeper
		return p.at.name
	}
	var b strings.Builder
	p.at.write(&b, whole)
	return b.String()
}

func (n *placeNode) write(b *strings.Builder, whole bool) {
	if n.around != nil {
		n.around.write(b, whole)
	}
	switch n.kind {
	case stepPlace:
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(n.name)
	case branchPlace:
		b.WriteString("[" + n.name + "]")
	case roundPlace:
		if whole {
			b.WriteString("[" + strconv.Itoa(n.nth) + "]")
		}
	case recordPlace:
		if whole {
			b.WriteString("[" + n.name + "]")
		}
	}
}

// ID is a text that differs from that of every other place of the run, whatever its keys are. It is the same in
// every process and version that reads journals of this one. The ID of the run itself is empty.
func (p Place) ID() string {
	if p.at == nil {
		return ""
	}
	var b strings.Builder
	p.at.writeID(&b)
	return b.String()
}

// The parts of an ID are joined by slashes, which no part has in it. All but the names of steps start with a mark.
const (
	branchMark = '@'
	roundMark  = '#'
	recordMark = '='
)

func (n *placeNode) writeID(b *strings.Builder) {
	if n.around != nil {
		n.around.writeID(b)
		b.WriteByte('/')
	}
	switch n.kind {
	case stepPlace:
		b.WriteString(n.name)
	case branchPlace:
		b.WriteByte(branchMark)
		b.WriteString(n.name)
	case roundPlace:
		b.WriteByte(roundMark)
		b.WriteString(strconv.Itoa(n.nth))
	case recordPlace:
		b.WriteByte(recordMark)
		b.WriteString(strconv.Itoa(n.page))
		b.WriteByte('.')
		b.WriteString(strconv.Itoa(n.nth))
		b.WriteByte('.')
		b.WriteString(url.PathEscape(n.name))
	}
}

// MarshalText is ID, so that a place crosses to another process.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.ID()), nil }

// UnmarshalText makes the place of an ID.
func (p *Place) UnmarshalText(id []byte) error {
	*p = Place{}
	if len(id) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(id), "/") {
		next, err := p.part(part)
		if err != nil {
			return fmt.Errorf("place %q: %w", id, err)
		}
		*p = next
	}
	return nil
}

func (p Place) part(part string) (Place, error) {
	if part == "" {
		return p, fmt.Errorf("an empty part")
	}
	rest := part[1:]
	switch part[0] {
	case branchMark:
		return p.Branch(rest), nil
	case roundMark:
		n, err := strconv.Atoi(rest)
		return p.Round(n), err
	case recordMark:
		page, rest, _ := strings.Cut(rest, ".")
		turn, key, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(page)
		if err != nil {
			return p, err
		}
		nth, err := strconv.Atoi(turn)
		if err != nil {
			return p, err
		}
		if key, err = url.PathUnescape(key); err != nil {
			return p, err
		}
		return p.Record(n, key, nth), nil
	}
	return p.Step(part), nil
}
