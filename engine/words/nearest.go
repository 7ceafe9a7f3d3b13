package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longestName limits the work of Nearest: longer names have no similar ones.
const longestName = 200

// Nearest returns the candidate that was probably meant by name: the one at the smallest edit distance (insert, delete,
// replace, swap two neighbors; case is ignored), if that is small for the length of name. Among equals one with
// the same first letter wins, and then the first in alphabetical order. If there is none, name may be an abbreviation of a candidate. It returns false if no
// candidate is similar.
func Nearest(name string, candidates []string) (string, bool) {
	length := utf8.RuneCountInString(name)
	if length == 0 || length > longestName {
		return "", false
	}
	within := min(max((length+1)/3, 1), 3)
	lower := []rune(strings.ToLower(name))
	best, found := "", false
	starts := func(c string) bool { return strings.HasPrefix(strings.ToLower(c), string(lower[:1])) }
	for _, c := range candidates {
		if n := utf8.RuneCountInString(c); n > length+within || n < length-within || c == name {
			continue
		}
		d := editDistance(lower, []rune(strings.ToLower(c)), within)
		// A name of one or two letters is similar to everything: only a swap or a different case counts.
		if d > within || length <= 2 && d > 0 && !swapped(lower, c) {
			continue
		}
		if d < within || !found || d == within && (starts(c) != starts(best) && starts(c) || starts(c) == starts(best) && c < best) {
			best, found, within = c, true, d
		}
	}
	if !found && length > 1 {
		for _, c := range candidates {
			// Two letters abbreviate many names: only a candidate of three letters counts.
			if c != name && (length > 2 || len(c) == 3) && (!found || c < best) && abbreviates(strings.ToLower(name), strings.ToLower(c)) {
				best, found = c, true
			}
		}
	}
	return best, found
}

func swapped(a []rune, b string) bool {
	r := []rune(strings.ToLower(b))
	return len(a) == 2 && len(r) == 2 && a[0] == r[1] && a[1] == r[0]
}

// editDistance returns the Damerau-Levenshtein distance (optimal string alignment). A result above most is a lower bound: the rest
// is not compared.
func editDistance(a, b []rune, most int) int {
	const usual = 32 // names need no memory
	var memory [3 * usual]int
	rows, n := memory[:], len(b)+1
	if n > usual {
		rows = make([]int, 3*n)
	}
	before, last, row := rows[:n], rows[n:2*n], rows[2*n:3*n]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most && slices.Min(last) > most { // a swap continues the row before
			return least
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// abbreviates reports whether a starts with the first letter of b and has the letters of b in their order: grp for
// group.
func abbreviates(a, b string) bool {
	if b == "" || a[0] != b[0] {
		return false
	}
	for _, letter := range a {
		_, rest, found := strings.Cut(b, string(letter))
		if !found {
			return false
		}
		b = rest
	}
	return true
}
