package flow

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func TestPlainScalarsHaveTheTypesOfTheLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"":      nil,
		"null":  nil,
		"true":  true,
		"false": false,
		"0":     0,
		"17":    17,
		"-17":   -17,
		"1.5":   1.5,
		"-0.25": -0.25,
		"0.01":  0.01,
		"0.1":   0.1,

		"9223372036854775807":    9223372036854775807,
		"9223372036854775808":    json.Number("9223372036854775808"),
		"-123456789012345678901": json.Number("-123456789012345678901"),

		"yes": "yes", "off": "off", "y": "y", "NO": "NO", "Yes": "Yes", "tRUE": "tRUE", "nil": "nil", "~/x": "~/x", "~~": "~~",
		"2024-01-01": "2024-01-01", "2024-01-01T00:00:00Z": "2024-01-01T00:00:00Z", "12:30:45": "12:30:45",
		".inf": ".inf", ".nan": ".nan", "+49301234": "+49301234", "1.2.3": "1.2.3", "00u1abc": "00u1abc",
		"1,000": "1,000", "-": "-", "50%": "50%", "1e": "1e", "0x": "0x", "=": "=", "$": "$",
	} {
		got, wrong := scalarValue(text)
		if wrong != nil {
			t.Errorf("%q: %s", text, wrong.message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestNumbersThatProgramsReadDifferentlyAreProblems(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0123", "-07", "00", "00e1", "01.5", "1_000", "1_0.5", "0x1F", "0Xff", "0o17", "0b11", "5.", ".5", "-.5", "1e999"} {
		got, wrong := scalarValue(text)
		if got != text || wrong == nil || wrong.code != CodeBadNumber || wrong.hint == "" {
			t.Errorf("%q is %v: %+v", text, got, wrong)
		}
	}
}

// Without this, Okta received 3.1 for the version 3.10 in a custom attribute, and "NULL" for a manager.
func TestScalarsThatWouldBeWrittenBackDifferentlyAreProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]misread{
		"3.10":                   {CodeBadNumber, `the number "3.10" would become 3.1`, `if it is a string, write it in quotes: "3.10"; if it is a number, write 3.1`},
		"1.0":                    {CodeBadNumber, `the number "1.0" would become 1`, `if it is a string, write it in quotes: "1.0"; if it is a number, write 1`},
		"1e3":                    {CodeBadNumber, `the number "1e3" would become 1000`, `if it is a string, write it in quotes: "1e3"; if it is a number, write 1000`},
		"1E-2":                   {CodeBadNumber, `the number "1E-2" would become 0.01`, `if it is a string, write it in quotes: "1E-2"; if it is a number, write 0.01`},
		"-0":                     {CodeBadNumber, `the number "-0" would become 0`, `if it is a string, write it in quotes: "-0"; if it is a number, write 0`},
		"0.12345678901234567890": {CodeBadNumber, `the number "0.12345678901234567890" would become 0.12345678901234568`, `if it is a string, write it in quotes: "0.12345678901234567890"; if it is a number, write 0.12345678901234568`},
		"1.7976931348623157e308": {CodeBadNumber, `the number "1.7976931348623157e308" would become ` + clip("17976931348623157"+strings.Repeat("0", 292)), `if it is a string, write it in quotes: "1.7976931348623157e308"; if it is a number, write ${ 1.7976931348623157e308 }`},
		"True":                   {CodeBadWord, `"True" is not how true is written here`, `write true; if it is a string, write it in quotes: "True"`},
		"FALSE":                  {CodeBadWord, `"FALSE" is not how false is written here`, `write false; if it is a string, write it in quotes: "FALSE"`},
		"NULL":                   {CodeBadWord, `"NULL" is not how null is written here`, `write null; if it is a string, write it in quotes: "NULL"`},
		"~":                      {CodeBadWord, `"~" is not how null is written here`, `write null; if it is a string, write it in quotes: "~"`},
	} {
		got, wrong := scalarValue(text)
		if got != text || wrong == nil || *wrong != want {
			t.Errorf("%q is %v: %+v", text, got, wrong)
		}
	}
}

func TestQuotedScalarsAndKeysAreText(t *testing.T) {
	t.Parallel()
	file, ps := Parse("x.yaml", []byte(`
flow: texts
steps:
  - return:
      - {a: "17", b: 'true', c: "", d: '~'}
      - |
        17
      - >-
        null
      - {17: a, true: b, null: c, 0123: d, 2024-01-01: e, ~: f}
`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	want := []any{
		map[string]any{"a": "17", "b": "true", "c": "", "d": "~"},
		"17\n", "null",
		map[string]any{"17": "a", "true": "b", "null": "c", "0123": "d", "2024-01-01": "e", "~": "f"},
	}
	if diff := cmp.Diff(want, file.Flows[0].Steps[0].Value.Literal()); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func TestALiteralIsTheWholeTree(t *testing.T) {
	t.Parallel()
	_, n := value(t, "key: {a: [1, 2.5, {b: null}], c: &x {d: true}, e: *x, big: 12345678901234567890}")
	want := map[string]any{
		"a": []any{1, 2.5, map[string]any{"b": nil}},
		"c": map[string]any{"d": true}, "e": map[string]any{"d": true},
		"big": json.Number("12345678901234567890"),
	}
	if diff := cmp.Diff(want, n.Literal()); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if got := (*Node)(nil).Literal(); got != nil {
		t.Errorf("a nil Node has the value %v, want nil", got)
	}
}

func TestMethodsOfANilNodeDoNotPanic(t *testing.T) {
	t.Parallel()
	var n *Node
	if n.Field("x") != nil || n.Key("x") != nil || n.IsText() || n.Quoted() || !n.IsNull() {
		t.Error("a method of a nil Node reports a value")
	}
}

func TestTextsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "a b", "yes", "Null", "y", "0123", "1e3", "a: b", "a #b", "- a", "[a]", "a, b", "*a", "'a'", `"\`, "a\nb\t", " a ", "\x00\x1f\x7f\u0085\u2028\ufeff\uffff",
		"\u202e", "🙂\U000e0041", "é", "ada@acme.example", "2026-01-01", "x?y=1#z",
	} {
		for form, source := range map[string]string{"line": "x: " + TextScalar(text), "brackets": "x: [" + TextScalar(text) + ", " + TextScalar(text) + "]"} {
			var got map[string]any
			if err := yaml.Unmarshal([]byte(source), &got); err != nil {
				t.Errorf("%s: %v", source, err)
				continue
			}
			want := any(text)
			if form == "brackets" {
				want = []any{text, text}
			}
			if !reflect.DeepEqual(got["x"], want) {
				t.Errorf("%s is read as %#v", source, got["x"])
			}
		}
	}
}
