package engine

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Place identifies where in a run something happens: in a step, a record of a loop, a branch, a round. It is unique in
// its run and the same when the run is resumed, so journal entries, the ids of started runs and uuid() derive from it.
// The zero Place is the run itself. A Place is immutable. It shares the memory of the places around it.
//
// String is for people, ID is for programs. Do not parse either of them: use the methods.
type Place struct{ at *placeNode }

type placeNode struct {
	around   *placeNode
	kind     placeKind
	name     string // of the step or branch; for a record, its key
	page     int    // of a record
	nth      int    // number of a round; for a record, its number among the records of the page with the same key
	inRecord bool   // the place is a record, or inside of one
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

// Step returns the place of a step in the list of steps at p.
func (p Place) Step(name string) Place { return p.inner(placeNode{kind: stepPlace, name: name}) }

// Branch returns the place of a named branch of the step at p.
func (p Place) Branch(name string) Place { return p.inner(placeNode{kind: branchPlace, name: name}) }

// Round returns the place of the nth round of the step at p, from 0.
func (p Place) Round(n int) Place { return p.inner(placeNode{kind: roundPlace, nth: n}) }

// Record returns the place of a record of the loop at p. page is the number of its page in the list, from 0, and turn
// is the number of preceding records of the page with the same key. Reading a page again gives the same places.
func (p Place) Record(page int, key string, turn int) Place {
	return p.inner(placeNode{kind: recordPlace, name: key, page: page, nth: turn})
}

// IsZero reports whether p is the run itself.
func (p Place) IsZero() bool { return p.at == nil }

// Equal reports whether p and q are the same place of a run, however they were built.
func (p Place) Equal(q Place) bool { return p.at == q.at || p.ID() == q.ID() }

// Around returns the place that directly contains p; for the run, the run itself.
func (p Place) Around() Place {
	if p.at == nil {
		return p
	}
	return Place{p.at.around}
}

// InRecord reports whether p is a record of a loop or inside of one.
func (p Place) InRecord() bool { return p.at != nil && p.at.inRecord }

// IsRecord reports whether p is itself a record of a loop.
func (p Place) IsRecord() bool { return p.at != nil && p.at.kind == recordPlace }

// Page returns the number of the page of a record; 0 for any other place.
func (p Place) Page() int {
	if p.at == nil {
		return 0
	}
	return p.at.page
}

// IsBranch reports whether p is itself a branch of a step.
func (p Place) IsBranch() bool { return p.at != nil && p.at.kind == branchPlace }

// InnerRecord returns the innermost record that p is or is inside of; the run if there is none.
func (p Place) InnerRecord() Place {
	for p.at != nil && p.at.kind != recordPlace {
		p.at = p.at.around
	}
	return p
}

// OuterRecord returns the outermost record that p is or is inside of; the run if there is none.
func (p Place) OuterRecord() (outer Place) {
	for ; p.at != nil; p.at = p.at.around {
		if p.at.kind == recordPlace {
			outer = p
		}
	}
	return outer
}

// Unpaged returns the place as if each list had one page: where a record is if its list is read again.
func (p Place) Unpaged() Place {
	if p.at == nil {
		return p
	}
	n := *p.at
	n.page = 0
	return p.Around().Unpaged().inner(n)
}

// General returns the place as if each loop had one record, and each repeat one round.
func (p Place) General() Place {
	if p.at == nil {
		return p
	}
	n := *p.at
	n.page, n.nth = 0, 0
	if n.kind == recordPlace {
		n.name = ""
	}
	return p.Around().General().inner(n)
}

// isIn reports whether p is inside of q.
func (p Place) isIn(q Place) bool { return strings.HasPrefix(p.ID(), q.ID()+"/") }

// Key returns the last part of p, for people: the name of a step or branch, the key of a record, the number of a round.
func (p Place) Key() string {
	switch {
	case p.at == nil:
		return ""
	case p.at.kind == roundPlace:
		return strconv.Itoa(p.at.nth)
	}
	return p.at.name
}

// String returns the place for people: "sweep[00u1].suspend". Different places may have the same String; their IDs
// differ.
func (p Place) String() string { return p.text(true) }

// Name returns the place in the flows, without the records and rounds: "sweep.suspend". An inner stream has the same
// Name for each record of the outer stream.
func (p Place) Name() string { return p.text(false) }

func (p Place) text(whole bool) string {
	switch {
	case p.at == nil:
		return ""
	case p.at.around == nil && p.at.kind == stepPlace: // the usual case, without a builder
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

// ID returns a text that is different for every place of the run, whatever the keys are. It is the same in every
// process, and in every version of flowdeck that can read this journal. The ID of the run itself is empty.
func (p Place) ID() string {
	if p.at == nil {
		return ""
	}
	var b strings.Builder
	p.at.writeID(&b)
	return b.String()
}

// The parts of an ID are joined by slashes. No part contains a slash: keys are escaped. All parts except the names of
// steps start with a mark.
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

// MarshalText returns the ID, so that a place can be sent to another process.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.ID()), nil }

// UnmarshalText parses an ID.
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
