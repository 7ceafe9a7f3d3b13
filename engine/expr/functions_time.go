package expr

import (
	"errors"
	"strings"
	"time"
)

var timeFunctions = []definition{
	{
		theme: "time", name: "now", returns: Time,
		call:    func(ev *evaluation, _ []any) (any, error) { return ev.time() },
		summary: "The time at which the evaluation started. It is the same throughout one step's inputs.",
		example: `now() - days(90)`, result: `"2026-03-03T12:00:00Z"`,
	},
	{
		theme: "time", name: "date", params: []param{one("value", Type{set: kString | kInt | kTime})}, returns: Time,
		call: func(_ *evaluation, args []any) (any, error) { return asTime("date", args[0]) },
		summary: "A time, from a string as Okta sends it: RFC 3339 with or without a fraction, with Z, +01:00 or +0100, or a date alone. " +
			"Without a zone it is UTC. An integer is seconds since 1970, or milliseconds from 100000000000 on. A time is returned unchanged.",
		example: `date("2026-02-27T09:12:00.000Z") + hours(1)`, result: `"2026-02-27T10:12:00.000Z"`,
	},
	{
		theme: "time", name: "duration", params: []param{one("text", Type{set: kString | kDuration})}, returns: Duration,
		call: func(_ *evaluation, args []any) (any, error) {
			text, ok := args[0].(string)
			if !ok {
				return args[0], nil
			}
			if d, ok := parseDuration(strings.TrimSpace(text)); ok {
				return d, nil
			}
			return nil, faultf("%q is not a duration", text).withHint("write it as 30s, 5m, 36h, 90d or 1w2d, up to 292 years").at(0)
		},
		summary: "A duration, from a string of numbers with the units ns, us, ms, s, m, h, d (24 hours) and w (7 days).",
		example: `duration("1d12h")`, result: `"36h0m0s"`,
	},
	{
		theme: "time", name: "days", params: []param{one("n", Number)}, returns: Duration,
		call:    func(_ *evaluation, args []any) (any, error) { return scale(24*time.Hour, float(args[0])) },
		summary: "A duration of n times 24 hours.",
		example: `date("2026-03-01") - days(1)`, result: `"2026-02-28T00:00:00Z"`,
	},
	{
		theme: "time", name: "hours", params: []param{one("n", Number)}, returns: Duration,
		call:    func(_ *evaluation, args []any) (any, error) { return scale(time.Hour, float(args[0])) },
		summary: "A duration of n hours.",
		example: `hours(1.5)`, result: `"1h30m0s"`,
	},
	{
		theme: "time", name: "minutes", params: []param{one("n", Number)}, returns: Duration,
		call:    func(_ *evaluation, args []any) (any, error) { return scale(time.Minute, float(args[0])) },
		summary: "A duration of n minutes.",
		example: `minutes(90)`, result: `"1h30m0s"`,
	},
	{
		theme: "time", name: "seconds", params: []param{one("n", Number)}, returns: Duration,
		call:    func(_ *evaluation, args []any) (any, error) { return scale(time.Second, float(args[0])) },
		summary: "A duration of n seconds.",
		example: `seconds(1.5)`, result: `"1.5s"`,
	},
	{
		theme: "time", name: "format_date", returns: String,
		params: []param{one("time", Type{set: kTime | kString | kInt}), one("layout", String), optional("zone", String)},
		infer: func(c *checker, args []operand) Type { // only the layout can contain quotes
			c.layout(args, func(layout string) error { _, err := formatDate(time.Unix(0, 0).UTC(), layout); return err })
			if args[1].typ.grade() == word {
				return String.graded(word)
			}
			return String
		},
		call: func(_ *evaluation, args []any) (any, error) {
			t, err := asTime("format_date", args[0])
			if err != nil {
				return nil, err
			}
			moment := t.(instant).t
			if len(args) > 2 {
				zone, err := zone(args[2].(string))
				if err != nil {
					return nil, err
				}
				moment = moment.In(zone)
			}
			return formatDate(moment, args[1].(string))
		},
		summary: "A time, or anything that date takes, as a string. The layout consists of YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm m ss s " +
			"SSS A a Z ZZ; put other letters in [brackets]. The zone is an IANA name; without it, the time keeps its own zone.",
		example: `format_date("2026-02-27T09:12:00Z", "DD.MM.YYYY HH:mm", "Europe/Berlin")`, result: `"27.02.2026 10:12"`,
	},
}

// layout checks the second argument of a function if it is a literal.
func (c *checker) layout(args []operand, check func(layout string) error) {
	if args[1].text == nil {
		return
	}
	wrong := (*fault)(nil)
	if errors.As(check(*args[1].text), &wrong) {
		c.fail(wrong.placed(args[1].at))
	}
}

// asTime converts a value that date accepts to a time.
func asTime(name string, v any) (any, error) {
	switch v := v.(type) {
	case string:
		if t, ok := parseDate(strings.TrimSpace(v)); ok {
			return t, nil
		}
		hint := `write it as "2026-02-27T09:12:00Z" or "2026-02-27"`
		if strings.Count(v, "/") == 2 || strings.Count(v, ".") == 2 {
			hint = `parse_date reads other layouts, as in parse_date("11/28/2026", "MM/DD/YYYY") and parse_date("28.11.2026", "DD.MM.YYYY")`
		}
		return nil, faultf("%s: %q is not a time", name, v).withHint(hint).at(0)
	case int:
		t := parseEpoch(v)
		if year := t.t.Year(); year < 0 || year > 9999 {
			return nil, faultf("%s: %d is outside the years 0 to 9999", name, v).at(0)
		}
		return t, nil
	}
	return v, nil
}

// zone returns a time zone of the IANA database. It rejects "Local", which depends on the machine,
// and abbreviations.
func zone(name string) (*time.Location, error) {
	if name == "UTC" || strings.Contains(name, "/") { // others, such as CET, are not the clocks of one place
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return nil, faultf("unknown time zone %q", name).withHint(`an IANA name, such as "Europe/Berlin" or "UTC"`).at(2)
}
