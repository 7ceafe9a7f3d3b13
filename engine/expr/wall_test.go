package expr

import (
	"testing"
	"time"
)

// Clocks are put forward, so that times of day do not exist, and back, so that some exist twice. In Lord Howe it is half an hour.
func TestATimeOfDayThatIsSkippedIsLaterAndOneThatComesTwiceIsTheFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, shown, want string }{
		{"America/New_York", "2026-03-08T01:59:59Z", "2026-03-08T01:59:59-05:00"},
		{"America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T03:30:00-04:00"},
		{"America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "2026-11-01T02:00:00Z", "2026-11-01T02:00:00-05:00"},
		{"Europe/London", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00+01:00"},
		{"Europe/London", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00+01:00"},
		{"Europe/London", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-04T02:45:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-05T01:45:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05T02:00:00Z", "2026-04-05T02:00:00+10:30"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := time.Parse(time.RFC3339, c.shown)
		if err != nil {
			t.Fatal(err)
		}
		if got := onClock(shown, zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.shown, c.zone, got, c.want)
		}
		if got := addMonths(onClock(shown.AddDate(0, -4, 0), zone), 4).Format(time.RFC3339); got != c.want {
			t.Errorf("four months before %s in %s, plus four months: got %s, want %s", c.shown, c.zone, got, c.want)
		}
		l, err := newLayout("YYYY-MM-DD HH:mm:ss")
		if err != nil {
			t.Fatal(err)
		}
		read, ok := l.read(shown.Format(time.DateTime), zone)
		if got := read.Format(time.RFC3339); !ok || got != c.want {
			t.Errorf("%s is read in %s as %s, %v, want %s", c.shown, c.zone, got, ok, c.want)
		}
	}
}
