package okta

import (
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// overlap is how far back records are read again, since Okta may show them late: its search index lags behind writes, and events are stored after they happened.
// Records that were read before are known by their keys.
//
// Source: Okta, Users API, "List users with search": "data changes, such as new users, might not be returned immediately"; System Log API, "Bounded requests":
// "events may be delayed"
const overlap = 5 * time.Minute

// orgClock is the time of an org. It shows the time of the newest record, plus the time that has passed in the org since it was read. It is never ahead of the
// org, and does not depend on the clock of this machine. A Date alone is not enough: the records of a simulated org may have other times.
type orgClock struct {
	Time time.Time `json:"time,omitzero"` // of records
	Date time.Time `json:"date,omitzero"` // of the answer at which it was that time
}

// see sets the clock by the Date of an answer, and by the time of the newest record, either of which may be zero.
func (c orgClock) see(date, newest time.Time) orgClock {
	if date.After(c.Date) {
		if !c.Date.IsZero() && !c.Time.IsZero() {
			c.Time = c.Time.Add(date.Sub(c.Date))
		}
		c.Date = date
	}
	c.Time = later(c.Time, newest)
	return c
}

// earlier returns the time that is so much before another one; zero for the zero time.
func earlier(at time.Time, by time.Duration) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(-by)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// oktaTime formats a time as Okta's filters and parameters have it; empty for the zero time.
func oktaTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

// timeIn returns the time in a field of a record, within the years that are possible.
func timeIn(record map[string]any, field string) (time.Time, bool) {
	text, _ := record[field].(string)
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil && at.Year() >= 1970 && at.Year() <= 2200
}

// repeats returns the error for a list that would never end.
func repeats() error {
	return &card.Error{Kind: card.Unavailable, Message: "Okta's list repeats a cursor, so that it would never end"}
}
