package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/schedule"
)

// A reference finds the occurrences of a schedule by looking at every minute. It parses only fields of the form *, */n and
// lists of numbers, in its own way.
type reference struct {
	fields []string
	zone   *time.Location
	dst    schedule.DST
}

func (r reference) match(wall time.Time) bool {
	values := []int{wall.Minute(), wall.Hour(), wall.Day(), int(wall.Month()), int(wall.Weekday())}
	var fits []bool
	for i, field := range r.fields {
		step, stepped := strings.CutPrefix(field, "*/")
		switch {
		case field == "*":
			fits = append(fits, true)
		case stepped:
			n, _ := strconv.Atoi(step)
			first := 0
			if i == 2 || i == 3 {
				first = 1
			}
			fits = append(fits, (values[i]-first)%n == 0)
		default:
			fits = append(fits, slices.Contains(strings.Split(field, ","), strconv.Itoa(values[i])))
		}
	}
	days := fits[2] && fits[4]
	if r.fields[2][0] != '*' && r.fields[4][0] != '*' {
		days = fits[2] || fits[4]
	}
	return fits[0] && fits[1] && fits[3] && days
}

// between walks from one moment to another, both on a minute of every zone. It remembers each wall-clock time that was, and knows
// that those which were not at their turn are in a gap.
func (r reference) between(from, to time.Time) (all []string) {
	clock := func(at time.Time) time.Time {
		at = at.In(r.zone)
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	}
	const layout = "2006-01-02T15:04"
	been := map[time.Time]bool{}
	latest := clock(from.Add(-time.Minute))
	for at := from; !at.After(to); at = at.Add(time.Minute) {
		wall := clock(at)
		local, moment := "", " = "+at.In(r.zone).Format("02 15:04 -0700")
		for skipped := latest.Add(time.Minute); skipped.Before(wall) && r.dst.Gap == shift; skipped = skipped.Add(time.Minute) {
			if r.match(skipped) {
				local = skipped.Format(layout)
			}
		}
		switch {
		case !r.match(wall):
		case !been[wall]:
			local = wall.Format(layout)
		case r.dst.Overlap == twice:
			local = wall.Format(layout) + "#2"
		}
		if local != "" {
			all = append(all, local+moment)
		}
		been[wall] = true
		if wall.After(latest) {
			latest = wall
		}
	}
	return all
}

func TestTheTimesAreThoseOfASlowWalk(t *testing.T) {
	t.Parallel()
	choices := rand.New(rand.NewPCG(1, 2))
	list := func(low, high int) string {
		var all []string
		for range 1 + choices.IntN(3) {
			all = append(all, strconv.Itoa(low+choices.IntN(high-low+1)))
		}
		return strings.Join(all, ",")
	}
	field := func(low, high int) string {
		switch choices.IntN(4) {
		case 0:
			return "*"
		case 1:
			return fmt.Sprint("*/", 1+choices.IntN(min(high-low, 20)))
		}
		return list(low, high)
	}
	// Weeks with a change of the clocks, and the last week of a leap year.
	starts := map[string][]string{
		"America/New_York":    {"2026-03-05", "2026-10-29", "2028-12-28"},
		"Europe/London":       {"2026-03-26", "2026-10-22", "2040-03-22"},
		"Australia/Lord_Howe": {"2026-04-02", "2026-10-01", "2032-12-29"},
		"Asia/Tokyo":          {"2026-03-05"},
		"Pacific/Apia":        {"2011-12-28"},
		"Pacific/Kwajalein":   {"1993-08-19", "1969-09-28"},
		"Africa/Casablanca":   {"2026-02-13", "2026-03-19"},
		"America/Sao_Paulo":   {"2018-11-02", "2019-02-15"},
		"Antarctica/Troll":    {"2026-03-27", "2026-10-23"},
	}
	compared, changed := 0, 0
	for name, days := range starts {
		for _, day := range days {
			for range 40 {
				fields := []string{field(0, 59), oneOf(choices, "*", list(0, 3), list(0, 3), field(0, 23)), oneOf(choices, "*", field(1, 31)), oneOf(choices, "*", field(1, 12)), oneOf(choices, "*", field(0, 6))}
				dst := schedule.DST{Gap: oneOf(choices, shift, skip), Overlap: oneOf(choices, once, twice)}
				s, err := schedule.Parse(strings.Join(fields, " "), zone(t, name), dst)
				if err != nil { // a day that does not exist
					continue
				}
				from, err := time.Parse(time.DateOnly, day)
				if err != nil {
					t.Fatal(err)
				}
				to := from.Add(5 * 24 * time.Hour)
				want, got := reference{fields, s.Zone(), dst}.between(from, to), shown(s.Between(from.Add(-1), to, 1<<20))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%q in %s, %v (-want +got):\n%s", s.Cron(), name, dst, diff)
				}
				compared += len(got)
				for _, one := range got {
					if strings.Contains(one, "#2") || one[11:16] != one[22:27] && one[11:16] != one[21:26] {
						changed++
					}
				}
			}
		}
	}
	if compared < 10_000 || changed < 100 {
		t.Errorf("only %d occurrences were compared, %d of them changed by the clocks", compared, changed)
	}
}

