package expr

import (
	"regexp"
	"strconv"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

var (
	otherDigits = regexp.MustCompile(`^0[0-9xXoObB_]|_`)       // in a number
	mayBeOther  = regexp.MustCompile(`\b0[0-9xXoObB_]|[0-9]_`) // in an expression that may have such a number
)

// inDecimalDigits rejects numbers that other programs read as another number or as text, such as 0123, 0x1F and 1_000. Plain scalars of flows
// have the same rule.
func inDecimalDigits(src source) *Error {
	if !mayBeOther.MatchString(src.text) {
		return nil
	}
	tokens, err := lexer.Lex(file.NewSource(src.code))
	if err != nil {
		return nil // the parser has accepted it
	}
	for _, token := range tokens {
		if token.Kind != lexer.Number {
			continue
		}
		at := src.span(token.Location)
		if number := src.text[at.from:at.to]; otherDigits.MatchString(number) {
			return &Error{
				Offset: at.from, Width: at.to - at.from, Message: "the number " + number + " is read differently by other programs",
				Hint: "write it in decimal digits, without leading zeros; a string has quotes: " + strconv.Quote(number),
			}
		}
	}
	return nil
}
