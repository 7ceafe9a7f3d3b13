package veil

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// index finds learned texts in another text, at a cost that does not depend on their number. Texts are in classes by
// length: the class of size n, a power of two, holds texts of n to 2n-1 bytes. The index stores two hashes of each
// text: of its head, the first n bytes, and of the whole. At each position of the text to search it looks up one head
// for each class; only if that is known does it look up the whole, in each length of the class.
//
// The hashes are polynomials, so the hash of any part of a text follows from the hashes of its prefixes. A collision
// hides too much, never too little.
type index struct {
	base     uint64
	shortest int // length of the shortest text in bytes; 0 if there is none
	longest  int
	classes  []class
	heads    map[uint64]struct{}
	// mayBe has a bit for the upper bits of each head: most positions of a text are no head, and this is faster than the map.
	mayBe  *[1 << (headBits - 6)]uint64
	wholes map[uint64]struct{}
	forms  [256]bool // the bytes that a text may have in any form
}

type class struct {
	length
	lengths []length // of the texts in the class, the longest first
}

// length is a number of bytes, and the base to this power, which hashes of this length need.
type length struct {
	n     int
	power uint64
}

// headBits is the number of bits of a hash that mayBe knows: 8 KB, which stay in the processor's cache.
const headBits = 16

func newIndex() index {
	return index{mayBe: new([1 << (headBits - 6)]uint64), base: rand.Uint64() | 1, heads: map[uint64]struct{}{}, wholes: map[uint64]struct{}{}, forms: common}
}

func (x *index) empty() bool { return len(x.classes) == 0 }

// add adds a text that is not empty.
func (x *index) add(text []byte) {
	x.allow(text)
	x.longest = max(x.longest, len(text))
	if x.empty() || len(text) < x.shortest {
		x.shortest = len(text)
	}
	sums := x.sums(nil, text)
	whole := x.length(len(text))
	head := x.length(1 << (bits.Len(uint(len(text))) - 1))
	h := hash(sums, 0, head)
	x.heads[h] = struct{}{}
	x.mayBe[h>>(64-headBits)/64] |= 1 << (h >> (64 - headBits) % 64)
	x.wholes[hash(sums, 0, whole)] = struct{}{}

	i, ok := slices.BinarySearchFunc(x.classes, head.n, func(c class, n int) int { return c.n - n })
	if !ok {
		x.classes = slices.Insert(x.classes, i, class{length: head})
	}
	if c := &x.classes[i]; !slices.Contains(c.lengths, whole) {
		c.lengths = append(c.lengths, whole)
		slices.SortFunc(c.lengths, func(a, b length) int { return b.n - a.n }) // the longest first
	}
}

// allow adds the bytes of a text to those that a form may have.
func (x *index) allow(text []byte) {
	for _, b := range text {
		x.forms[b] = true
	}
}

// has reports whether a text was added.
func (x *index) has(text []byte) bool {
	_, ok := x.wholes[hash(x.sums(nil, text), 0, x.length(len(text)))]
	return ok
}

// find calls found with the start and end of each part of a text that known texts cover, once for each class: texts that
// overlap make one part, so that the number of parts does not depend on the number of texts. It returns sums, memory
// for reuse.
func (x *index) find(text []byte, sums []uint64, found func(start, end int)) []uint64 {
	sums = x.sums(sums, text)
	for _, c := range x.classes {
		start, end := 0, 0 // of the part that is being found
		for i := 0; i+c.n <= len(text); i++ {
			h := hash(sums, i, c.length)
			if x.mayBe[h>>(64-headBits)/64]&(1<<(h>>(64-headBits)%64)) == 0 {
				continue
			}
			if _, ok := x.heads[h]; !ok {
				continue
			}
			for _, l := range c.lengths {
				if i+l.n > len(text) {
					continue
				}
				if _, ok := x.wholes[hash(sums, i, l)]; !ok {
					continue
				}
				if i >= end {
					if end > 0 {
						found(start, end)
					}
					start = i
				}
				end = max(end, i+l.n)
				break // shorter ones end earlier
			}
		}
		if end > 0 {
			found(start, end)
		}
	}
	return sums
}

// sums returns the hashes of all prefixes of a text, folded.
func (x *index) sums(sums []uint64, text []byte) []uint64 {
	sums = slices.Grow(sums[:0], len(text)+1)[:len(text)+1]
	sum := uint64(0)
	sums[0] = 0
	for i, b := range text {
		sum = sum*x.base + uint64(fold[b]) + 1
		sums[i+1] = sum
	}
	return sums
}

// hash returns the hash of the bytes of this length at a position.
func hash(sums []uint64, at int, l length) uint64 { return sums[at+l.n] - sums[at]*l.power }

func (x *index) length(n int) length {
	power, square := uint64(1), x.base
	for m := n; m > 0; m >>= 1 {
		if m&1 == 1 {
			power *= square
		}
		square *= square
	}
	return length{n, power}
}

// common are the bytes that any text may have in some form: those of escapes, digits, styles and blanks.
var common = func() (all [256]bool) {
	for b := range utf8.RuneSelf {
		all[b] = b >= ' ' && b < 0x7f || b == 0x1b
	}
	for r := range rune(math.MaxUint16) {
		if isBlank(r) {
			for _, b := range []byte(string(r)) {
				all[b] = true
			}
		}
	}
	return all
}()

// fold maps bytes that a search does not distinguish to the same byte: letters in upper and lower case, and the blank and
// the plus, because HTML forms write a blank as a plus.
var fold = func() (fold [256]byte) {
	for i := range fold {
		switch b := byte(i); {
		case 'A' <= b && b <= 'Z':
			fold[i] = b + 'a' - 'A'
		case b == ' ':
			fold[i] = '+'
		default:
			fold[i] = b
		}
	}
	return fold
}()
