package schedule_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/schedule"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := schedule.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func parse(t testing.TB, cron, in string, dst schedule.DST) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(cron, zone(t, in), dst)
	if err != nil {
		t.Fatalf("%q: %v", cron, err)
	}
	return s
}

// shown is "identity = moment", the moment as hour and minute with its offset.
func shown(found []schedule.Occurrence) []string {
	var all []string
	for _, o := range found {
		all = append(all, o.Local+" = "+o.At.Format("02 15:04 -0700"))
	}
	return all
}

const (
	shift, skip = schedule.Shift, schedule.SkipGap
	once, twice = schedule.Once, schedule.Twice
)

// The clocks of New York and London change by an hour, those of Lord Howe by half an hour, those of Tokyo never. The rows of a
// zone have its two changes of 2026.
func TestAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	const (
		newYork, london, lordHowe, tokyo = "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo"

		springNewYork, fallNewYork = "2026-03-08", "2026-11-01" // 02:00 → 03:00, 02:00 → 01:00
		springLondon, fallLondon   = "2026-03-29", "2026-10-25" // 01:00 → 02:00, 02:00 → 01:00
		springHowe, fallHowe       = "2026-10-04", "2026-04-05" // 02:00 → 02:30, 02:00 → 01:30
	)
	for _, row := range []struct {
		zone, day, cron string
		dst             schedule.DST
		want            []string
	}{
		{newYork, springNewYork, "30 2 * * *", schedule.DST{}, []string{"2026-03-08T02:30 = 08 03:00 -0400"}},
		{newYork, springNewYork, "30 2 * * *", schedule.DST{Gap: skip}, nil},
		{newYork, springNewYork, "0 2 * * *", schedule.DST{}, []string{"2026-03-08T02:00 = 08 03:00 -0400"}},
		{newYork, springNewYork, "0 3 * * *", schedule.DST{}, []string{"2026-03-08T03:00 = 08 03:00 -0400"}},
		{newYork, springNewYork, "59 1 * * *", schedule.DST{}, []string{"2026-03-08T01:59 = 08 01:59 -0500"}},
		{newYork, springNewYork, "*/20 2 * * *", schedule.DST{}, []string{"2026-03-08T02:40 = 08 03:00 -0400"}}, // three times, one moment
		{newYork, springNewYork, "*/20 2 * * *", schedule.DST{Gap: skip}, nil},
		{newYork, springNewYork, "0 1-3 * * *", schedule.DST{}, []string{"2026-03-08T01:00 = 08 01:00 -0500", "2026-03-08T03:00 = 08 03:00 -0400"}},
		{newYork, springNewYork, "30 1-3 * * *", schedule.DST{}, []string{
			"2026-03-08T01:30 = 08 01:30 -0500", "2026-03-08T02:30 = 08 03:00 -0400", "2026-03-08T03:30 = 08 03:30 -0400",
		}},
		{newYork, fallNewYork, "30 1 * * *", schedule.DST{}, []string{"2026-11-01T01:30 = 01 01:30 -0400"}},
		{newYork, fallNewYork, "30 1 * * *", schedule.DST{Overlap: once}, []string{"2026-11-01T01:30 = 01 01:30 -0400"}},
		{newYork, fallNewYork, "30 1 * * *", schedule.DST{Overlap: twice}, []string{"2026-11-01T01:30 = 01 01:30 -0400", "2026-11-01T01:30#2 = 01 01:30 -0500"}},
		{newYork, fallNewYork, "0,30 1 * * *", schedule.DST{Overlap: twice}, []string{
			"2026-11-01T01:00 = 01 01:00 -0400", "2026-11-01T01:30 = 01 01:30 -0400", "2026-11-01T01:00#2 = 01 01:00 -0500", "2026-11-01T01:30#2 = 01 01:30 -0500",
		}},
		{newYork, fallNewYork, "0 2 * * *", schedule.DST{Overlap: twice}, []string{"2026-11-01T02:00 = 01 02:00 -0500"}},
		{newYork, fallNewYork, "0 1,2 * * *", schedule.DST{}, []string{"2026-11-01T01:00 = 01 01:00 -0400", "2026-11-01T02:00 = 01 02:00 -0500"}},

		{london, springLondon, "30 1 * * *", schedule.DST{}, []string{"2026-03-29T01:30 = 29 02:00 +0100"}},
		{london, springLondon, "30 1 * * *", schedule.DST{Gap: skip}, nil},
		{london, springLondon, "30 1 29 3 *", schedule.DST{}, []string{"2026-03-29T01:30 = 29 02:00 +0100"}},
		{london, fallLondon, "30 1 * * sun", schedule.DST{}, []string{"2026-10-25T01:30 = 25 01:30 +0100"}},
		{london, fallLondon, "30 1 * * sun", schedule.DST{Overlap: twice}, []string{"2026-10-25T01:30 = 25 01:30 +0100", "2026-10-25T01:30#2 = 25 01:30 +0000"}},
		{london, fallLondon, "@daily", schedule.DST{}, []string{"2026-10-25T00:00 = 25 00:00 +0100"}},

		{lordHowe, springHowe, "15 2 * * *", schedule.DST{}, []string{"2026-10-04T02:15 = 04 02:30 +1100"}},
		{lordHowe, springHowe, "15 2 * * *", schedule.DST{Gap: skip}, nil},
		{lordHowe, springHowe, "15,45 2 * * *", schedule.DST{}, []string{"2026-10-04T02:15 = 04 02:30 +1100", "2026-10-04T02:45 = 04 02:45 +1100"}},
		{lordHowe, springHowe, "15,30 2 * * *", schedule.DST{}, []string{"2026-10-04T02:30 = 04 02:30 +1100"}},
		{lordHowe, fallHowe, "45 1 * * *", schedule.DST{}, []string{"2026-04-05T01:45 = 05 01:45 +1100"}},
		{lordHowe, fallHowe, "45 1 * * *", schedule.DST{Overlap: twice}, []string{"2026-04-05T01:45 = 05 01:45 +1100", "2026-04-05T01:45#2 = 05 01:45 +1030"}},
		{lordHowe, fallHowe, "15 1 * * *", schedule.DST{Overlap: twice}, []string{"2026-04-05T01:15 = 05 01:15 +1100"}},

		{tokyo, springNewYork, "30 2 * * *", schedule.DST{}, []string{"2026-03-08T02:30 = 08 02:30 +0900"}},
		{tokyo, fallNewYork, "30 1 * * *", schedule.DST{Gap: skip, Overlap: twice}, []string{"2026-11-01T01:30 = 01 01:30 +0900"}},

		// The day before does not exist.
		{"Pacific/Apia", "2011-12-31", "0 6,18 * * *", schedule.DST{}, []string{"2011-12-30T18:00 = 31 00:00 +1400", "2011-12-31T06:00 = 31 06:00 +1400", "2011-12-31T18:00 = 31 18:00 +1400"}},
		{"Pacific/Apia", "2011-12-31", "0 6,18 30 * *", schedule.DST{Gap: skip}, nil},
		{"Pacific/Apia", "2011-12-31", "@daily", schedule.DST{}, []string{"2011-12-31T00:00 = 31 00:00 +1400"}},
		{"Pacific/Kwajalein", "1993-08-22", "0 6 21 8 *", schedule.DST{}, []string{"1993-08-21T06:00 = 22 00:00 +1200"}},
		// Midnight does not exist.
		{"America/Sao_Paulo", "2018-11-04", "@daily", schedule.DST{}, []string{"2018-11-04T00:00 = 04 01:00 -0200"}},
	} {
		s := parse(t, row.cron, row.zone, row.dst)
		day, err := time.ParseInLocation(time.DateOnly, row.day, s.Zone())
		if err != nil {
			t.Fatal(err)
		}
		from := day.Add(-time.Hour - 1) // the day may start without midnight
		to := from.Add(22 * time.Hour)
		if diff := cmp.Diff(row.want, shown(s.Between(from, to, 100))); diff != "" {
			t.Errorf("%s, %q, %v, on %s (-want +got):\n%s", row.zone, row.cron, row.dst, row.day, diff)
		}
	}
}

