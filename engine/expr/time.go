package expr

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// instant is a moment, and the number of digits of its fraction of a second as it was written, so that an expression
// that only passes a time on does not change its text.
type instant struct {
	t      time.Time
	digits int
}

// newInstant returns an instant for the time of a clock, in UTC.
func newInstant(t time.Time) instant { return instant{t: t.Round(0).UTC()} }

// String returns the time in RFC 3339, with at least as many fraction digits as it was written with.
func (i instant) String() string {
	digits := max(i.digits, fractionDigits(i.t.Nanosecond()))
	if digits == 0 {
		return i.t.Format(time.RFC3339)
	}
	return i.t.Format("2006-01-02T15:04:05." + strings.Repeat("0", digits) + "Z07:00")
}

// fractionDigits returns the number of digits that nanoseconds need.
func fractionDigits(nanoseconds int) int {
	if nanoseconds == 0 {
		return 0
	}
	digits := 9
	for ; nanoseconds%10 == 0; nanoseconds /= 10 {
		digits--
	}
	return digits
}

// add adds a duration. The result must be in the years 0 to 9999, which RFC 3339 can write.
func (i instant) add(d time.Duration) (any, error) {
	moved := instant{i.t.Add(d), i.digits}
	if year := moved.t.Year(); year < 0 || year > 9999 {
		return nil, faultf("the time is outside the years 0 to 9999")
	}
	return moved, nil
}

// between returns the duration from a to b.
func between(a, b instant) (any, error) {
	d := b.t.Sub(a.t)
	if d == math.MaxInt64 || d == math.MinInt64 { // Sub saturates
		return nil, tooLong()
	}
	return d, nil
}

func tooLong() *fault { return faultf("the duration is longer than 292 years") }

// dateForms are the notations of time that services use in addition to RFC 3339.
var dateForms = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
	"2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00",
}

// parseDate parses a time. Without a zone it is UTC.
func parseDate(text string) (instant, bool) {
	for _, form := range dateForms {
		// Parse accepts a fraction after the seconds although the layout has none, even with a comma, which RFC 3339
		// does not allow.
		t, err := time.Parse(form, text)
		if err != nil || strings.Contains(text, ",") {
			continue
		}
		digits := 0
		if _, fraction, ok := strings.Cut(text, "."); ok {
			for digits < len(fraction) && '0' <= fraction[digits] && fraction[digits] <= '9' {
				digits++
			}
		}
		return instant{t, min(digits, 9)}, true
	}
	return instant{}, false
}

// parseEpoch converts seconds since 1970, or milliseconds. As seconds, numbers from 100,000,000,000 on would be after
// the year 5138; as milliseconds they are after 1973.
func parseEpoch(n int) instant {
	if n >= 100_000_000_000 || n <= -100_000_000_000 {
		return instant{time.UnixMilli(int64(n)).UTC(), 3}
	}
	return instant{time.Unix(int64(n), 0).UTC(), 0}
}

// scale multiplies a duration by a number.
func scale(d time.Duration, by float64) (any, error) {
	if by == math.Trunc(by) && math.Abs(by) < 1<<53 { // exact, unlike floating point
		if product, err := integers("*", int(d), int(by)); err == nil {
			return time.Duration(product.(int)), nil
		}
		return nil, tooLong()
	}
	f := math.Round(float64(d) * by)
	if math.IsNaN(f) || math.Abs(f) >= math.MaxInt64 {
		return nil, tooLong()
	}
	return time.Duration(f), nil
}

// parseDuration parses durations of Go, with days and weeks: 1w2d, 1.5d, 36h, -90m.
func parseDuration(text string) (time.Duration, bool) {
	rest, negative := strings.CutPrefix(text, "-")
	total := time.Duration(0)
	for first := true; first || rest != ""; first = false {
		end := 0
		for end < len(rest) && (rest[end] == '.' || '0' <= rest[end] && rest[end] <= '9') {
			end++
		}
		n, err := strconv.ParseFloat(rest[:end], 64)
		if err != nil {
			return 0, false
		}
		unit := time.Duration(0)
		for _, u := range units {
			if after, ok := strings.CutPrefix(rest[end:], u.name); ok {
				rest, unit = after, u.length
				break
			}
		}
		part, err := scale(unit, n)
		if unit == 0 || err != nil {
			return 0, false
		}
		sum, err := durations("+", total, part)
		if err != nil {
			return 0, false
		}
		total = sum.(time.Duration)
	}
	if negative {
		total = -total
	}
	return total, true
}

// units are the units of durations; ms precedes m, which is its prefix.
var units = []struct {
	name   string
	length time.Duration
}{
	{"ns", time.Nanosecond}, {"us", time.Microsecond}, {"µs", time.Microsecond}, {"ms", time.Millisecond},
	{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour},
}
