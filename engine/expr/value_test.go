package expr

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIntegersAndDecimalsOfOneValueAreEqual(t *testing.T) {
	t.Parallel()
	for _, n := range []any{3, 3.0} {
		for source, want := range map[string]any{
			`inputs.n == 3`: true, `inputs.n == 3.0`: true, `inputs.n % 2 == 1`: true, `inputs.n > 1.5`: true, `inputs.n in [1, 3]`: true,
			`inputs.n * 2 == 6`: true, `-inputs.n == -3`: true, `len(1..inputs.n)`: 3, `[1, 2, 3, 4][inputs.n]`: 4,
			`take([1, 2, 3, 4], inputs.n) == [1, 2, 3]`: true, `string(inputs.n)`: "3", `uniq([inputs.n, 3, 3.0]) == [3]`: true,
		} {
			p, err := Compile(source, testEnv)
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			got, err := p.Eval(context.Background(), testScope(map[string]any{"inputs": map[string]any{"n": n}}))
			if err != nil || got != want {
				t.Errorf("%s with %T: got %v, %v, want %v", source, n, got, err, want)
			}
		}
	}
	if got := eval(t, `9007199254740993 == 9007199254740992.0`); got != false {
		t.Error("integers and decimals are compared exactly")
	}
}

func TestNumbersAreComparedExactlyByEveryOperatorAndFunction(t *testing.T) {
	t.Parallel()
	for _, n := range []struct {
		less, more string
		equal      bool
	}{
		{"9007199254740992.0", "9007199254740993", false}, {"9007199254740992", "9007199254740993.0", true}, // the latter is 2^53 as a decimal
		{"9223372036854775807", "9223372036854775808.0", false}, {"-9223372036854775808.0", "-9223372036854775807", false},
		{"-9007199254740993", "-9007199254740992.0", false}, {"-9223372036854775808.0", "-9223372036854775807 - 1", true},
		{"3", "3.0", true}, {"0", "-0.0", true}, {"2", "2.5", false}, {"-2.5", "-2", false}, {"-2", "-1.5", false}, {"5", "1e300", false}, {"-1e300", "5", false},
	} {
		a, b := "("+n.less+")", "("+n.more+")"
		for source, want := range map[string]any{
			a + "==" + b: n.equal, b + "==" + a: n.equal, a + "!=" + b: !n.equal, a + "<" + b: !n.equal, b + ">" + a: !n.equal,
			a + ">" + b: false, a + "<=" + b: true, b + ">=" + a: true, b + "<=" + a: n.equal, a + "in [" + b + "]": n.equal,
			"[" + a + "] == [" + b + "]": n.equal, "{x: " + a + "} == {x: " + b + "}": n.equal,
			"sort([" + b + "," + a + "])[0] ==" + a: true, "sortBy([{x: " + b + "}, {x: " + a + "}], .x)[0].x ==" + a: true,
			"min(" + b + "," + a + ") ==" + a: true, "max([" + a + "," + b + "]) ==" + b: true,
			"len(uniq([" + a + "," + b + "])) == 1":                             n.equal,
			"len(keys(group_by([{x: " + a + "}, {x: " + b + "}], \"x\"))) == 1": n.equal,
			"len(keys(index_by([{x: " + a + "}, {x: " + b + "}], \"x\"))) == 1": n.equal,
			"string(" + a + ") == string(" + b + ")":                            n.equal,
		} {
			if got := eval(t, source); got != want {
				t.Errorf("%s is %v", source, got)
			}
		}
	}
}

func TestFloatReadsDecimalDigitsOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{"1.5": 1.5, " -2 ": -2.0, "1e3": 1000.0, ".5": 0.5, "+5": 5.0, "007": 7.0} {
		if got := eval(t, `float("`+text+`")`); got != want {
			t.Errorf("%q is %v", text, got)
		}
	}
	for _, text := range []string{"0x1p4", "0x10", "1_0", "inf", "+Inf", "infinity", "NaN", "1e400", "1e", "", "-", "e5", "1,5", "１"} {
		if message := failing(t, `float("`+text+`")`); message != "float: "+strconv.Quote(text)+" is not a number" {
			t.Errorf("%q: %s", text, message)
		}
	}
}

func TestUnjsonReadsOneValueAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{} }", "{} {}", "[] ]", "1 2", "1,", "1}", "true]", "{}x", `"a" "b"`, "", " ", "nul", "[1,]", "{\"a\":1,}", "01", "NaN", "'a'", "// x\n1", "{a: 1}"} {
		if message := failing(t, "unjson("+strconv.Quote(text)+")"); !strings.HasPrefix(message, "unjson: the string is not JSON: ") {
			t.Errorf("%q: %s", text, message)
		}
	}
	for text, want := range map[string]any{" {} \n\t": map[string]any{}, "null": nil, "\"\\u00e9\"": "é", "[[[]]]": []any{[]any{[]any{}}}, `{"a": 1, "a": 2}`: map[string]any{"a": 2}} {
		if got := eval(t, "unjson("+strconv.Quote(text)+")"); !cmp.Equal(got, want) {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// failing returns the message of the error of an expression.
func failing(t *testing.T, source string) string {
	t.Helper()
	p, err := Compile(source, testEnv)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	_, err = p.Eval(t.Context(), testScope(testRoots()))
	wrong, ok := err.(*Error)
	if !ok {
		t.Fatalf("%s: got %v, want an error", source, err)
	}
	return wrong.Message
}

func TestNumbersBeyond64BitsAreKept(t *testing.T) {
	t.Parallel()
	const big = "123456789012345678901234567890"
	for source, want := range map[string]any{
		`vars.big == vars.big`:                           true,
		`vars.big == unjson("` + big + `.0")`:            true,
		`vars.big == 5`:                                  false,
		`vars.big != "x"`:                                true,
		`string(vars.big)`:                               big,
		`json([vars.big])`:                               "[" + big + "]",
		`unjson("0.1") == 0.1`:                           true,
		`unjson("[1e400]")`:                              []any{json.Number("1e400")},
		`unjson("0.1000000000000000055511151231257827")`: json.Number("0.1000000000000000055511151231257827"),
		`unjson("9223372036854775807")`:                  9223372036854775807,
		`unjson("9223372036854775808")`:                  json.Number("9223372036854775808"),
		`unjson("1.0")`:                                  1.0,
		`type(vars.big)`:                                 "number",
		`uniq([vars.big, vars.big])`:                     []any{json.Number(big)},
	} {
		if diff := cmp.Diff(want, eval(t, source)); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
	}
}

func TestTimesKeepTheirForm(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		`date("2026-02-27T09:12:00.000Z")`:                               "2026-02-27T09:12:00.000Z",
		`date("2026-02-27T09:12:00Z")`:                                   "2026-02-27T09:12:00Z",
		`date("2026-02-27T09:12:00.5+01:00")`:                            "2026-02-27T09:12:00.5+01:00",
		`date("2026-02-27T09:12:00+0100")`:                               "2026-02-27T09:12:00+01:00",
		`date("2026-02-27T09:12:00.120-0530")`:                           "2026-02-27T09:12:00.120-05:30",
		`date("2026-02-27")`:                                             "2026-02-27T00:00:00Z",
		`date(1772183520)`:                                               "2026-02-27T09:12:00Z",
		`date(1772183520123)`:                                            "2026-02-27T09:12:00.123Z",
		`date(date("2026-02-27"))`:                                       "2026-02-27T00:00:00Z",
		`date("2026-02-27T09:12:00.000Z") - hours(1)`:                    "2026-02-27T08:12:00.000Z",
		`date("2026-02-27T09:12:00Z") + duration("1ms")`:                 "2026-02-27T09:12:00.001Z",
		`date("2026-02-27T09:12:00+01:00") == date("2026-02-27T08:12Z")`: true,
		`"at " + string(date("2026-02-27"))`:                             "at 2026-02-27T00:00:00Z",
		`now() - date("2026-06-01T11:00:00Z")`:                           "1h0m0s",
		`-duration("90m")`:                                               "-1h30m0s",
		`days(2) * 1.5`:                                                  "72h0m0s",
		`quote(now())`:                                                   `"2026-06-01T12:00:00Z"`,
		`[now()] == [date("2026-06-01T14:00:00+02:00")]`:                 true,
		`max(map(inputs.users, date(.created)))`:                         "2025-02-01T00:00:00.000Z",
		`json({a: now()})`:                                               `{"a":"2026-06-01T12:00:00Z"}`,
		`format_date("2026-02-27T21:05:09.007Z", "dddd D MMMM YY, h:mm:ss.SSS A ZZ [at] H")`: "Friday 27 February 26, 9:05:09.007 PM +0000 at 21",
	} {
		if got := eval(t, source); got != want {
			t.Errorf("%s: got %v, want %v", source, got, want)
		}
	}
}

func TestDurationsHaveDaysAndWeeks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"36h": "36h0m0s", "1d": "24h0m0s", "1w2d": "216h0m0s", "1.5d": "36h0m0s", "-90m": "-1h30m0s", "500ms": "500ms", "0s": "0s",
		"1h30m15s": "1h30m15s",
	} {
		if got := eval(t, `duration("`+text+`")`); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "3", "d", "1x", "1h 30m", "--1h", "1e3s", "300000000000h", "."} {
		if d, ok := parseDuration(text); ok {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}

func TestQuoteIsReadBackAsJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ann", `o"brien`, `back\slash`, "tab\tline\nnul\x00", "Zoë 🦆 <&>", `\"`, "\u2028"} {
		var back string
		if err := json.Unmarshal([]byte(quote(text)), &back); err != nil || back != text {
			t.Errorf("quote(%q) is %s, which reads as %q, %v", text, quote(text), back, err)
		}
	}
}