// In every hour that passes, a schedule with times in every hour has its runs, and no others.
func TestAScheduleForEveryHourFollowsTheTimeThatPasses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cron string
		each time.Duration
	}{
		{"30 * * * *", time.Hour}, {"@hourly", time.Hour}, {"*/15 * * * *", 15 * time.Minute}, {"* * * * *", time.Minute}, {"7 0-23 * * *", time.Hour},
	} {
		s := parse(t, row.cron, "America/New_York", schedule.DST{})
		if got, want := s.DST(), (schedule.DST{Gap: skip, Overlap: twice}); got != want {
			t.Errorf("%q: got %v, want %v", row.cron, got, want)
		}
		for _, day := range []string{"2026-03-08", "2026-11-01"} {
			from, err := time.ParseInLocation(time.DateOnly, day, s.Zone())
			if err != nil {
				t.Fatal(err)
			}
			found := s.Between(from, from.Add(20*time.Hour), 2000)
			if got, want := len(found), int(20*time.Hour/row.each); got != want {
				t.Errorf("%q on %s: %d occurrences, want %d", row.cron, day, got, want)
			}
			for i := 1; i < len(found); i++ {
				if got := found[i].At.Sub(found[i-1].At); got != row.each {
					t.Errorf("%q: %s after %s", row.cron, found[i].Local, got)
				}
			}
		}
	}
	written := parse(t, "30 * * * *", "America/New_York", schedule.DST{Gap: shift, Overlap: once})
	if got, want := written.DST(), (schedule.DST{Gap: shift, Overlap: once}); got != want {
		t.Errorf("what the user wrote holds: got %v, want %v", got, want)
	}
	if got, want := parse(t, "30 */2 * * *", "UTC", schedule.DST{Overlap: twice}).DST(), (schedule.DST{Gap: shift, Overlap: twice}); got != want {
		t.Errorf("each key has its own default: got %v, want %v", got, want)
	}
}

