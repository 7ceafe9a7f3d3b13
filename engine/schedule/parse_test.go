package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/schedule"
)

func TestSchedulesAreReadAsCronDoes(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct{ schedule, next string }{
		{"30 2 * * 1-5", "2026-03-03T02:30"},
		{"0 6 * * 7", "2026-03-08T06:00"},
		{"0 6 * * SUN", "2026-03-08T06:00"},
		{"0 6 * * 0-7", "2026-03-03T06:00"},
		{"0 6 * * 6-7", "2026-03-07T06:00"},
		{"0 6 * * sat-sun", "2026-03-07T06:00"},
		{"0 6 * * sun-mon", "2026-03-08T06:00"},
		{"0 6 * * 3-7/4", "2026-03-04T06:00"},
		{"0 6 * * 5-7/2,7", "2026-03-06T06:00"},
		{"0 6 * * 7/2", "2026-03-08T06:00"},
		{"0 6 * * 6/1", "2026-03-07T06:00"},
		{"*/59 * * * *", "2026-03-02T12:59"},
		{"0 0 1 feb-dec/2 *", "2026-04-01T00:00"},
		{"05 06 * * *", "2026-03-03T06:05"},
		{" @daily ", "2026-03-03T00:00"},
		{"@midnight", "2026-03-03T00:00"},
		{"@hourly", "2026-03-02T13:00"},
		{"@weekly", "2026-03-08T00:00"},
		{"@monthly", "2026-04-01T00:00"},
		{"@yearly", "2027-01-01T00:00"},
		{"@annually", "2027-01-01T00:00"},
		{"0 0 13 * 5", "2026-03-06T00:00"},    // the 13th or a Friday
		{"0 0 13 * *", "2026-03-13T00:00"},    // the 13th
		{"0 0 */2 * 1", "2026-03-09T00:00"},   // a Monday with an odd day: a field that starts with * restricts in addition
		{"0 0 1,*/2 * 1", "2026-03-03T00:00"}, // only its start counts
		{"0 0 31 * 1", "2026-03-09T00:00"},
		{"0 0 30 2 1", "2027-02-01T00:00"}, // only the Mondays happen
		{"0\t0 1  1 *", "2027-01-01T00:00"},
	} {
		when, err := schedule.Parse(row.schedule, time.UTC, schedule.DST{})
		if err != nil {
			t.Errorf("%q: %v", row.schedule, err)
		} else if got, _ := when.Next(monday); got.Local != row.next {
			t.Errorf("%q is next at %s, want %s", row.schedule, got.Local, row.next)
		}
	}
}

func TestInvalidSchedulesAreRejected(t *testing.T) {
	t.Parallel()
	for cron, says := range map[string]string{
		"TZ=0":                         "under `timezone`",
		"TZ=":                          "under `timezone`",
		"CRON_TZ=Europe/Berlin":        "under `timezone`",
		"CRON_TZ=UTC 0 6 * * *":        "under `timezone`",
		"TZ=UTC\t0 6 * * *":            "under `timezone`",
		"@every 1h":                    "@every is an interval",
		"@every":                       "@every is an interval",
		"@reboot":                      `"@reboot" must be one of @yearly, @annually, @monthly`,
		"@Daily":                       "must be one of",
		"@":                            "must be one of",
		"@daily 0 6 * * *":             "must be one of",
		"*/99999999999 * * * *":        "the step of",
		"*/99999999999999999999 * * *": "has 5 fields",
		"*/60 * * * *":                 "minute: the step of",
		"*/ * * * *":                   "the step of",
		"*/-1 * * * *":                 "the step of",
		"*/2/2 * * * *":                "the step of",
		"0-0/0 * * * *":                "the step of",
		"0 */24 * * *":                 "hour: the step of",
		"10-5 * * * *":                 "is empty",
		"1-2-3 * * * *":                "must be from 0 to 59",
		"1,,2 * * * *":                 `the list "1,,2" has an empty item`,
		"-5 * * * *":                   `minute: "-5" lacks a value from 0 to 59`,
		"+5 * * * *":                   `minute: "+5" must be from 0 to 59`,
		"5- * * * *":                   `"5-" lacks a value`,
		"/5 * * * *":                   `"/5" lacks a value`,
		"60 * * * *":                   "minute",
		"0 24 * * *":                   "hour",
		"0 0 0 * *":                    "day of month",
		"0 0 * 13 *":                   "month",
		"0 0 * 0 *":                    "month",
		"0 0 * * 8":                    "day of week",
		"0 0 * * monday":               `day of week: "monday" must be from 0 to 7`,
		"0 0 ? * 1":                    `day of month: "?" must be from 1 to 31: ?, L, W and # are not supported`,
		"0 0 * * ?":                    "are not supported",
		"0 0 L * *":                    "are not supported",
		"0 0 15W * *":                  "are not supported",
		"0 0 * * 5L":                   "are not supported",
		"0 0 * * 1#1":                  "are not supported",
		"0 0 H * *":                    "must be from 1 to 31",
		"0 0 6 * * *":                  "has 5 fields, not 6",
		"0 0 6 * * * 2026":             "has 5 fields, not 7",
		"every day":                    "has 5 fields, not 2",
		"٣ * * * *":                    "must be from 0 to 59",
		"":                             "has 5 fields, not 0",
	} {
		if _, err := schedule.Parse(cron, time.UTC, schedule.DST{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want an error with %q", cron, err, says)
		}
	}
}

func TestAScheduleThatNeverHappensIsAnError(t *testing.T) {
	t.Parallel()
	for _, cron := range []string{"0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6,9,11 *", "0 0 31 2 */7"} {
		if _, err := schedule.Parse(cron, time.UTC, schedule.DST{}); !errors.Is(err, schedule.ErrNever) {
			t.Errorf("%q: got %v, want ErrNever", cron, err)
		}
	}
}

// The library panics on a time zone without fields after it.
func FuzzParseAndNext(f *testing.F) {
	for _, seed := range []string{"TZ=0", "0 6 * * 7", "*/5 1-4/2 ? jan,dec mon-fri", "@every 1h", "@weekly", "CRON_TZ= * * * * *", "30 2 29 2 */7", "0-59/7 * 31 * sat-sun"} {
		for _, at := range []int64{0, 1772949600, 1793509200, 1861833600, 253402300799, -62135596800, -1 << 62, 1<<62 - 1} { // changes of clocks, and limits
			f.Add(seed, "America/New_York", at, at%2 == 0)
			f.Add(seed, "Australia/Lord_Howe", at, at%2 != 0)
		}
	}
	f.Fuzz(func(t *testing.T, cron, in string, at int64, other bool) {
		where, err := schedule.Zone(in)
		if err != nil {
			where = time.UTC
		}
		dst := schedule.DST{}
		if other {
			dst = schedule.DST{Gap: skip, Overlap: twice}
		}
		s, err := schedule.Parse(cron, where, dst)
		if err != nil {
			if strings.Contains(err.Error(), "cannot read this") {
				t.Errorf("the library panicked: %v", err)
			}
			return
		}
		after := time.Unix(at, 0)
		for range 5 {
			o, ok := s.Next(after)
			if !ok {
				break
			}
			if !o.At.After(after) || len(o.Local) < len("2006-01-02T15:04") {
				t.Fatalf("%q in %s after %v: got %v", cron, where, after, o)
			}
			after = o.At
		}
	})
}
