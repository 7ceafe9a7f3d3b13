package schedule

import "time"

// A set has numbers below 64.
type set uint64

func (s set) has(n int) bool { return s>>n&1 == 1 }

// fields are the values of a cron expression that match.
type fields struct {
	minute, hour, day, month, weekday set
	either                            bool // day or weekday must match, not both
}

// everyHour reports whether there are times in each hour of a day.
func (f fields) everyHour() bool {
	const all = 1<<24 - 1
	return f.hour&all == all
}

// match reports whether a wall-clock time matches.
func (f fields) match(wall time.Time) bool {
	found, ok := f.next(wall, wall.Add(1))
	return ok && found.Equal(wall)
}

// next returns the first wall-clock time that matches, from one time up to another, which it excludes. Its work is
// limited: a schedule that happens does so within 40 years, in each of which it looks at no more than the days.
func (f fields) next(from, to time.Time) (time.Time, bool) {
	if minute := from.Truncate(time.Minute); minute.Before(from) {
		from = minute.Add(time.Minute)
	}
	for from.Before(to) {
		year, month, day := from.Date()
		switch {
		case !f.month.has(int(month)):
			from = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !f.onDay(from):
			from = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case !f.hour.has(from.Hour()):
			from = from.Truncate(time.Hour).Add(time.Hour)
		case !f.minute.has(from.Minute()):
			from = from.Add(time.Minute)
		default:
			return from, true
		}
	}
	return time.Time{}, false
}

// last is next for the last wall-clock time that matches.
func (f fields) last(from, to time.Time) (last time.Time, ok bool) {
	for {
		found, more := f.next(from, to)
		if !more {
			return last, ok
		}
		last, ok, from = found, true, found.Add(1)
	}
}

func (f fields) onDay(wall time.Time) bool {
	day, weekday := f.day.has(wall.Day()), f.weekday.has(int(wall.Weekday()))
	if f.either {
		return day || weekday
	}
	return day && weekday
}

// happens reports whether any wall-clock time matches. In 28 years without a year like 1900, each day of each month,
// also February 29, falls on each day of the week.
func (f fields) happens() bool {
	_, ok := f.next(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC))
	return ok
}