func TestTheLastOccurrencesAreKeptOfALongTime(t *testing.T) {
	t.Parallel()
	to := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	for _, after := range []time.Time{to.AddDate(0, 0, -1), to.AddDate(0, 0, -30), to.AddDate(-20, 0, 0), {}} {
		found := parse(t, "* * * * *", "UTC", schedule.DST{}).Between(after, to, 1000)
		if len(found) != 1000 || !found[999].At.Equal(to) || !found[0].At.Equal(to.Add(-999*time.Minute)) {
			t.Errorf("after %s: got %d from %v to %v", after, len(found), found[0], found[len(found)-1])
		}
	}
	if found := parse(t, "0 0 29 2 *", "UTC", schedule.DST{}).Between(to.AddDate(-20, 0, 0), to, 1000); len(found) != 5 {
		t.Errorf("got %v", found)
	}
}

func TestAnOccurrenceKnowsWhetherTheClockChangedItsTime(t *testing.T) {
	t.Parallel()
	all := parse(t, "30 1,2 * * *", "America/New_York", schedule.DST{Overlap: twice})
	spring := all.Between(time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), 9)
	fall := all.Between(time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 9)
	var got []string
	for _, o := range slices.Concat(spring, fall) {
		line := o.Local
		if o.Shifted() {
			line += " shifted"
		}
		if o.Second() {
			line += " second"
		}
		got = append(got, line)
	}
	want := []string{"2026-03-08T01:30", "2026-03-08T02:30 shifted", "2026-11-01T01:30", "2026-11-01T01:30#2 second", "2026-11-01T02:30"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The rules of a zone change between versions of its data. A time that is already stored must be found again.
func TestAnIdentityDoesNotDependOnTheRulesOfTheZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 7, 1, 0, 0, 0, 0, time.UTC)
	var got []schedule.Occurrence
	for _, hours := range []int{-3, -2} { // with, and without daylight saving
		s, err := schedule.Parse("0 9 * * *", time.FixedZone("America/Sao_Paulo", hours*3600), schedule.DST{})
		if err != nil {
			t.Fatal(err)
		}
		o, _ := s.Next(at)
		got = append(got, o)
	}
	if got[0].Local != got[1].Local || got[0].At.Equal(got[1].At) {
		t.Errorf("got %v, want one identity at two moments", got)
	}
}

