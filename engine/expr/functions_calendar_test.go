package expr

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"
)

// value evaluates an expression without roots.
func value(t *testing.T, source string) (any, error) {
	t.Helper()
	p, err := Compile(source, ObjectOf(nil, false))
	if err != nil {
		return nil, err
	}
	return p.Eval(context.Background(), testScope(nil))
}

func TestMonthsAreAddedByTheCalendar(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`add_months("2026-01-31", 1)`:                                                  "2026-02-28T00:00:00Z",
		`add_months("2024-01-31", 1)`:                                                  "2024-02-29T00:00:00Z",
		`add_months("2026-03-31", -1)`:                                                 "2026-02-28T00:00:00Z",
		`add_months("2026-12-15T10:00:00.50Z", 1)`:                                     "2027-01-15T10:00:00.50Z",
		`add_months("2026-01-31", -13)`:                                                "2024-12-31T00:00:00Z",
		`add_months("2026-05-31T23:30:00Z", 1, "Europe/Berlin")`:                       "2026-07-01T01:30:00+02:00",
		`add_months("2026-02-28T23:30:00Z", 1)`:                                        "2026-03-28T23:30:00Z",
		`add_months("2026-02-28T23:30:00+01:00", 1)`:                                   "2026-03-28T23:30:00+01:00",
		`add_months("2026-02-28T12:00:00Z", 1, "Europe/Berlin")`:                       "2026-03-28T13:00:00+01:00",
		`add_months("2026-03-15T12:00:00Z", 1, "Europe/Berlin")`:                       "2026-04-15T13:00:00+02:00",
		`add_years("2024-02-29", 4)`:                                                   "2028-02-29T00:00:00Z",
		`add_years("2024-02-29", -1)`:                                                  "2023-02-28T00:00:00Z",
		`parse_date("28.11.2026", "DD.MM.YYYY")`:                                       "2026-11-28T00:00:00Z",
		`parse_date("1/2/26", "M/D/YY")`:                                               "2026-01-02T00:00:00Z",
		`parse_date("12:05 AM on Sat, Nov 28, 2026", "hh:mm A [on] ddd, MMM D, YYYY")`: "2026-11-28T00:05:00Z",
		`parse_date("20261128T7:05:09.250+0200", "YYYYMMDD[T]H:mm:ss.SSSZZ")`:          "2026-11-28T05:05:09.25Z",
		`parse_date("2026 2 of 15 January", "YYYY [2 of 15] MMMM")`:                    "2026-01-01T00:00:00Z",
		`parse_date("2026-07-01 00:30", "YYYY-MM-DD HH:mm", "Europe/Berlin")`:          "2026-06-30T22:30:00Z",
	} {
		got, err := value(t, source)
		if err != nil || got != want {
			t.Errorf("%s gives %v, %v; want %s", source, got, err, want)
		}
	}
}

func TestWhatIsNoTimeInALayoutIsRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`parse_date("28/11/2026", "MM/DD/YYYY")`:         `"28/11/2026" is not a time in the layout "MM/DD/YYYY"`,
		`parse_date("2026-02-30", "YYYY-MM-DD")`:         "is not a time",
		`parse_date("2026-11-28x", "YYYY-MM-DD")`:        "is not a time",
		`parse_date("Mon 2026-11-28", "ddd YYYY-MM-DD")`: "is not a time", // it is a Saturday
		`parse_date("11-28", "MM-DD")`:                   "the layout has no year",
		`parse_date("2026 02", "YYYY hh")`:               `the layout has "hh" without A or a`,
		`parse_date("2026 pm", "YYYY a")`:                `the layout has "a" without an hour`,
		`parse_date("2026 26", "YYYY YY")`:               `"YYYY" and "YY" in one layout`,
		`parse_date("2026 13 pm", "YYYY hh a")`:          "is not a time",
		`parse_date("2026", "YYYY[")`:                    "unclosed [",
		`parse_date("2026", "YYYY", "CET")`:              `unknown time zone "CET"`,
		`date("11/28/2026")`:                             "is not a time",
		`add_months("2026-01-31", 9999999999999)`:        "outside the years 0 to 9999",
		`add_years("9000-01-31", 1000)`:                  "outside the years 0 to 9999",
		`add_years("0001-01-31", -2)`:                    "outside the years 0 to 9999",
		`add_months("2026-01-31", 1.5)`:                  "decimal",
	} {
		if got, err := value(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, %v; want an error with %q", source, got, err, want)
		}
	}
}

