package veil

import (
	"hash/maphash"
	"sync"
)

// reading is one way to read a text: as it is, or decoded. It keeps track of the part of the original from which each
// byte was read.
type reading struct {
	text  []byte
	spans []span // of each byte; empty: the text is the original
}

// span is a part of the original. It is small, since there is one for each byte; windows are short enough for it.
type span struct{ from, to int32 }

// span returns the part of the original from which the bytes from start up to end were read.
func (r *reading) span(start, end int) span {
	if len(r.spans) == 0 {
		return span{int32(start), int32(end)}
	}
	return span{r.spans[start].from, r.spans[end-1].to}
}

// add appends a byte that was read from a part of the original.
func (r *reading) add(b byte, from span) {
	r.text = append(r.text, b)
	r.spans = append(r.spans, from)
}

// copy appends a part of another reading.
func (r *reading) copy(other *reading, start, end int) {
	r.text = append(r.text, other.text[start:end]...)
	if len(other.spans) > 0 {
		r.spans = append(r.spans, other.spans[start:end]...)
		return
	}
	for i := start; i < end; i++ {
		r.spans = append(r.spans, span{int32(i), int32(i + 1)})
	}
}

// decoder decodes a reading and appends the result to another, which is empty. It appends nothing if there is nothing
// to decode, or if what it would append is shorter than shortest, a number of bytes.
type decoder func(r, to *reading, shortest int)

var (
	escapes = []decoder{
		func(r, to *reading, _ int) { unescape(r, to, '\\', backslash) },
		func(r, to *reading, _ int) { unescape(r, to, '%', percent) },
		func(r, to *reading, _ int) { unescape(r, to, '&', entity) },
		func(r, to *reading, _ int) { unescape(r, to, '\'', doubled) },
		func(r, to *reading, _ int) { unescape(r, to, '"', doubled) },
		func(r, to *reading, _ int) { unescape(r, to, '\x1b', style) },
		func(r, to *reading, _ int) { blanks(r, to) },
		func(r, to *reading, _ int) { unwrap(r, to) },
	}
	encodings = []decoder{
		func(r, to *reading, shortest int) { decode(r, to, base64, 0, shortest) },
		func(r, to *reading, shortest int) { decode(r, to, base64, 1, shortest) },
		func(r, to *reading, shortest int) { decode(r, to, base64, 2, shortest) },
		func(r, to *reading, shortest int) { decode(r, to, base64, 3, shortest) },
		func(r, to *reading, shortest int) { decode(r, to, hex, 0, shortest) },
		func(r, to *reading, shortest int) { decode(r, to, hex, 1, shortest) },
	}
)

// base64Decoders is the number of encodings that are base64.
const base64Decoders = 4

// deepest is the number of nested encodings that a search removes.
const deepest = 4

// search finds the texts of an index in all readings of a text.
type search struct {
	found []span
	seen  map[uint64]int // hashes of readings: decoders mostly give the same result in any order; the most steps that were left
	sums  []uint64
	spare []*reading // for reuse
}

// searches are not in use. To reuse their memory makes a search twice as fast.
var searches = sync.Pool{New: func() any { return &search{seen: map[uint64]int{}} }}

// findAll calls found with each part of a text that is a known text in any form, in no order.
func findAll(known *index, text []byte, found func(from, to int)) {
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.found = s.found[:0]
	clear(s.seen)
	s.read(known, &reading{text: text}, deepest, false)
	for _, f := range s.found {
		found(int(f.from), int(f.to))
	}
}

// read searches a reading, unless that was done, and the readings that up to steps decoders make of it.
func (s *search) read(known *index, r *reading, steps int, searched bool) {
	if !searched {
		s.sums = known.find(r.text, s.sums, func(start, end int) { s.found = append(s.found, r.span(start, end)) })
	}
	if steps == 0 {
		return
	}
	next := s.take()
	in64, inHex := encodings[:base64Decoders], encodings[base64Decoders:]
	if !base64.hasRun(r.text, known.shortest) { // one look for all of them
		in64 = nil
	}
	if !hex.hasRun(r.text, known.shortest) {
		inHex = nil
	}
	for _, decoders := range [][]decoder{escapes, in64, inHex} {
		for _, decode := range decoders {
			next.text, next.spans = next.text[:0], next.spans[:0]
			if decode(r, next, known.shortest); len(next.text) == 0 {
				continue
			}
			if before, seen := s.visit(next, steps-1); before < steps-1 {
				s.read(known, next, steps-1, seen)
			}
		}
	}
	s.spare = append(s.spare, next)
}

func (s *search) take() *reading {
	n := len(s.spare)
	if n == 0 {
		return &reading{}
	}
	last := s.spare[n-1]
	s.spare = s.spare[:n-1]
	return last
}

var seed = maphash.MakeSeed()

// visit returns whether a reading was seen before, and the most steps that were left for it then; -1 if it was not. Decoders of
// what is around a secret take none of its steps: a reading that was seen after more steps is read again.
func (s *search) visit(r *reading, steps int) (before int, seen bool) {
	all := r.span(0, len(r.text))
	key := maphash.Bytes(seed, r.text) ^ (uint64(uint32(all.from))<<32 | uint64(uint32(all.to)))
	if before, seen = s.seen[key]; !seen {
		before = -1
	}
	if before < steps {
		s.seen[key] = steps
	}
	return before, seen
}