func TestRareTimesAreFound(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ cron, zone, after, want string }{
		{"0 0 29 2 *", "UTC", "2026-01-01", "2028-02-29T00:00"},
		{"0 0 29 2 *", "America/New_York", "2096-03-01", "2104-02-29T00:00"},
		{"0 0 29 2 *", "UTC", "2096-03-01", "2104-02-29T00:00"},
		{"0 0 29 2 */7", "Asia/Tokyo", "2088-03-01", "2128-02-29T00:00"}, // a Sunday; 2100 has no February 29
		{"59 23 31 12 *", "Europe/London", "2500-01-01", "2500-12-31T23:59"},
		{"30 2 8 3 *", "America/New_York", "9000-01-01", "9000-03-08T02:30"},
		{"30 12 31 12 *", "America/New_York", "2028-12-31", "2028-12-31T12:30"}, // the last day of a leap year
		{"30 12 1 1 *", "Australia/Lord_Howe", "2028-12-31", "2029-01-01T12:30"},
		{"0 0 1 1 *", "Pacific/Kiritimati", "9999-06-01", ""},
		{"0 0 29 2 *", "America/New_York", "9997-01-01", ""},
	} {
		s := parse(t, row.cron, row.zone, schedule.DST{})
		after, err := time.ParseInLocation(time.DateOnly, row.after, s.Zone())
		if err != nil {
			t.Fatal(err)
		}
		if o, ok := s.Next(after); o.Local != row.want || ok != (row.want != "") {
			t.Errorf("%q in %s after %s: got %q, %t, want %q", row.cron, row.zone, row.after, o.Local, ok, row.want)
		}
	}
	if _, ok := parse(t, "* * * * *", "UTC", schedule.DST{}).Next(time.Unix(1<<60, 0)); ok {
		t.Error("there is a time after the year 9999")
	}
}

func TestBetweenHasItsEndButNotItsStart(t *testing.T) {
	t.Parallel()
	s := parse(t, "@hourly", "UTC", schedule.DST{})
	at := func(h int) time.Time { return time.Date(2026, 5, 1, h, 0, 0, 0, time.UTC) }
	if diff := cmp.Diff([]string{"2026-05-01T02:00 = 01 02:00 +0000", "2026-05-01T03:00 = 01 03:00 +0000"}, shown(s.Between(at(1), at(3), 9))); diff != "" {
		t.Error(diff)
	}
	if got := s.Between(at(1), at(20), 3); len(got) != 3 || !got[0].At.Equal(at(18)) || !got[2].At.Equal(at(20)) {
		t.Errorf("got %v, want the last three", got)
	}
	if got := s.Between(at(3), at(1), 9); got != nil {
		t.Errorf("got %v from a later time to an earlier one", got)
	}
}

func TestAnUnknownValueOfDSTIsAnError(t *testing.T) {
	t.Parallel()
	for _, dst := range []schedule.DST{{Gap: "shft"}, {Overlap: "both"}} {
		if _, err := schedule.Parse("@daily", time.UTC, dst); !errors.Is(err, schedule.ErrDST) {
			t.Errorf("%v: got %v", dst, err)
		}
	}
}

func TestATimeZoneIsThatOfAPlace(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		if got := zone(t, name).String(); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
	for _, name := range []string{"", "Local", "CET", "EST5EDT", "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "Europe/\x00", "Europe/Berlin ", "europe/"} {
		if _, err := schedule.Zone(name); err == nil || !strings.Contains(err.Error(), "unknown time zone") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
