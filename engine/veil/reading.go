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
	runs  []run  // memory for those of the reading from which this one is made
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

// escapes decode a reading and append the result to another, which is empty. They append nothing if there is nothing to decode.
var escapes = []func(r, to *reading){
	func(r, to *reading) { unescape(r, to, '\\', backslash) },
	func(r, to *reading) { unescape(r, to, '%', percent) },
	func(r, to *reading) { unescape(r, to, '&', entity) },
	func(r, to *reading) { unescape(r, to, '\'', doubled) },
	func(r, to *reading) { unescape(r, to, '"', doubled) },
	func(r, to *reading) { unescape(r, to, '\x1b', style) },
	blanks,
	unwrap,
}

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
	for _, decode := range escapes {
		decode(r, next)
		s.step(known, next, steps)
	}
	for _, e := range []*encoding{base64, hex} {
		next.runs = e.runs(next.runs[:0], r.text, known.shortest)
		for without := 0; without < e.phases && len(next.runs) > 0; without++ {
			decode(r, next, e, next.runs, without, known)
			s.step(known, next, steps)
		}
	}
	s.spare = append(s.spare, next)
}

// step reads what a decoder made of a reading from which steps were left, and makes it empty.
func (s *search) step(known *index, r *reading, steps int) {
	if len(r.text) == 0 {
		return
	}
	if before, seen := s.visit(r, steps-1); before < steps-1 {
		s.read(known, r, steps-1, seen)
	}
	r.text, r.spans = r.text[:0], r.spans[:0]
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
