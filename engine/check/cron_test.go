package check

import (
	"strings"
	"testing"
	"time"
)

func TestSchedulesAreReadAsCronDoes(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct{ schedule, next string }{
		{"30 2 * * 1-5", "2026-03-03T02:30:00Z"},
		{"0 6 * * 7", "2026-03-08T06:00:00Z"},
		{"0 6 * * SUN", "2026-03-08T06:00:00Z"},
		{"0 6 * * 0-7", "2026-03-03T06:00:00Z"},
		{"0 6 * * 6-7", "2026-03-07T06:00:00Z"},
		{"0 6 * * 3-7/4", "2026-03-04T06:00:00Z"},
		{"0 6 * * 5-7/2,7", "2026-03-06T06:00:00Z"},
		{"0 6 * * 7/2", "2026-03-08T06:00:00Z"},
		{"0 6 * * 6/1", "2026-03-07T06:00:00Z"},
		{"*/59 * * * *", "2026-03-02T12:59:00Z"},
		{"0 0 1 feb-dec/2 *", "2026-04-01T00:00:00Z"},
		{" @daily ", "2026-03-03T00:00:00Z"},
		{"@every 90m", "2026-03-02T13:30:00Z"},
	} {
		when, err := parseCron(row.schedule)
		if err != nil {
			t.Errorf("%q: %v", row.schedule, err)
		} else if got := when.Next(monday).Format(time.RFC3339); got != row.next {
			t.Errorf("%q is next at %s, want %s", row.schedule, got, row.next)
		}
	}
}

func TestInvalidSchedulesAreRejected(t *testing.T) {
	t.Parallel()
	for schedule, says := range map[string]string{
		"TZ=0":                         "under `timezone`",
		"CRON_TZ=Europe/Berlin":        "under `timezone`",
		"CRON_TZ=UTC 0 6 * * *":        "under `timezone`",
		"@every 0s":                    "at least 1m",
		"@every -1h":                   "at least 1m",
		"@every 1h500ms":               "whole seconds",
		"@every 9999999999999h":        "a duration, such as",
		"@every":                       "a duration, such as",
		"@reboot":                      "@reboot",
		"*/99999999999 * * * *":        "the step of",
		"*/99999999999999999999 * * *": "has 5 fields",
		"*/60 * * * *":                 "minute: the step of",
		"0-0/0 * * * *":                "the step of",
		"0 */24 * * *":                 "hour: the step of",
		"10-5 * * * *":                 "is empty",
		"1,,2 * * * *":                 `the list "1,,2" has an empty item`,
		"-5 * * * *":                   `minute: "-5" lacks a value from 0 to 59`,
		"5- * * * *":                   `"5-" lacks a value`,
		"/5 * * * *":                   `"/5" lacks a value`,
		"0 0 0 * *":                    "day of month",
		"0 0 * 13 *":                   "month",
		"0 0 * * 8":                    "day of week",
		"every day":                    "has 5 fields, not 2",
		"":                             "has 5 fields, not 0",
	} {
		if _, err := parseCron(schedule); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want an error with %q", schedule, err, says)
		}
	}
}

// The library has panicked on a time zone without fields after it.
func FuzzCron(f *testing.F) {
	for _, seed := range []string{"TZ=0", "0 6 * * 7", "*/5 1-4/2 ? jan,dec mon-fri", "@every 1h", "@weekly", "CRON_TZ= * * * * *"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, schedule string) {
		when, err := parseCron(schedule)
		if (when == nil) != (err != nil) {
			t.Fatalf("a schedule and an error, or neither: %v", err)
		}
		if err == nil {
			after := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
			if next := when.Next(after); !next.IsZero() && next.Before(after) {
				t.Errorf("%q is next at %v", schedule, next)
			}
		}
		if err != nil && strings.Contains(err.Error(), "cannot read this") {
			t.Errorf("the library panicked: %v", err)
		}
	})
}

// No library panics here today; guarded also protects against texts that nobody has tried.
func TestAPanicOfALibraryIsAnError(t *testing.T) {
	t.Parallel()
	_, err := guarded("the library", func() (int, error) { panic("slice bounds out of range") })
	if err == nil || err.Error() != "the library cannot read this: slice bounds out of range" {
		t.Errorf("got %v", err)
	}
}
