package flow

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	realNumber  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	// otherNumber matches texts that some programs read as numbers, others with other values or as text: octal or
	// decimal, with or without "_".
	otherNumber = regexp.MustCompile(`^-?(0[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` + // 0123 00e1 00.5
		`|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?` + // 1_000
		`|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+` + // 0x1F 0o17 0b11
		`|[0-9]+\.([eE][-+]?[0-9]+)?` + // 5.
		`|\.[0-9]+([eE][-+]?[0-9]+)?)$`) // .5
)

// longestNumber is the maximum number of digits for which the other rules are checked.
const longestNumber = 400

// A misread is a plain scalar that flowdeck reads differently than other programs, or than its author may expect.
type misread struct{ code, message, hint string }

// scalarValue returns the value of a plain scalar. true, false, null (also empty), decimal integers and decimal numbers
// have their type. Everything else is text: dates, yes and no, .inf, +49. Each number has one notation. Any other
// notation, which would not be written back in the same way, is text, and is reported as a misread.
func scalarValue(text string) (value any, wrong *misread) {
	switch text {
	case "", "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "True", "TRUE", "False", "FALSE", "Null", "NULL":
		return text, otherWord(text, strings.ToLower(text))
	case "~":
		return text, otherWord(text, "null")
	}
	if c := text[0]; c != '-' && c != '.' && (c < '0' || c > '9') {
		return text, nil
	}
	quotes := "if it is a string, write it in quotes: " + quoted(text)
	switch {
	case len(text) > longestNumber:
		return text, nil
	case wholeNumber.MatchString(text):
		if i, err := strconv.Atoi(text); err == nil {
			return written(i, text, strconv.Itoa(i))
		}
		return json.Number(text), nil
	case realNumber.MatchString(text):
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return text, &misread{CodeBadNumber, "the number " + quoted(text) + " is too large", quotes}
		}
		return written(f, text, strconv.FormatFloat(f, 'f', -1, 64))
	case otherNumber.MatchString(text):
		return text, &misread{
			CodeBadNumber, "the number " + quoted(text) + " is read differently by other programs",
			quotes + "; if it is a number, write it in decimal digits",
		}
	}
	return text, nil
}

// written checks that a number is written in its only notation: 3.10, usually a version, would become 3.1.
func written(number any, text, only string) (any, *misread) {
	if text == only {
		return number, nil
	}
	return text, &misread{
		CodeBadNumber, "the number " + quoted(text) + " would become " + clip(only),
		"if it is a string, write it in quotes: " + quoted(text) + "; if it is a number, write " + decimals(text, only),
	}
}

// decimals returns the only notation of a number; if it is long, an expression with the number as it is written.
func decimals(text, only string) string {
	if len(only) > 40 {
		return "${ " + text + " }"
	}
	return only
}

// otherWord returns the misread for a word that other programs read as word, and flowdeck as a string.
func otherWord(text, word string) *misread {
	return &misread{
		CodeBadWord, quoted(text) + " is not how " + word + " is written here",
		"write " + word + "; if it is a string, write it in quotes: " + quoted(text),
	}
}
