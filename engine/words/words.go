// Package words has the phrases that the messages of all packages share, so that the same mistake always has the same
// wording:
//
//	A("integer")                       an integer
//	Kind(v)                            string, integer, number, list, object, boolean or nil
//	MustBe("the limit", "integer", Kind("x"))   the limit must be an integer, not a string
//	Or([]string{"nil", "string", "list"})       string, list or nil
//	Hint("connections", "prd", names)  did you mean "prod"? connections: okta, prod
//	Nearest("prd", names)              prod, true
//	Number(0.00001)                    0.00001
//
// It must not know the purpose of the names and values.
package words

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A returns a noun with its indefinite article: "a string", "an integer or string". The words nil and any have none.
func A(noun string) string {
	switch {
	case noun == "", noun == "nil", noun == "any":
		return noun
	}
	switch noun[0] {
	case 'a', 'e', 'i', 'o':
		return "an " + noun
	}
	return "a " + noun
}

// Or joins alternatives: "integer, string or time". nil comes last: "string or nil".
func Or(nouns []string) string {
	ordered := slices.DeleteFunc(slices.Clone(nouns), func(noun string) bool { return noun == "nil" })
	if len(ordered) < len(nouns) {
		ordered = append(ordered, "nil")
	}
	if len(ordered) < 2 {
		return strings.Join(ordered, "")
	}
	last := len(ordered) - 1
	return strings.Join(ordered[:last], ", ") + " or " + ordered[last]
}

// Number returns a number in decimal digits, the only notation that a flow accepts: 0.00001, not 1e-05; 3, not 3.0.
func Number(f float64) string {
	if f == math.Trunc(f) && f >= math.MinInt64 && f < math.MaxInt64 {
		return strconv.Itoa(int(f)) // the digits of the equal integer; 0 for -0
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Kind returns the kind of a value of the value model. An integer beyond 64 bits is a number.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int:
		return "integer"
	case float64, json.Number:
		return "number"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}

// MustBe returns the message for a value of the wrong kind: `the limit must be an integer, not a string`. want and got
// are kinds without article. Without a subject the message starts with "must be", to follow a position.
func MustBe(subject, want, got string) string {
	if subject != "" {
		subject += " "
	}
	return subject + "must be " + A(want) + ", not " + A(got)
}
