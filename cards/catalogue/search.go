package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Search returns the entries that match every word of a query, best match first. It searches the names of a card,
// including those in other connectors, its summary and its inputs. Words match in any order, by prefix, in singular
// and plural, and ignoring case. Words such as "a" and "to" are ignored. Entries with less than a tenth of the best
// weight are left out. A query without words returns all entries, in their order.
func Search(entries []Entry, query string) []Entry {
	words := wordsOf(query)
	if len(words) == 0 {
		return entries
	}
	return ranked(entries, words, len(words))
}

// Near suggests alternatives for a query without results: the query with corrected spelling, or otherwise up to three
// entries that match most of its words. Both results are empty if there is no good suggestion.
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
	if len(some) > len(entries)/2 { // the word is too common, such as user
		return "", nil
	}
	return "", some[:min(len(some), 3)]
}

// ranked returns the entries that match at least least words, sorted by the number of matching words, then by weight,
// then by effect, with reads first, then by the length of the name: "suspend" finds okta.user.suspend before okta.device.suspend.
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
		return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(b.fit, a.fit), cmp.Compare(a.entry.effect, b.entry.effect),
			cmp.Compare(len(a.entry.Name), len(b.entry.Name)))
	})
	found := []Entry{}
	for _, h := range hits {
		if h.fit*10 >= hits[0].fit {
			found = append(found, h.entry)
		}
	}
	return found
}

// match returns the number of words that an entry matches, and the weight of the matches. A match in a name weighs
// more than one in the summary, and that more than one in the inputs. A complete name weighs most: "list users" finds
// List Users before a list of the users of something. Names of the same words differ in their order: okta.app.user.list and
// okta.user.app.list.
func match(e Entry, words []string) (found, fit int) {
	has := parts(e)
	for _, word := range words {
		best := 0
		for _, part := range has {
			best = max(best, part.weight*likeness(word, part.words))
		}
		if best > 0 {
			found++
		}
		fit += best
	}
	whole := 0
	for _, name := range callings(e) {
		of := wordsOf(name)
		fits := overlap(words, of)
		if slices.Equal(words, of) {
			fits++
		}
		whole = max(whole, fits)
	}
	return found, fit + whole
}

// part has words of an entry, and the weight of a match with one of them.
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

// callings returns every name of an entry.
func callings(e Entry) []string { return append([]string{e.Name, e.Title}, e.Also...) }

// likeness returns 2 if word is one of others; 1 if one of them is a prefix of word or has it as a prefix (suspend,
// suspended); otherwise 0.
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

// overlap returns 40 if two lists have the same words, and less the more they differ. It is 40 times the squared
// cosine of the lists.
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

// vocabulary returns the words of all names.
func vocabulary(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, wordsOf(strings.Join(callings(e), " "))...)
	}
	return all
}

// fillers are words that a search ignores.
var fillers = strings.Fields("a an and as at by for from how i in into is it my of off on or out that the this to want with")

var apostrophes = strings.NewReplacer("'", "", "’", "")

// wordsOf returns the words of a string in lower case and singular, without duplicates and fillers. A string that has
// only fillers keeps them.
func wordsOf(text string) []string {
	text = apostrophes.Replace(strings.ToLower(text)) // "user's" becomes "users"
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

// singular removes the s of a plural. For other words the result may not be a word, but it is always the same.
func singular(word string) string {
	switch {
	case len(word) < 4 || strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "ies"):
		return strings.TrimSuffix(word, "ies") + "y"
	}
	return strings.TrimSuffix(word, "s")
}
