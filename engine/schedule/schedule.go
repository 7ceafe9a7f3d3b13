// Package schedule finds the times of a schedule: a cron expression, in a time zone.
//
// It computes in the wall-clock time of the zone, and decides what happens to a time that a change of the clocks skips
// or repeats. It must not know flows, runs, stores, or what time it is.
package schedule

import (
	"errors"
	"time"
)

// Gap is what happens to a wall-clock time that a change of the clocks skips.
type Gap string

// The values of Gap.
const (
	Shift   Gap = "shift" // it is run at the first moment after the gap
	SkipGap Gap = "skip"  // it is not run
)

// Overlap is what happens to a wall-clock time that a change of the clocks repeats.
type Overlap string

// The values of Overlap.
const (
	Once  Overlap = "once"  // it is run the first time
	Twice Overlap = "twice" // it is run both times
)

// DST is what happens when the clocks change. An empty field is a default: Shift and Once; but SkipGap and Twice for a
// schedule that has times in every hour, so that each hour that passes has its runs.
type DST struct {
	Gap     Gap     `json:"gap"`
	Overlap Overlap `json:"overlap"`
}

// A Schedule is a cron expression in a time zone. Parse makes it. It is immutable.
type Schedule struct {
	cron   string
	zone   *time.Location
	dst    DST
	fields fields
}

// Parse returns the schedule of a cron expression with five fields, or a name such as @daily. zone must not be nil. If the
// expression is valid but has no time, as with February 30, the error is ErrNever; after that dst is checked, with ErrDST.
func Parse(cron string, zone *time.Location, dst DST) (Schedule, error) {
	f, err := parseFields(cron)
	if err != nil {
		return Schedule{}, err
	}
	if !f.happens() {
		return Schedule{}, ErrNever
	}
	usual := DST{Shift, Once}
	if f.everyHour() {
		usual = DST{SkipGap, Twice}
	}
	if dst.Gap == "" {
		dst.Gap = usual.Gap
	}
	if dst.Overlap == "" {
		dst.Overlap = usual.Overlap
	}
	if dst.Gap != Shift && dst.Gap != SkipGap || dst.Overlap != Once && dst.Overlap != Twice {
		return Schedule{}, ErrDST
	}
	return Schedule{cron: cron, zone: zone, dst: dst, fields: f}, nil
}

// ErrNever is the error for a schedule without any time, and ErrDST that for an unknown value in DST.
var (
	ErrNever = errors.New("the schedule never happens")
	ErrDST   = errors.New("gap must be shift or skip, and overlap once or twice")
)

// Cron returns the cron expression as it was written.
func (s Schedule) Cron() string { return s.cron }

// Zone returns the time zone.
func (s Schedule) Zone() *time.Location { return s.zone }

// DST returns what happens when the clocks change, with all defaults set.
func (s Schedule) DST() DST { return s.dst }

// An Occurrence is one time of a schedule. Its identity is Local, together with the cron expression and the zone: it does not
// depend on the rules of the zone, which change.
type Occurrence struct {
	At    time.Time // in the zone of the schedule
	Local string    // the wall-clock time of the schedule, such as 2026-03-08T02:30, with #2 for the second pass of a repeated hour
}

// layout is the form of Occurrence.Local.
const layout = "2006-01-02T15:04"

// Shifted reports whether the wall-clock time does not exist, so that At is the first moment after the gap. If several times
// of a schedule are in one gap, they are one occurrence, with the last of them. If At itself is a time of the schedule, they are
// part of its occurrence, which is not shifted.
func (o Occurrence) Shifted() bool { return !o.Second() && o.At.Format(layout) != o.Local }

// Second reports whether it is the second pass of a wall-clock time that is repeated.
func (o Occurrence) Second() bool { return len(o.Local) > len(layout) }

// end is the time after the last occurrence of every schedule: Local and RFC 3339 have four digits for the year.
var end = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// Next returns the first occurrence after a moment; false if there is none before the year 10000. The moments of successive
// occurrences increase.
func (s Schedule) Next(after time.Time) (Occurrence, bool) {
	for from := after.Add(1); from.Before(end); {
		p := periodAt(from, s.zone)
		if o, ok := s.within(p, from); ok {
			return o, true
		}
		if p.end.IsZero() {
			break
		}
		from = p.end
	}
	return Occurrence{}, false
}

// Between returns the occurrences after one moment and up to another, which it includes; at most the last `most`. It looks backwards in spans that grow, so that
// a schedule of each minute that was not served for years costs no more than one of a week.
func (s Schedule) Between(after, to time.Time, most int) (found []Occurrence) {
	for span := 24 * time.Hour; ; span *= 2 {
		from := to.Add(-span)
		if !from.After(after) || span > century {
			from = after
		}
		found = s.all(from, to)
		if from.Equal(after) || len(found) >= most {
			return found[max(0, len(found)-most):]
		}
	}
}

// century is about the longest span that is looked at in parts: twice as much does not fit in a time.Duration for ever.
const century = 100 * 366 * 24 * time.Hour

func (s Schedule) all(after, to time.Time) (found []Occurrence) {
	for {
		o, ok := s.Next(after)
		if !ok || o.At.After(to) {
			return found
		}
		found = append(found, o)
		after = o.At
	}
}

// within returns the first occurrence in a period, at or after a moment of it.
func (s Schedule) within(p period, from time.Time) (Occurrence, bool) {
	wall := p.wall(from)
	if from.Equal(p.start) && s.dst.Gap == Shift && !s.fields.match(wall) {
		if skipped, ok := s.fields.last(wall.Add(-p.skips()), wall); ok {
			return Occurrence{At: from.In(s.zone), Local: skipped.Format(layout)}, true
		}
	}
	again := p.wall(p.start).Add(p.repeats()) // earlier wall-clock times of the period are repeated
	if p.repeats() > 0 && s.dst.Overlap == Once && wall.Before(again) {
		wall = again
	}
	stop := end
	if !p.end.IsZero() {
		stop = p.wall(p.end)
	}
	found, ok := s.fields.next(wall, stop)
	if !ok {
		return Occurrence{}, false
	}
	o := Occurrence{At: p.moment(found).In(s.zone), Local: found.Format(layout)}
	if p.repeats() > 0 && found.Before(again) {
		o.Local += "#2"
	}
	return o, true
}
