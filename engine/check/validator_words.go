package check

import (
	"regexp"
	"strconv"
	"strings"

	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// phrases rewrite the messages of the validator in the words that all other messages use.
var phrases = []struct {
	theirs *regexp.Regexp
	ours   string
}{
	{regexp.MustCompile(`^missing properties: (.+)$`), "must have $1"},
	{regexp.MustCompile(`^property (.+) is required, if (.+) property exists$`), "must have $1, since it has $2"},
	{regexp.MustCompile(`^additionalProperties (.+) not allowed$`), "must not have $1"},
	{regexp.MustCompile(`(?s)^does not match pattern (.+)$`), "must match the pattern $1"},
	{regexp.MustCompile(`(?s)^(.+) is not valid '(.+)'$`), "must be a valid $2, not $1"},
	{regexp.MustCompile(`^length must be >= (\d+), but got (\d+)$`), "must have at least $1 characters, not $2"},
	{regexp.MustCompile(`^length must be <= (\d+), but got (\d+)$`), "must have at most $1 characters, not $2"},
	{regexp.MustCompile(`^minimum (\d+) items required, but found (\d+) items$`), "must have at least $1 items, not $2"},
	{regexp.MustCompile(`^maximum (\d+) items required, but found (\d+) items$`), "must have at most $1 items, not $2"},
	{regexp.MustCompile(`^only (\d+) items are allowed, but found (\d+) items$`), "must have at most $1 items, not $2"},
	{regexp.MustCompile(`^minimum (\d+) properties allowed, but found (\d+) properties$`), "must have at least $1 fields, not $2"},
	{regexp.MustCompile(`^maximum (\d+) properties allowed, but found (\d+) properties$`), "must have at most $1 fields, not $2"},
	{regexp.MustCompile(`^items at index (\d+) and (\d+) are equal$`), "must not have equal items, such as [$1] and [$2]"},
	{regexp.MustCompile(`^must be >= (\S+) but found (\S+)$`), "must be at least $1, not $2"},
	{regexp.MustCompile(`^must be <= (\S+) but found (\S+)$`), "must be at most $1, not $2"},
	{regexp.MustCompile(`^must be > (\S+) but found (\S+)$`), "must be more than $1, not $2"},
	{regexp.MustCompile(`^must be < (\S+) but found (\S+)$`), "must be less than $1, not $2"},
	{regexp.MustCompile(`^(\S+) not multipleOf (\S+)$`), "must be a multiple of $2, not $1"},
	{regexp.MustCompile(`^not failed$`), "must not fit the schema of `not`"},
	{regexp.MustCompile(`^valid against schemas at indexes (\d+) and (\d+)$`), "must fit one schema of `oneOf`, not both [$1] and [$2]"},
	{regexp.MustCompile(`(?s)^value (must .+)$`), "$1"},
}

// counted matches a plural after the number 1: "at least 1 items".
var counted = regexp.MustCompile(`\b(at least|at most) 1 (character|item|field)s`)

var (
	wrongKind = regexp.MustCompile(`^expected (.+), but got \w+$`)
	quotedBy  = regexp.MustCompile(`(?s)'((?:[^'\\]|\\.)*)'`)
)

// plain returns a message of the validator about v, or a part of it, in the words of all other messages. of is the schema; nil if it is
// not known.
func plain(err *validator.ValidationError, v any, of *validator.Schema) string {
	if chosen := choices(err, of); chosen != "" {
		return "must be " + chosen
	}
	if m := wrongKind.FindStringSubmatch(err.Message); m != nil {
		wanted := strings.Split(m[1], " or ")
		for i := range wanted {
			wanted[i] = kind(wanted[i])
		}
		return words.MustBe("", words.Or(wanted), words.Kind(part(v, steps(err.InstanceLocation))))
	}
	for _, p := range phrases {
		if p.theirs.MatchString(err.Message) {
			return counted.ReplaceAllString(requoted(p.theirs.ReplaceAllString(err.Message, p.ours)), "$1 1 $2")
		}
	}
	return err.Message
}

// choices returns the values of the enum or the const that a value violates, as JSON: the validator writes 3 as "3". It is empty for
// any other error.
func choices(err *validator.ValidationError, of *validator.Schema) string {
	location, enum := strings.CutSuffix(err.AbsoluteKeywordLocation, "/enum")
	if !enum {
		fixed := false
		if location, fixed = strings.CutSuffix(err.AbsoluteKeywordLocation, "/const"); !fixed {
			return ""
		}
	}
	for _, s := range subschemas(of) {
		if s.Location != location {
			continue
		}
		values := s.Constant
		if enum {
			values = s.Enum
		}
		var written []string
		for _, v := range values {
			data, _ := card.EncodeJSON(v) // it was JSON
			written = append(written, string(data))
		}
		if len(written) == 1 {
			return written[0]
		}
		return "one of " + strings.Join(written, ", ")
	}
	return ""
}

// requoted replaces the validator's single quotes with double quotes, which all other messages use.
func requoted(message string) string {
	return quotedBy.ReplaceAllStringFunc(message, func(text string) string {
		inside := strings.ReplaceAll(text[1:len(text)-1], `\'`, `'`)
		plain, err := strconv.Unquote(`"` + strings.ReplaceAll(inside, `"`, `\"`) + `"`)
		if err != nil {
			plain = inside
		}
		return strconv.Quote(plain)
	})
}

// part returns the part of a value at a path.
func part(v any, steps []string) any {
	for _, name := range steps {
		switch around := v.(type) {
		case map[string]any:
			v = around[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(around) {
				return nil
			}
			v = around[i]
		}
	}
	return v
}
