package veil

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// index finds learned texts anywhere in another text, whatever their number: at each place of the text it looks
// up one hash for each class of lengths, of which there are as many as there are powers of two up to the longest
// text. A class has the texts from its size to less than twice its size. It knows a text by two hashes: of the
// head, which is as long as the class's size, and of the whole. Where no head is found, there is no text of the
// class; where one is, the whole is looked up in each of the class's lengths.
//
// Hashes are polynomials, so that those of all parts of a text follow from the hashes of its prefixes. A collision
// hides too much, and never too little.
type index struct {
	base    uint64
	longest int // bytes of a text
	classes []class
	heads   map[uint64]struct{}
	wholes  map[uint64]struct{}
}

type class struct {
	length
	lengths []length // of the texts in the class
}

// length is a length of texts, and the power of the base by which hashes of this length are taken.
type length struct {
	n     int
	power uint64
}

func newIndex() index {
	return index{base: rand.Uint64() | 1, heads: map[uint64]struct{}{}, wholes: map[uint64]struct{}{}}
}

func (x *index) empty() bool { return len(x.classes) == 0 }

// add adds a text that is not empty.
func (x *index) add(text []byte) {
	x.longest = max(x.longest, len(text))
	sums := x.sums(nil, text)
	whole := x.length(len(text))
	head := x.length(1 << (bits.Len(uint(len(text))) - 1))
	x.heads[hash(sums, 0, head)] = struct{}{}
	x.wholes[hash(sums, 0, whole)] = struct{}{}

	i, ok := slices.BinarySearchFunc(x.classes, head.n, func(c class, n int) int { return c.n - n })
	if !ok {
		x.classes = slices.Insert(x.classes, i, class{length: head})
	}
	if c := &x.classes[i]; !slices.Contains(c.lengths, whole) {
		c.lengths = append(c.lengths, whole)
	}
}

// has reports whether a text was added.
func (x *index) has(text []byte) bool {
	_, ok := x.wholes[hash(x.sums(nil, text), 0, x.length(len(text)))]
	return ok
}

// find calls found with the start and the end of each learned text in a text. sums is memory to use again.
func (x *index) find(text []byte, sums []uint64, found func(start, end int)) []uint64 {
	sums = x.sums(sums, text)
	for _, c := range x.classes {
		for i := 0; i+c.n <= len(text); i++ {
			if _, ok := x.heads[hash(sums, i, c.length)]; !ok {
				continue
			}
			for _, l := range c.lengths {
				if i+l.n > len(text) {
					continue
				}
				if _, ok := x.wholes[hash(sums, i, l)]; ok {
					found(i, i+l.n)
				}
			}
		}
	}
	return sums
}

// sums are the hashes of all prefixes of a text, folded.
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

// hash is the hash of so many bytes from the place at.
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

// fold makes the same of bytes that are searched for as the same: letters in upper and lower case, and the blank
// and the plus, as which HTML forms write it.
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
