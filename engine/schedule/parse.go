package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/robfig/cron/v3"
)

// columns are the fields of a cron expression, with their minimum and maximum values. Sunday is 0 or 7.
var columns = []struct {
	name      string
	low, high int
	words     []string // names of low, low+1, …
}{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

const (
	dayColumn     = 2
	weekdayColumn = 4
)

// named are the names that may be written in place of the fields.
var named = []string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}

// parseFields parses a cron expression. The library also accepts what is not allowed here: time zones, intervals, ?, and
// steps with no value other than the first.
func parseFields(text string) (f fields, err error) {
	text = strings.TrimSpace(text)
	switch first, _, _ := strings.Cut(text, " "); {
	case strings.HasPrefix(first, "TZ=") || strings.HasPrefix(first, "CRON_TZ="):
		return f, errors.New("a schedule cannot have a time zone: write it under `timezone`")
	case first == "@every":
		return f, errors.New("@every is an interval, without times of the day: write such as \"*/30 * * * *\" for every 30 minutes")
	case strings.HasPrefix(text, "@"):
		if !slices.Contains(named, text) {
			return f, fmt.Errorf("%q must be one of %s", text, strings.Join(named, ", "))
		}
	default:
		written := strings.Fields(text)
		if len(written) != len(columns) {
			return f, fmt.Errorf("a schedule has %d fields, not %d", len(columns), len(written))
		}
		// As in cron, a field that starts with * does not restrict the days.
		f.either = written[dayColumn][0] != '*' && written[weekdayColumn][0] != '*'
		for i := range written {
			plain, err := column(i, written[i])
			if err != nil {
				return f, fmt.Errorf("%s: %w", columns[i].name, err)
			}
			written[i] = plain
		}
		text = strings.Join(written, " ")
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	parsed, err := guarded(func() (cron.Schedule, error) { return parser.Parse(text) })
	if err != nil {
		return f, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return f, fmt.Errorf("%q is not five fields", text)
	}
	f.minute, f.hour, f.day, f.month, f.weekday = set(spec.Minute), set(spec.Hour), set(spec.Dom), set(spec.Month), set(spec.Dow)
	return f, nil
}

// column checks the field with an index, and returns it in the notation of the library.
func column(index int, text string) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			return "", fmt.Errorf("the list %q has an empty item", text)
		}
		plain, err := item(index, part)
		if err != nil {
			return "", err
		}
		parts = append(parts, plain)
	}
	return strings.Join(parts, ","), nil
}

// item is column for one item of a list: `*`, a value or a range, and a step.
func item(index int, text string) (string, error) {
	column := columns[index]
	values, step, stepped := strings.Cut(text, "/")
	by := 1
	if stepped {
		var err error
		if by, err = number(step, 1, column.high-column.low); err != nil {
			return "", fmt.Errorf("the step of %q must be from 1 to %d", text, column.high-column.low)
		}
	}
	if values == "*" {
		return text, nil
	}
	first, last, ranged := strings.Cut(values, "-")
	if first == "" || ranged && last == "" {
		return "", fmt.Errorf("%q lacks a value from %d to %d", text, column.low, column.high)
	}
	low, err := value(index, first)
	if err != nil {
		return "", err
	}
	high := low
	switch {
	case ranged:
		if high, err = value(index, last); err != nil {
			return "", err
		}
		if index == weekdayColumn && high == 0 && low > 0 { // sat-sun
			high = 7
		}
	case stepped:
		high = column.high
		if column.words != nil {
			high = max(low, column.low+len(column.words)-1) // 5/1 in the days of the week ends on Saturday
		}
	}
	if low > high {
		return "", fmt.Errorf("the range %q is empty", values)
	}
	if index != weekdayColumn || high < 7 {
		return text, nil
	}
	var days []string // 7 is Sunday, which is 0 in the library
	for day := low; day <= high; day += by {
		if name := strconv.Itoa(day % 7); !slices.Contains(days, name) {
			days = append(days, name)
		}
	}
	return strings.Join(days, ","), nil
}

// value returns the number of a value, or of a name.
func value(index int, text string) (int, error) {
	column := columns[index]
	if i := slices.Index(column.words, strings.ToLower(text)); i >= 0 {
		return column.low + i, nil
	}
	n, err := number(text, column.low, column.high)
	if err != nil && strings.ContainsAny(text, "?LW#") {
		return 0, fmt.Errorf("%q must be from %d to %d: ?, L, W and # are not supported", text, column.low, column.high)
	}
	return n, err
}

// number parses a number without a sign, in limits.
func number(text string, low, high int) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || int(n) < low || int(n) > high {
		return 0, fmt.Errorf("%q must be from %d to %d", text, low, high)
	}
	return int(n), nil
}

// guarded calls a library with text from a user. The libraries for schedules and time zones have panicked on some texts.
func guarded[T any](call func() (T, error)) (made T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot read this: %v", p)
		}
	}()
	return call()
}
