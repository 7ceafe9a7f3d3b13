package veil

// encoding writes bytes as digits of a fixed number of bits.
type encoding struct {
	bits   int
	values [256]int8 // of the digits; -1: not a digit
}

var (
	base64 = newEncoding(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_")
	hex    = newEncoding(4, "0123456789abcdef", "ABCDEF")
)

// newEncoding returns the encoding with these digits. others are other ways to write the last ones.
func newEncoding(bits int, digits, others string) *encoding {
	e := &encoding{bits: bits}
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

// decode decodes all runs of digits that are long enough for a secret. It skips the first digits of each, as many as
// without: the digit of a run at which the bytes of a secret start is not known. A zero byte separates two runs.
func decode(r, to *reading, e *encoding, without int) {
	shortest := (Shortest*8 + e.bits - 1) / e.bits
	for at := 0; at < len(r.text); at++ {
		start := at
		for at < len(r.text) && e.values[r.text[at]] >= 0 {
			at++
		}
		if start += without; at-start < shortest {
			continue
		}
		if len(to.text) > 0 {
			to.add(0, r.span(start, start+1))
		}
		to.decode(r, e, start, at)
	}
}

// decode appends the bytes that the digits from start up to end of another reading make.
func (r *reading) decode(other *reading, e *encoding, start, end int) {
	value, bits := uint32(0), 0
	first := start // the digit with the first bit of the next byte
	for i := start; i < end; i++ {
		value = value<<e.bits | uint32(e.values[other.text[i]])
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
