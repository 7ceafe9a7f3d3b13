package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// verbsOfCards are verbs of other connectors, with the verbs that cards have instead.
var verbsOfCards = map[string][]string{
	"disable": {"deactivate", "suspend"}, "block": {"suspend", "deactivate"}, "lock": {"suspend"}, "enable": {"activate", "unsuspend"},
	"add": {"create", "assign"}, "new": {"create"}, "insert": {"create"}, "make": {"create"}, "upsert": {"ensure"},
	"remove": {"delete", "unassign"}, "destroy": {"delete"}, "revoke": {"clear", "remove", "unassign"}, "unassign": {"remove"},
	"find": {"list", "get"}, "search": {"list"}, "query": {"list"}, "all": {"list"}, "read": {"get"}, "fetch": {"get"}, "show": {"get"}, "lookup": {"get"}, "info": {"get"},
	"edit": {"update"}, "modify": {"update"}, "change": {"update"}, "patch": {"update"}, "set": {"update"}, "save": {"update", "create"},
	"event": {"log"}, "events": {"log"}, "application": {"app"}, "applications": {"app"}, "people": {"user"}, "person": {"user"},
}

// cardHint returns the hint for a card that does not exist.
func (r *report) cardHint(name string) string {
	names := slices.Sorted(maps.Keys(r.cards))
	if root, _, _ := strings.Cut(name, "."); slices.Contains(rootNames, root) {
		return "the name of a card is literal; a list in memory is read by `each: " + name + "`"
	}
	if card, title := r.cardCalled(name); card != "" {
		return fmt.Sprintf("did you mean %q? It is also called %q", card, title)
	}
	if like := r.cardsLike(name); len(like) > 0 {
		return "did you mean " + words.Or(quotedAll(like)) + "?"
	}
	return words.Hint("cards", name, names)
}

// cardCalled returns the card that other connectors call by a name, and that name: "Read User" for okta.user.read. Both are
// empty if there is none.
func (r *report) cardCalled(name string) (found, title string) {
	parts := strings.Split(strings.ReplaceAll(strings.ToLower(name), "_", " "), ".")
	spoken := strings.Join(parts, " ")
	if len(parts) > 2 {
		spoken = parts[len(parts)-1] + " " + strings.Join(parts[1:len(parts)-1], " ")
	}
	for _, card := range slices.Sorted(maps.Keys(r.cards)) {
		for _, title := range append([]string{r.cards[card].Title}, r.cards[card].Also...) {
			if strings.ToLower(title) == spoken && (len(parts) < 3 || parts[0] == r.cards[card].Service()) {
				return card, title
			}
		}
	}
	return "", ""
}

// mostLike is the maximum number of cards in a hint.
const mostLike = 3

// cardsLike returns the cards with all words of a name, in any order, with or without the service, or with a verb of the same
// meaning. The shortest come first; longer ones count only if no card has just these words.
func (r *report) cardsLike(name string) []string {
	given := partsOf(name)
	if len(given) < 2 {
		return nil
	}
	var like []string
	for _, card := range slices.Sorted(maps.Keys(r.cards)) {
		have := partsOf(card)
		if !slices.ContainsFunc(given, func(word string) bool { return !hasWord(have, word) }) {
			like = append(like, card)
		}
	}
	length := func(card string) int { return strings.Count(card, ".") + strings.Count(card, "_") }
	slices.SortStableFunc(like, func(a, b string) int { return length(a) - length(b) })
	if n := slices.IndexFunc(like, func(card string) bool { return length(card) > length(like[0]) }); n > 0 {
		like = like[:n]
	}
	return like[:min(len(like), mostLike)]
}

func partsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("._- ", r) })
}

// hasWord reports whether the words of a card have a word, its singular, or a verb of the same meaning.
func hasWord(have []string, word string) bool {
	return slices.Contains(have, word) || slices.Contains(have, strings.TrimSuffix(word, "s")) ||
		slices.ContainsFunc(verbsOfCards[word], func(other string) bool { return slices.Contains(have, other) })
}

func quotedAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return quoted
}
