package expr

import (
	"strings"
	"time"
)

var calendarFunctions = []definition{
	{
		theme: "time", name: "parse_date", params: []param{one("text", String), one("layout", String), optional("zone", String)}, returns: Time,
		infer: func(c *checker, args []operand) Type {
			c.layout(args, func(layout string) error { _, err := newLayout(layout); return err })
			return Time
		},
		call: func(ev *evaluation, args []any) (any, error) {
			if err := ev.spend(100 * len(args[1].(string))); err != nil { // as of a computed pattern
				return nil, err
			}
			layout, err := newLayout(args[1].(string))
			if err != nil {
				return nil, err
			}
			clock := time.UTC
			if len(args) > 2 {
				if clock, err = zone(args[2].(string)); err != nil {
					return nil, err
				}
			}
			t, ok := layout.read(strings.TrimSpace(args[0].(string)), clock)
			if !ok {
				return nil, faultf("parse_date: %q is not a time in the layout %q", args[0], args[1]).
					withHint("the layout must describe the whole text; put letters that mean themselves in [brackets]").at(0)
			}
			return newInstant(t), nil
		},
		summary: "A time, from a string in a layout of format_date, which must have a year; a day and an hour that are left out are the first ones. The zone, an IANA " +
			"name, is that of the clock if the string has none; by default UTC. " + clockChanges + " Spaces around the string are ignored. Years with two digits are 1969 to 2068.",
		example: `parse_date("11/28/2026 2:30 pm", "MM/DD/YYYY h:mm a", "America/New_York")`, result: `"2026-11-28T19:30:00Z"`,
	},
	calendar("add_months", 1, "31 January plus one month is the last day of February", `add_months("2026-01-31", 1)`, `"2026-02-28T00:00:00Z"`),
	calendar("add_years", 12, "29 February plus one year is 28 February", `add_years("2024-02-29T12:00:00Z", 1)`, `"2025-02-28T12:00:00Z"`),
}

// clockChanges documents onClock.
const clockChanges = "A time of day that clocks show twice is the first one; one that they skip is as much later as they skip."

// calendar defines a function that adds units of some months to a time.
func calendar(name string, months int, summary, example, result string) definition {
	return definition{
		theme: "time", name: name, returns: Time,
		params: []param{one("time", Type{set: kTime | kString | kInt}), one("n", Int), optional("zone", String)},
		call: func(_ *evaluation, args []any) (any, error) {
			from, err := asTime(name, args[0])
			if err != nil {
				return nil, err
			}
			start, n := from.(instant), args[1].(int)
			if len(args) > 2 {
				zone, err := zone(args[2].(string))
				if err != nil {
					return nil, err
				}
				start.t = start.t.In(zone)
			}
			const most = 12 * 10_000 // more leaves the years that a time can have, and could overflow
			if n < -most || n > most {
				return nil, faultf("%s: the time is outside the years 0 to 9999", name).at(1)
			}
			moved := instant{addMonths(start.t, n*months), start.digits}
			if year := moved.t.Year(); year < 0 || year > 9999 {
				return nil, faultf("%s: the time is outside the years 0 to 9999", name).at(1)
			}
			return moved, nil
		},
		summary: "The time n " + strings.TrimPrefix(name, "add_") + " later, or earlier if n is negative, on the same day of the month and at the same time of day. " +
			"A month without that day gives its last one: " + summary + ". The calendar is that of the zone, an IANA name; without it, of the time's own. " + clockChanges,
		example: example, result: result,
	}
}

// addMonths adds months to the date of a time.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	hour, minute, second := t.Clock()
	return onClock(time.Date(first.Year(), first.Month(), min(t.Day(), last), hour, minute, second, t.Nanosecond(), time.UTC), t.Location())
}
