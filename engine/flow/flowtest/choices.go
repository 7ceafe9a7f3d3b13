package flowtest

// choices are the bytes of a fuzzer first, and then a stream that depends on them.
type choices struct {
	data  []byte
	state uint64
}

func newChoices(data []byte) choices {
	c := choices{data: data, state: 1469598103934665603}
	for _, b := range data {
		c.state = (c.state ^ uint64(b)) * 1099511628211
	}
	return c
}

// pick chooses one of n.
func (c *choices) pick(n int) int {
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

func oneOf[T any](c *choices, all []T) T { return all[c.pick(len(all))] }
