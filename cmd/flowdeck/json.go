package main

import (
	"encoding/json"
	"io"
)

// printJSON writes a document for programs, in the one form that every --json has: indented, and with <, > and & as
// they are.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
