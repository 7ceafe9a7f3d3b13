package veil

import (
	"hash/maphash"
	"sync"
)

// reading is one way to read a text: as it is, or with something in it decoded. Each byte knows which part of the
// text it was read from.
type reading struct {
	text  []byte
	spans []span // of each byte, in the original; none: the text is the original
}

// span is a part of a text, from a byte to before another. A search looks at short texts only, so that it can be small.
type span struct{ from, to int32 }

// span is the part of the original from which the bytes from start to before end were read.
func (r *reading) span(start, end int) span {
	if len(r.spans) == 0 {
		return span{int32(start), int32(end)}
	}
	return span{r.spans[start].from, r.spans[end-1].to}
}

// add adds a byte that was read from a part of the original.
func (r *reading) add(b byte, from span) {
	r.text = append(r.text, b)
	r.spans = append(r.spans, from)
}

// copy adds a part of another reading as it is.
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

// decoder reads a reading in another way, and adds what comes out to one that is empty. It adds nothing if there is
// nothing to be read in this way.
type decoder func(r, to *reading)

var (
	escapes = []decoder{
		func(r, to *reading) { unescape(r, to, '\\', backslash) },
		func(r, to *reading) { unescape(r, to, '%', percent) },
		func(r, to *reading) { unescape(r, to, '&', entity) },
		func(r, to *reading) { unescape(r, to, '\'', quotes) },
		blanks,
	}
	encodings = []decoder{
		func(r, to *reading) { decode(r, to, base64, 0) },
		func(r, to *reading) { decode(r, to, base64, 1) },
		func(r, to *reading) { decode(r, to, base64, 2) },
		func(r, to *reading) { decode(r, to, base64, 3) },
		func(r, to *reading) { decode(r, to, hex, 0) },
		func(r, to *reading) { decode(r, to, hex, 1) },
	}
)

// deepest is how many encodings inside of one another are taken off a text.
const deepest = 4

// search looks for what an index knows in all readings of a text.
type search struct {
	found []span
	seen  map[uint64]struct{} // readings that were looked into: most decoders lead to the same in any order
	sums  []uint64
	spare []*reading // to use again
}

// searches are those that are not in use. Their memory makes most of what a search costs.
var searches = sync.Pool{New: func() any { return &search{seen: map[uint64]struct{}{}} }}

// findAll gives a function the parts of a text that are known in any of its forms, in no order.
func findAll(known *index, text []byte, found func(from, to int)) {
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.found = s.found[:0]
	clear(s.seen)
	s.read(known, &reading{text: text}, deepest)
	for _, f := range s.found {
		found(int(f.from), int(f.to))
	}
}

// read looks into a reading, and into those that follow from it in so many steps.
func (s *search) read(known *index, r *reading, steps int) {
	s.sums = known.find(r.text, s.sums, func(start, end int) { s.found = append(s.found, r.span(start, end)) })
	if steps == 0 {
		return
	}
	next := s.take()
	for _, decoders := range [][]decoder{escapes, encodings} {
		for _, decode := range decoders {
			next.text, next.spans = next.text[:0], next.spans[:0]
			if decode(r, next); len(next.text) > 0 && s.first(next) {
				s.read(known, next, steps-1)
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

// first reports whether a reading is seen for the first time.
func (s *search) first(r *reading) bool {
	all := r.span(0, len(r.text))
	key := maphash.Bytes(seed, r.text) ^ (uint64(uint32(all.from))<<32 | uint64(uint32(all.to)))
	if _, ok := s.seen[key]; ok {
		return false
	}
	s.seen[key] = struct{}{}
	return true
}
