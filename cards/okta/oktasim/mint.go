package oktasim

// mintID makes an id of Okta's look: a prefix of three letters and 17 letters and digits. Ids of
// one prefix and salt differ for different ordinals and ascend with them; the same arguments give
// the same id, so that a seed makes the same org each time.
func mintID(prefix string, ordinal, salt uint64) string {
	const (
		digits  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		width   = 10      // digits of base 62 hold 59 bits: an ordinal of 24 and a spread of 35
		spread  = 1 << 35 // between neighbours, filled by the dice
		trailer = 4
	)
	id := make([]byte, 0, 20)
	id = append(id, prefix...)
	random := roll(salt, ordinal, 0)
	number := ordinal*spread + random%spread
	id = id[:len(prefix)+width]
	for i := len(id) - 1; i >= len(prefix); i-- {
		id[i] = digits[number%62]
		number /= 62
	}
	for range trailer {
		random = mix(random)
		id = append(id, digits[random%62])
	}
	return string(append(id, "5d7"...))
}

// roll is a die without memory: a number that depends on the seed, on whom it is about and on what
// about them, and on nothing else, so that adding a question changes no other answer.
func roll(seed, who, what uint64) uint64 {
	return mix(mix(mix(seed)+who) + what)
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014). It is ours and not math/rand's because people keep seeds: the same seed must
// make the same people under every version of Go.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
