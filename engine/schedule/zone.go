package schedule

import (
	"fmt"
	"strings"
	"time"
)

// Zone returns the time zone with an IANA name, such as Europe/Berlin or UTC. Names such as CET, EST5EDT and Japan are
// errors: they are not the clocks of one place, or old.
func Zone(name string) (*time.Location, error) {
	unknown := fmt.Errorf("unknown time zone %q", name)
	if !strings.Contains(name, "/") && name != "UTC" {
		return nil, unknown
	}
	zone, err := guarded(func() (*time.Location, error) { return time.LoadLocation(name) })
	if err != nil {
		return nil, unknown
	}
	return zone, nil
}

// A period is a time in which the clocks of a zone do not change. They need not change at its start and its end. In this package a wall-clock time is a time.Time in
// UTC that reads as the clock does.
type period struct {
	start, end     time.Time     // zero: without a start, or an end
	offset, before time.Duration // ahead of UTC, and that of the period before
}

// periodAt returns the period that has a moment.
func periodAt(at time.Time, zone *time.Location) period {
	at = at.In(zone)
	var p period
	p.start, p.end = at.ZoneBounds()
	if !p.end.IsZero() && !p.end.After(at) { // time counts 365 days for leap years, which then end on December 31
		p.end = at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	p.offset = ahead(at)
	p.before = p.offset
	if !p.start.IsZero() {
		p.before = ahead(p.start.Add(-1))
	}
	return p
}

func ahead(at time.Time) time.Duration {
	_, seconds := at.Zone()
	return time.Duration(seconds) * time.Second
}

// wall returns the wall-clock time of a moment, and moment the reverse.
func (p period) wall(moment time.Time) time.Time { return moment.UTC().Add(p.offset) }
func (p period) moment(wall time.Time) time.Time { return wall.Add(-p.offset) }

// skips returns how much of the wall-clock time before the period does not exist, and repeats how much of it existed
// already.
func (p period) skips() time.Duration   { return max(0, p.offset-p.before) }
func (p period) repeats() time.Duration { return max(0, p.before-p.offset) }
