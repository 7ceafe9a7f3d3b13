package flow

import (
	"encoding/json"
	"regexp"
	"strconv"
)

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	realNumber  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	// Numbers to some programs, of another value to others: octal or decimal, with or without their "_".
	otherNumber = regexp.MustCompile(`^-?(0[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` + // 0123 00e1 00.5
		`|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?` + // 1_000
		`|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+` + // 0x1F 0o17 0b11
		`|[0-9]+\.([eE][-+]?[0-9]+)?` + // 5.
		`|\.[0-9]+([eE][-+]?[0-9]+)?)$`) // .5
)

// longestNumber is more digits than anyone means as a number: the rest of the rules is not asked.
const longestNumber = 400

// scalarValue is the meaning of a plain scalar: true, false, null (also written "~" or left empty), decimal integers
// without a leading zero and decimal numbers have their type; everything else is text: dates, yes and no, .inf, +49.
// A number that is written in another way is text too, and a problem is returned: what to call it, and what to do.
func scalarValue(text string) (value any, wrong, hint string) {
	switch text {
	case "", "~", "null":
		return nil, "", ""
	case "true":
		return true, "", ""
	case "false":
		return false, "", ""
	}
	if c := text[0]; c != '-' && c != '.' && (c < '0' || c > '9') {
		return text, "", ""
	}
	quotes := "if it is a string, write it in quotes: " + quoted(text)
	switch {
	case len(text) > longestNumber:
		return text, "", ""
	case wholeNumber.MatchString(text):
		if i, err := strconv.Atoi(text); err == nil {
			return i, "", ""
		}
		return json.Number(text), "", ""
	case realNumber.MatchString(text):
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return text, "the number " + quoted(text) + " is too large", quotes
		}
		return f, "", ""
	case otherNumber.MatchString(text):
		return text, "the number " + quoted(text) + " is read differently by other programs",
			quotes + "; if it is a number, write it in decimal digits"
	}
	return text, "", ""
}
