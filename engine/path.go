package engine

import "strings"

// WithoutKeys is a place in a run without the keys of records, branches and rounds: "sweep[00u1].apps"
// becomes "sweep.apps", the place in the flows.
func WithoutKeys(path string) string {
	var b strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
