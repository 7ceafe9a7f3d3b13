package simhost

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
)

// mistake is one mistake in a seed, as simulators report it.
type mistake interface {
	Mistake() (line, column int, message, hint string)
}

// inYAML matches the error of a text that is not YAML.
var inYAML = regexp.MustCompile(`yaml: line (\d+): (.*)`)

// Mistakes returns the mistakes of a seed, which a simulator joined; nil if there are none.
func Mistakes(err error) (all []card.FileMistake) {
	if err == nil {
		return nil
	}
	if one, ok := err.(mistake); ok {
		line, column, message, hint := one.Mistake()
		return []card.FileMistake{{Line: line, Column: column, Message: message, Hint: hint}}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, Mistakes(one)...)
		}
		return all
	}
	if m := inYAML.FindStringSubmatch(err.Error()); m != nil {
		line, _ := strconv.Atoi(m[1])
		return []card.FileMistake{{Line: line, Column: 1, Message: m[2]}}
	}
	return []card.FileMistake{{Message: err.Error()}}
}

// Mistaken returns the error of a connection whose seed has mistakes: the first one, and how to see the others.
func Mistaken(seed string, err error) error {
	all := Mistakes(err)
	message := seed + ": "
	if all[0].Line > 0 {
		message += fmt.Sprintf("%d:%d: ", all[0].Line, all[0].Column)
	}
	message += all[0].Message
	if more := len(all) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more: 'flowdeck check' lists them)", more)
	}
	return &card.Error{Kind: card.Invalid, Message: message, Hint: all[0].Hint, Err: &card.FileMistakes{File: seed, Mistakes: all}}
}
