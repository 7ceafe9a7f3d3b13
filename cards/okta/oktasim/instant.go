package oktasim

import "time"

// An instant is a moment in milliseconds since 1970 UTC, the precision in which Okta gives times.
type instant int64

const (
	// never is a moment that has not come; Okta writes it as null.
	never instant = 0
	// unset is a moment that a seed leaves to the org; no record of a running org holds it.
	unset instant = -1 << 63
)

// instantLayout is how every timestamp of the management API looks: UTC, milliseconds, Z.
const instantLayout = "2006-01-02T15:04:05.000Z"

func instantOf(t time.Time) instant { return instant(t.UnixMilli()) }

func (t instant) time() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t instant) add(d time.Duration) instant { return t + instant(d.Milliseconds()) }

// appendJSON appends the moment as JSON: a quoted timestamp, or null for never.
func (t instant) appendJSON(b []byte) []byte {
	if t == never {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.time().AppendFormat(b, instantLayout)
	return append(b, '"')
}

// text is the moment as a timestamp.
func (t instant) text() string { return t.time().Format(instantLayout) }
