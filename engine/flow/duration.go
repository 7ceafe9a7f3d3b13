package flow

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration parses a duration of the language: numbers with the units ms, s, m, h, d (24 hours) and w (7 days),
// larger units first: "30s", "2h", "1h30m", "1.5d". Negative durations are errors.
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return 0, errors.New("a duration is missing")
	}
	units := []struct {
		name string
		size time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"ms", time.Millisecond}, {"m", time.Minute}, {"s", time.Second}}
	var total, before time.Duration
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end < 0 {
			return 0, fmt.Errorf("the duration %s has no unit", quoted(text))
		}
		number, err := strconv.ParseFloat(rest[:end], 64)
		if end == 0 || err != nil {
			return 0, fmt.Errorf("%s is not a duration", quoted(text))
		}
		rest = rest[end:]
		var unit time.Duration
		for _, u := range units {
			if after, ok := strings.CutPrefix(rest, u.name); ok {
				unit, rest = u.size, after
				break
			}
		}
		if unit == 0 || before != 0 && unit >= before {
			return 0, fmt.Errorf("%s is not a duration", quoted(text))
		}
		before = unit
		part := math.Round(number * float64(unit))
		if part+float64(total) >= math.MaxInt64 {
			return 0, fmt.Errorf("the duration %s is too long", quoted(text))
		}
		total += time.Duration(part)
	}
	return total, nil
}