func TestObjectsAreWalkedInOrder(t *testing.T) {
	t.Parallel()
	const object = `{z: 1, b: 2, a: 3, y: 4, c: 5}`
	for range 20 {
		got := eval(t, `[keys(`+object+`), values(`+object+`), toPairs({b: 1, a: 2}), json(`+object+`), csv([`+object+`])]`)
		want := []any{
			[]any{"a", "b", "c", "y", "z"}, []any{3, 2, 5, 4, 1}, []any{[]any{"a", 2}, []any{"b", 1}},
			`{"a":3,"b":2,"c":5,"y":4,"z":1}`, "a,b,c,y,z\n3,2,5,4,1\n",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestSortIsStable(t *testing.T) {
	t.Parallel()
	for order, first := range map[string]int{"asc": 2, "desc": 1} {
		var want []any
		for _, n := range []int{first, 3 - first} {
			for ; n <= 40; n += 2 {
				want = append(want, n)
			}
		}
		if diff := cmp.Diff(want, eval(t, `sortBy(1..40, # % 2, "`+order+`")`)); diff != "" {
			t.Errorf("%s: %s", order, diff)
		}
	}
}

func TestAComposedValueIsLimitedAsItWillBeWritten(t *testing.T) {
	t.Parallel()
	doubled := func(v any, times int) any {
		for range times {
			v = []any{v, v}
		}
		return v
	}
	nested := func(v any, times int) any {
		for range times {
			v = []any{v}
		}
		return v
	}
	deep := nested(1, 900)
	for name, test := range map[string]struct {
		v    any
		want string
	}{
		"elements":    {doubled(1, 40), "the result has more than 4000000 elements; a part that occurs twice counts twice"},
		"text":        {doubled(strings.Repeat("x", 1<<20), 9), "the result has more than 320 MiB of text; a part that occurs twice counts twice"},
		"names":       {doubled(map[string]any{strings.Repeat("x", 1<<20): 1}, 9), "the result has more than 320 MiB of text; a part that occurs twice counts twice"},
		"indentation": {slices.Repeat([]any{deep}, 1000), "the result has more than 320 MiB of text; a part that occurs twice counts twice"},
		"depth":       {nested(deep, 200), "the result is nested more than 1000 deep"},
	} {
		if _, err := Compose(t.Context(), test.v); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if v, err := Compose(t.Context(), doubled("x", 18)); err != nil || v == nil {
		t.Errorf("got %v", err)
	}
	ctx := &dying{Context: context.Background(), after: 2}
	if _, err := Compose(ctx, doubled(1, 20)); err != context.Canceled {
		t.Errorf("canceled: got %v", err)
	}
}
