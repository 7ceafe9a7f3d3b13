package terminal

import (
	"path/filepath"
	"strings"
)

// Quoted returns a text in a form that a shell accepts as one word.
func Quoted(text string) string {
	if strings.ContainsAny(text, " \t'\"$&;()<>|*?[]\\`~#!{}") && filepath.Separator == '/' {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
