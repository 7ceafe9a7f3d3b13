package oktasim

// mintID returns an id in the form of Okta's: a prefix of three letters, and 17 letters and digits. With the same
// prefix and salt, ids of different ordinals are different, and in the same order. The same arguments give the same
// id, so that a seed always creates the same org.
func mintID(prefix string, ordinal, salt uint64) string {
	const (
		digits  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		width   = 10      // digits of base 62 hold 59 bits: an ordinal of 24 and a spread of 35
		spread  = 1 << 35 // distance between adjacent ids, filled with a random part
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

// roll returns a pseudorandom number that depends only on the seed, on the user (who) and on the question (what).
// Therefore a new question does not change the answers to other questions.
func roll(seed, who, what uint64) uint64 {
	return mix(mix(mix(seed)+who) + what)
}

// mix applies the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014). It
// is used instead of math/rand because the same seed must create the same users with every version of Go.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
