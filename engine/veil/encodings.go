package veil

import "slices"

// encoding writes bytes as digits of a fixed number of bits.
type encoding struct {
	bits   int
	phases int                   // the number of digits of a run at which a byte may start
	values [256]int8             // the values of the digits; -1 for other bytes
	gap    func(text []byte) int // the length of what may be between two digits at the start of a text; 0: nothing
}

var (
	base64 = newEncoding(6, 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_", lineBreak)
	hex    = newEncoding(4, 2, "0123456789abcdef", "ABCDEF", separator)
)

// newEncoding returns the encoding with these digits. others are other ways to write the last ones.
func newEncoding(bits, phases int, digits, others string, gap func(text []byte) int) *encoding {
	e := &encoding{bits: bits, phases: phases, gap: gap}
	for i := range e.values {
		e.values[i] = -1
	}
	for i := range len(digits) {
		e.values[digits[i]] = int8(i)
	}
	for i := range len(others) {
		e.values[others[i]] = int8(len(digits) - len(others) + i)
	}
	return e
}

// goesOn reports whether a text, after a gap, starts with as many digits as no byte is separated from.
func (e *encoding) goesOn(text []byte) bool {
	whole := 1 // a line of base64 ends anywhere
	if 8%e.bits == 0 {
		whole = 8 / e.bits
	}
	return len(text) >= whole && !slices.ContainsFunc(text[:whole], func(b byte) bool { return e.values[b] < 0 })
}

// lineBreak returns the length of the gap between two lines of an encoded text, which may be indented. It returns 0 for blanks
// alone, because separate words are not parts of one encoded text.
func lineBreak(text []byte) int {
	if text[0] != '\n' && text[0] != '\r' {
		return 0
	}
	at := 1
	for at < len(text) && text[at] != '+' {
		n := blank(text[at:])
		if n == 0 {
			break
		}
		at += n
	}
	return at
}

// separator returns the length of the gap between two encoded bytes. A plus is a blank in a URL.
func separator(text []byte) int {
	switch text[0] {
	case ':', '+', ' ', '\t', '\r', '\n':
		return 1
	}
	return 0
}

// least returns the number of digits of a text of shortest bytes.
func (e *encoding) least(shortest int) int { return (shortest*8 + e.bits - 1) / e.bits }

// run is a run of digits in a text, with the gaps between them.
type run struct{ start, end, digits int }

// runs appends the runs of digits in a text that are long enough for shortest bytes.
func (e *encoding) runs(found []run, text []byte, shortest int) []run {
	least := e.least(shortest)
	for at := 0; at < len(text); at++ {
		r := run{start: at, end: at}
		for at < len(text) {
			if e.values[text[at]] >= 0 {
				at++
				r.end = at
				r.digits++
				continue
			}
			if r.digits == 0 {
				break
			}
			n := e.gap(text[at:])
			if n == 0 || !e.goesOn(text[at+n:]) {
				break
			}
			at += n
		}
		if r.digits >= least {
			found = append(found, r)
		}
	}
	return found
}

// decode decodes runs of digits. It skips the first digits of each, as many as without: the digit of a run at which the bytes of a
// secret start is not known. It leaves out what cannot be a form of a known text, which is nearly all that a word or an id makes: bytes that no form
// has, and fewer bytes between them than the shortest. A zero byte separates what remains.
func decode(r, to *reading, e *encoding, runs []run, without int, known *index) {
	least := e.least(known.shortest)
	for _, run := range runs {
		if run.digits-without < least {
			continue
		}
		start := run.start
		for left := without; left > 0; start++ {
			if e.values[r.text[start]] >= 0 {
				left--
			}
		}
		to.decode(r, e, start, run.end, known)
	}
}

// decode appends the bytes that the digits from start up to end of another reading make, if a form of a known text may have them.
func (r *reading) decode(other *reading, e *encoding, start, end int, known *index) {
	value, bits := uint32(0), 0
	first := start      // the digit with the first bit of the next byte
	kept := len(r.text) // what follows has only bytes that a form may have
	for i := start; i < end; i++ {
		digit := e.values[other.text[i]]
		if digit < 0 { // a gap
			if bits == 0 {
				first = i + 1
			}
			continue
		}
		value = value<<e.bits | uint32(digit)
		if bits += e.bits; bits < 8 {
			continue
		}
		bits -= 8
		if b := byte(value >> bits); known.forms[b] {
			if len(r.text) == kept && kept > 0 {
				r.add(0, other.span(first, first+1))
			}
			r.add(b, other.span(first, i+1))
		} else {
			kept = r.keep(kept, known.shortest)
		}
		if first = i; bits == 0 {
			first++
		}
	}
	r.keep(kept, known.shortest)
}

// keep drops the bytes from a position if they are fewer than shortest, with the zero byte before them. It returns the position after
// what is left.
func (r *reading) keep(from, shortest int) int {
	if n := len(r.text) - from; n < shortest || from > 0 && n == shortest {
		r.text, r.spans = r.text[:from], r.spans[:from]
	}
	return len(r.text)
}
