package oktasim

import "time"

// An instant is a time in milliseconds since 1970 UTC, the precision of Okta's times.
type instant int64

const (
	// never is the time of something that has not happened. Okta sends it as null.
	never instant = 0
	// unset is a time that a seed leaves to the org. No record of a running org has it.
	unset instant = -1 << 63
)

// instantLayout is the form of all times of the management API: UTC, milliseconds, Z.
const instantLayout = "2006-01-02T15:04:05.000Z"

func instantOf(t time.Time) instant { return instant(t.UnixMilli()) }

func (t instant) time() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t instant) add(d time.Duration) instant { return t + instant(d.Milliseconds()) }

// since returns the time that has passed since u; it is negative if u is later.
func (t instant) since(u instant) time.Duration { return time.Duration(t-u) * time.Millisecond }

// or returns the time or, if it is unset, another one.
func (t instant) or(other instant) instant {
	if t == unset {
		return other
	}
	return t
}

// appendJSON appends the time as JSON: a quoted timestamp, or null for never.
func (t instant) appendJSON(b []byte) []byte {
	if t == never {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.time().AppendFormat(b, instantLayout)
	return append(b, '"')
}

// text returns the time as a timestamp.
func (t instant) text() string { return t.time().Format(instantLayout) }
