// Package chance makes the choices of tests that generate their input: the bytes of a fuzzer decide first, and numbers that
// depend on them continue without end. It is for tests only.
package chance

// Choices makes choices. It must not be copied after its first use, or used concurrently.
type Choices struct {
	data  []byte
	state uint64
}

// New returns the choices of a fuzzer's input. Equal inputs give equal choices.
func New(data []byte) Choices {
	c := Seeded(data)
	c.data = data
	return c
}

// Seeded returns choices that depend on all bytes of a seed from the first one on.
func Seeded(seed []byte) Choices {
	c := Choices{state: 1469598103934665603}
	for _, b := range seed {
		c.state = (c.state ^ uint64(b)) * 1099511628211
	}
	return c
}

// Pick returns a number from 0 to n-1.
func (c *Choices) Pick(n int) int {
	if len(c.data) > 0 {
		b := c.data[0]
		c.data = c.data[1:]
		return int(b) % n
	}
	c.state ^= c.state << 13
	c.state ^= c.state >> 7
	c.state ^= c.state << 17
	return int(c.state>>33) % n
}

// OneOf returns one of the values.
func OneOf[T any](c *Choices, all []T) T { return all[c.Pick(len(all))] }
