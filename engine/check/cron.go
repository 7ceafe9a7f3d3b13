package check

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// cronFields are the fields of a cron expression, with their minimum and maximum values. Sunday is 0 or 7.
var cronFields = []struct {
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

// leastEvery is the minimum interval of @every, the same as that of the five fields.
const leastEvery = time.Minute

// parseCron parses a schedule. The library also accepts expressions that are not allowed here: a time zone before the
// fields, an interval of zero, and steps with no value other than the first.
func parseCron(text string) (cron.Schedule, error) {
	text = strings.TrimSpace(text)
	switch first, _, _ := strings.Cut(text, " "); {
	case strings.HasPrefix(first, "TZ=") || strings.HasPrefix(first, "CRON_TZ="):
		return nil, errors.New("a schedule cannot have a time zone: write it under `timezone`")
	case first == "@every":
		every, err := time.ParseDuration(strings.TrimSpace(strings.TrimPrefix(text, "@every")))
		if err != nil {
			return nil, errors.New("@every needs a duration, such as 90m or 1h")
		}
		if every < leastEvery || every%time.Second != 0 {
			return nil, errors.New("@every needs at least 1m, in whole seconds")
		}
	case strings.HasPrefix(text, "@"):
	default:
		fields := strings.Fields(text)
		if len(fields) != len(cronFields) {
			return nil, fmt.Errorf("a schedule has %d fields, not %d", len(cronFields), len(fields))
		}
		for i := range fields {
			plain, err := cronField(i, fields[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cronFields[i].name, err)
			}
			fields[i] = plain
		}
		text = strings.Join(fields, " ")
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	return guarded("the library for schedules", func() (cron.Schedule, error) { return parser.Parse(text) })
}

// cronField checks the field with an index, and returns it in the notation of the library.
func cronField(index int, text string) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			return "", fmt.Errorf("the list %q has an empty item", text)
		}
		plain, err := cronPart(index, part)
		if err != nil {
			return "", err
		}
		parts = append(parts, plain)
	}
	return strings.Join(parts, ","), nil
}

// cronPart is cronField for one item of a list: `*`, a value or a range, and a step.
func cronPart(index int, text string) (string, error) {
	field := cronFields[index]
	values, step, stepped := strings.Cut(text, "/")
	by := 1
	if stepped {
		var err error
		if by, err = strconv.Atoi(step); err != nil || by < 1 || by > field.high-field.low {
			return "", fmt.Errorf("the step of %q must be from 1 to %d", text, field.high-field.low)
		}
	}
	if values == "*" || values == "?" {
		return text, nil
	}
	first, last, ranged := strings.Cut(values, "-")
	if first == "" || ranged && last == "" {
		return "", fmt.Errorf("%q lacks a value from %d to %d", text, field.low, field.high)
	}
	low, err := cronValue(index, first)
	if err != nil {
		return "", err
	}
	high := low
	switch {
	case ranged:
		if high, err = cronValue(index, last); err != nil {
			return "", err
		}
	case stepped:
		high = field.high
		if field.words != nil {
			high = max(low, field.low+len(field.words)-1) // 5/1 in the days of the week ends on Saturday
		}
	}
	if low > high {
		return "", fmt.Errorf("the range %q is empty", values)
	}
	if index < len(cronFields)-1 || high < 7 {
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

func cronValue(index int, text string) (int, error) {
	field := cronFields[index]
	if i := slices.Index(field.words, strings.ToLower(text)); i >= 0 {
		return field.low + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < field.low || n > field.high {
		return 0, fmt.Errorf("%q must be from %d to %d", text, field.low, field.high)
	}
	return n, nil
}
