package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Search is the entries that have every word of a query, best first. Words are matched without case, in any order,
// in singular and plural, and by their beginnings, against the names of a card, whoever gave them, its summary and
// its inputs; "a", "to" and the like count for nothing. What fits ten times worse than the best is left out. A query
// without any word finds all, in their order.
func Search(entries []Entry, query string) []Entry {
	words := wordsOf(query)
	if len(words) == 0 {
		return entries
	}
	return ranked(entries, words, len(words))
}

// Near is what to try instead of a query that finds nothing: the query with its words spelt as the catalogue spells
// them, or else the entries, three at most, that have the most of its words. Both are empty if nothing is near.
func Near(entries []Entry, query string) (spelt string, some []Entry) {
	given := wordsOf(query)
	corrected := slices.Clone(given)
	for i, word := range given {
		if len(ranked(entries, []string{word}, 1)) > 0 {
			continue
		}
		if near, ok := words.Nearest(word, vocabulary(entries)); ok {
			corrected[i] = near
		}
	}
	if !slices.Equal(given, corrected) && len(ranked(entries, corrected, len(corrected))) > 0 {
		return strings.Join(corrected, " "), nil
	}
	some = ranked(entries, corrected, 1)
	if len(some) > len(entries)/2 { // by a word that says nothing, such as user
		return "", nil
	}
	return "", some[:min(len(some), 3)]
}

// ranked is the entries that have at least so many of the words: those with the most of them first, among these those
// that fit best, and among equals those that do the least harm.
func ranked(entries []Entry, words []string, least int) []Entry {
	type hit struct {
		entry      Entry
		found, fit int
	}
	var hits []hit
	for _, e := range entries {
		if found, fit := match(e, words); found >= least {
			hits = append(hits, hit{e, found, fit})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(b.fit, a.fit), cmp.Compare(a.entry.effect, b.entry.effect))
	})
	found := []Entry{}
	for _, h := range hits {
		if h.fit*10 >= hits[0].fit {
			found = append(found, h.entry)
		}
	}
	return found
}

// match counts the words that an entry has, and weighs where it has them. A word in a name says more than one in
// the summary, and that more than one about an input. A whole name says most: "list users" is List Users, and
// not a list of the users of something.
func match(e Entry, words []string) (found, fit int) {
	for _, word := range words {
		best := 0
		for _, part := range parts(e) {
			best = max(best, part.weight*likeness(word, part.words))
		}
		if best > 0 {
			found++
		}
		fit += best
	}
	whole := 0
	for _, name := range callings(e) {
		whole = max(whole, overlap(words, wordsOf(name)))
	}
	return found, fit + whole
}

// part is some words of an entry, and what finding one among them is worth.
type part struct {
	words  []string
	weight int
}

func parts(e Entry) []part {
	var inputs, about []string
	for _, f := range e.Inputs {
		inputs = append(inputs, wordsOf(f.Name)...)
		about = append(about, wordsOf(f.About)...)
	}
	return []part{
		{wordsOf(strings.Join(callings(e), " ")), 8},
		{wordsOf(e.Summary), 4},
		{inputs, 2},
		{about, 1},
	}
}

// callings is every name of an entry.
func callings(e Entry) []string { return append([]string{e.Name, e.Title}, e.Also...) }

// likeness is 2 if a word is among others, 1 if one of them begins like it or is its beginning (suspend, suspended),
// else 0.
func likeness(word string, others []string) int {
	if slices.Contains(others, word) {
		return 2
	}
	for _, other := range others {
		if strings.HasPrefix(other, word) || len(other) > 3 && strings.HasPrefix(word, other) {
			return 1
		}
	}
	return 0
}

// overlap is 40 if two lists hold the same words, and less the more they differ: the square of the cosine
// between them.
func overlap(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	common := 0
	for _, word := range a {
		if slices.Contains(b, word) {
			common++
		}
	}
	return 40 * common * common / (len(a) * len(b))
}

// vocabulary is the words of all names.
func vocabulary(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, wordsOf(strings.Join(callings(e), " "))...)
	}
	return all
}

// fillers are the words that say nothing of what is looked for.
var fillers = strings.Fields("a an and as at by for from how i in into is it my of off on or out that the this to want with")

// wordsOf is the words of a text in lower case and in the singular, each once, without fillers, unless there is
// nothing else.
func wordsOf(text string) []string {
	text = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(text)) // user's is users
	all := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var words []string
	for _, word := range all {
		if !slices.Contains(fillers, word) && !slices.Contains(words, singular(word)) {
			words = append(words, singular(word))
		}
	}
	if len(words) == 0 {
		return all
	}
	return words
}

// singular takes the s of a plural away. What it makes of other words is no word, but the same every time.
func singular(word string) string {
	switch {
	case len(word) < 4 || strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "ies"):
		return strings.TrimSuffix(word, "ies") + "y"
	}
	return strings.TrimSuffix(word, "s")
}
