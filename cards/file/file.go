// Package file has the cards that read, write and list files: those of the workspace and those of the run. They need no connection.
//
// It knows formats: CSV, JSON, JSON Lines and text. It must not know which files a card may touch, which is up to card.Files.
package file

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Cards returns every card of this package.
func Cards() []card.Card { return slices.Concat(reads, writes) }

// The formats of files.
const (
	formatCSV   = "csv"
	formatJSON  = "json"
	formatLines = "jsonl"
	formatText  = "text"
)

// formats has the format of files by the ending of their names. All others are text.
var formats = map[string]string{".csv": formatCSV, ".json": formatJSON, ".jsonl": formatLines, ".ndjson": formatLines}

// formatOf returns the format of a file: the one that a flow gives, otherwise that of its name.
func formatOf(name, given string) string {
	if given != "" {
		return given
	}
	if known, ok := formats[strings.ToLower(path.Ext(name))]; ok {
		return known
	}
	return formatText
}

// separator returns the character that separates columns; a comma if none is given.
func separator(given string) (rune, error) {
	if given == "" {
		return ',', nil
	}
	c, ok := expr.CSVSeparator(given)
	if !ok {
		return 0, invalid("", "the separator must be one character, not %q", given)
	}
	return c, nil
}

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
