package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
)

var randomFunctions = []definition{
	{
		theme: "random", name: "uuid", returns: String,
		call: func(ev *evaluation, _ []any) (any, error) {
			b, err := ev.draw("uuid")
			if err != nil {
				return nil, err
			}
			b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]), nil
		},
		summary: "An identifier in the form of a random UUID. It derives from the run, the place and the count of earlier calls, so a " +
			"step that is tried again gets the same. It is not a secret.",
		example: `len(uuid())`, result: `36`,
	},
	{
		theme: "random", name: "random", returns: Float,
		call: func(ev *evaluation, _ []any) (any, error) {
			b, err := ev.draw("random")
			if err != nil {
				return nil, err
			}
			return float64(binary.BigEndian.Uint64(b[:8])>>11) / (1 << 53), nil
		},
		summary: "A number from 0 up to, not including, 1. It derives from the run, the place and the count of earlier calls. It is not a secret.",
		example: `random() < 1`, result: `true`,
	},
}

// draw returns random bytes that depend only on the seed and on the number of previous draws.
func (ev *evaluation) draw(what string) ([sha256.Size]byte, error) {
	site := ev.scope.Site
	if site == nil {
		return [sha256.Size]byte{}, faultf("there is no seed here")
	}
	return sha256.Sum256([]byte(site.Seed() + "\x00" + what + "\x00" + strconv.Itoa(site.Count()))), nil
}
