package veil

import "slices"

// encoding writes bytes as digits of a fixed number of bits.
type encoding struct {
	bits   int
	values [256]int8             // the values of the digits; -1 for other bytes
	gap    func(text []byte) int // the length of what may be between two digits at the start of a text; 0: nothing
}

var (
	base64 = newEncoding(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_", lineBreak)
	hex    = newEncoding(4, "0123456789abcdef", "ABCDEF", separator)
)

// newEncoding returns the encoding with these digits. others are other ways to write the last ones.
func newEncoding(bits int, digits, others string, gap func(text []byte) int) *encoding {
	e := &encoding{bits: bits, gap: gap}
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

// hasRun reports whether a text has a run of digits that is long enough for shortest bytes.
func (e *encoding) hasRun(text []byte, shortest int) bool {
	least := e.least(shortest)
	for at := 0; at < len(text); at++ {
		for digits := 0; at < len(text); {
			if e.values[text[at]] >= 0 {
				at++
				if digits++; digits >= least {
					return true
				}
				continue
			}
			if digits == 0 {
				break
			}
			n := e.gap(text[at:])
			if n == 0 || !e.goesOn(text[at+n:]) {
				break
			}
			at += n
		}
	}
	return false
}

// decode decodes all runs of digits that are long enough for shortest bytes. It skips the first digits of each, as many as
// without: the digit of a run at which the bytes of a secret start is not known. A zero byte separates two runs.
func decode(r, to *reading, e *encoding, without, shortest int) {
	least := e.least(shortest)
	for at := 0; at < len(r.text); at++ {
		start, end, digits := at, at, 0
		for at < len(r.text) {
			if e.values[r.text[at]] >= 0 {
				at++
				end = at
				if digits++; digits == without {
					start = end
				}
				continue
			}
			if digits == 0 {
				break
			}
			n := e.gap(r.text[at:])
			if n == 0 || !e.goesOn(r.text[at+n:]) {
				break
			}
			at += n
		}
		if digits-without < least {
			continue
		}
		if len(to.text) > 0 {
			to.add(0, r.span(start, start+1))
		}
		to.decode(r, e, start, end)
	}
}

// decode appends the bytes that the digits from start up to end of another reading make.
func (r *reading) decode(other *reading, e *encoding, start, end int) {
	value, bits := uint32(0), 0
	first := start // the digit with the first bit of the next byte
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
		r.add(byte(value>>bits), other.span(first, i+1))
		if first = i; bits == 0 {
			first++
		}
	}
}
