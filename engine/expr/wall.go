package expr

import "time"

// onClock returns the time at which the clocks in a zone show the date and the time of day of shown, whose own zone is ignored. A time of
// day that clocks show twice is the first one. One that they skip is as much later as they skip, as if they had not been changed yet.
// time.Date moves some of these times forward and others back.
func onClock(shown time.Time, zone *time.Location) time.Time {
	_, own := shown.Zone()
	shown = shown.UTC().Add(time.Duration(own) * time.Second)
	at := func(near time.Time) (t time.Time, exact bool) {
		_, offset := near.In(zone).Zone()
		t = shown.Add(-time.Duration(offset) * time.Second).In(zone)
		_, got := t.Zone()
		return t, got == offset
	}
	before, exact := at(shown.Add(-24 * time.Hour))
	if exact {
		return before
	}
	if after, exact := at(shown.Add(24 * time.Hour)); exact {
		return after
	}
	return before
}