// oneOf returns one of several values.
func oneOf[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// moving are zones that changed their clocks in unusual ways: by half an hour, 20 minutes, 2 hours, 3 hours or a day, at
// midnight, twice in a month, in the year's last or first week.
const moving = `
	Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Khartoum Africa/Monrovia Africa/Windhoek America/Anchorage America/Argentina/San_Luis
	America/Bogota America/Caracas America/Danmarkshavn America/Goose_Bay America/Guatemala America/Havana America/Juneau America/Metlakatla America/New_York
	America/Nuuk America/Port-au-Prince America/Resolute America/Santo_Domingo America/Sao_Paulo America/St_Johns Antarctica/Casey Antarctica/Davis
	Antarctica/Troll Antarctica/Vostok Asia/Amman Asia/Anadyr Asia/Dhaka Asia/Gaza Asia/Hebron Asia/Kathmandu Asia/Pyongyang Asia/Tehran Asia/Tokyo Asia/Ulaanbaatar
	Atlantic/Azores Australia/Eucla Australia/Lord_Howe Europe/Dublin Europe/Istanbul Europe/Lisbon Europe/London Europe/Moscow Europe/Samara
	Pacific/Apia Pacific/Bougainville Pacific/Easter Pacific/Enderbury Pacific/Fiji Pacific/Kiritimati Pacific/Kwajalein Pacific/Norfolk Pacific/Rarotonga Pacific/Tongatapu`

// Whatever a zone has done to its clocks since 1970, moments increase, and no identity is used twice.
func TestNoZoneHasAnIdentityTwice(t *testing.T) {
	t.Parallel()
	changes := 0
	for _, name := range strings.Fields(moving) {
		where := zone(t, name)
		both := parse(t, "*/5 * * * *", name, schedule.DST{Gap: shift, Overlap: twice})
		for at := time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC).In(where); at.Year() < 2040; {
			_, change := at.ZoneBounds()
			if change.IsZero() {
				break
			}
			if !change.After(at) { // see periodAt
				change = at.Add(24 * time.Hour)
			}
			known, last := map[string]bool{}, time.Time{}
			for _, o := range both.Between(change.Add(-3*time.Hour), change.Add(3*time.Hour), 1000) {
				if known[o.Local] || !o.At.After(last) {
					t.Errorf("%s: %s twice, at %v after %v", name, o.Local, o.At, last)
				}
				known[o.Local], last = true, o.At
			}
			at = change
			changes++
		}
	}
	if changes < 1000 {
		t.Errorf("only %d changes of clocks were tried", changes)
	}
}