// Each layout that reads times reads what it has written.
func TestALayoutReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	choices := rand.New(rand.NewSource(1))
	pick := func(all ...string) string { return all[choices.Intn(len(all))] }
	for range 2_000 {
		clock := pick("HH:mm:ss.SSS", "H:mm:ss.SSS", "h:m:s.SSS A", "hh:mm:ss.SSS a", "[at] H [h] m [m] s.SSS")
		layout := pick("YYYY-MM-DD", "D.M.YYYY", "dddd, MMMM D YYYY", "ddd D MMM YYYY", "YYYY[2006]MM[01]DD") + pick(" ", "T-") + clock + pick("", "Z", " ZZ")
		layout = strings.ReplaceAll(layout, "T-", "[T]-")
		zone := time.FixedZone("", 60*(choices.Intn(27*60)-13*60))
		at := time.UnixMilli(choices.Int63n(4_000_000_000_000)).In(zone)
		if !strings.Contains(layout, "Z") {
			at = at.UTC()
		}
		text, err := formatDate(at, layout)
		if err != nil {
			t.Fatal(err)
		}
		l, err := newLayout(layout)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := l.read(text, time.UTC); !ok || !got.Equal(at) {
			t.Fatalf("%q in %q is read as %v, %v; want %v", text, layout, got, ok, at)
		}
	}
}

func FuzzLayouts(f *testing.F) {
	f.Add("2026-11-28", "YYYY-MM-DD")
	f.Add("1/2/26 3pm", "M/D/YY ha")
	f.Fuzz(func(t *testing.T, text, layout string) {
		l, err := newLayout(layout)
		if err != nil {
			return
		}
		if at, ok := l.read(text, time.UTC); ok && (at.Year() < 0 || at.Year() > 9999) {
			t.Errorf("%q in %q is in the year %d", text, layout, at.Year())
		}
	})
}

func TestPatternsFindAndReplace(t *testing.T) {
	t.Parallel()
	long := fmt.Sprintf("repeat(%q, 200000)", "ab ") // searched in pieces
	for source, want := range map[string]any{
		"regex_find(\"ann\", `b`)":                                 "<nil>",
		"regex_find(\"ann b\", `(x)?b`, 1)":                        "<nil>",
		"regex_find(\"Zoë 42\", `(\\d)(\\d)`, 2)":                  "2",
		"regex_find(" + long + " + \"REQ-7\", `REQ-(\\d)`, 1)":     "7",
		"regex_index(\"Zoë 42\", `\\d`)":                           4,
		"regex_index(" + long + " + \"ë9\", `\\d`)":                600_001,
		"regex_replace(\"ann\", `(?P<first>.)n`, \"${first}$$x\")": "a$xn",
		"regex_replace(\"a1\", `(\\d)`, \"${1}x$\")":               "a1x$",
	} {
		if got, err := value(t, source); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gives %v, %v; want %v", source, got, err, want)
		}
	}
	for source, want := range map[string]string{
		"regex_find(\"a\", `a`, 1)":                           `the pattern has no group "1"`,
		"regex_find(\"a\", `(`)":                              "not a regular expression",
		"regex_replace(\"a\", `(a)`, \"$2\")":                 `the pattern has no group "2"`,
		"regex_replace(\"a\", `(a)`, \"$1x\")":                `the pattern has no group "1x"`,
		"regex_replace(\"a\", `(a)`, \"${first}\")":           `the pattern has no group "first"`,
		"regex_replace(\"a\", \"(a)\" + \"\", \"$\" + \"2\")": `the pattern has no group "2"`,
	} {
		if got, err := value(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, %v; want an error with %q", source, got, err, want)
		}
	}
}

func TestShapesOfObjects(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		`json(set_path({a: [{b: 1}, 2]}, "a.0.b", 3))`:                                            `{"a":[{"b":3},2]}`,
		`json(set_path({}, "a.b.c", nil))`:                                                        `{"a":{"b":{"c":null}}}`,
		`json(set_path({a: nil}, "a.b", 1))`:                                                      `{"a":{"b":1}}`,
		`json(diff({a: 1, b: {c: 1}, d: nil}, {a: 1.0, b: {c: 2}}))`:                              `{"b":{"new":{"c":2},"old":{"c":1}}}`,
		`json(without_empty({a: {b: {c: ""}}, d: [{e: nil}], f: false}))`:                         `{"d":[{}],"f":false}`,
		`json(chunk([], 2))`:                                                                      `[]`,
		`hmac("key", "ann", "base64") == hmac("key", "ann")`:                                      false,
		`[empty(0), empty(false), empty({}), empty({a: nil}), empty([])]`:                         []any{false, false, true, false, true},
		`[text(nil), text({b: 1, a: nil}), text(true), text(date("2026-02-27")), text(hours(1))]`: []any{"", `{"a":null,"b":1}`, "true", "2026-02-27T00:00:00Z", "1h0m0s"},
	} {
		if got, err := value(t, source); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gives %v, %v; want %v", source, got, err, want)
		}
	}
	for source, want := range map[string]string{
		`set_path({a: "x"}, "a.b", 1)`: `"a" in the path of set_path must be an object or list, not a string`,
		`set_path({a: [1]}, "a.1", 1)`: `must be the number of one of the 1 elements`,
		`set_path({}, "a..b", 1)`:      "has an empty name",
		`chunk([1], 0)`:                "must be at least 1",
		`hmac("k", "t", "hexa")`:       `unknown encoding "hexa"`,
	} {
		if got, err := value(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, %v; want an error with %q", source, got, err, want)
		}
	}
}
