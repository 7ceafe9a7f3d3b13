package catalogue

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSearchMatchesAllWords(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]string{
		"bake a loaf":         {"shop.loaf.bake"},
		"some BREAD":          {"shop.loaf.bake"}, // a name in another connector
		"bread, made":         {},                 // "made" does not match "make"
		"bread oven":          {"shop.loaf.bake"},
		"list slice":          {"shop.loaf.slice.list"},
		"sliced":              {"shop.loaf.slice.list", "shop.loaf.eat"}, // in one name as a prefix, in one summary as a whole word
		"shop.loaf.slice":     {"shop.loaf.slice.list", "shop.loaf.eat"},
		"flour":               {"shop.loaf.rename", "shop.loaf.bake", "shop.call", "shop.loaf.eat"}, // an input; weaker effects first
		"hot":                 {"shop.loaf.rename", "shop.loaf.bake", "shop.call", "shop.loaf.eat"}, // in the description of an input
		"eat":                 {"shop.loaf.eat"},                                                    // other cards only have it in the description of an input
		"the to a":            {},                                                                   // fillers are searched if there are no other words
		"bread without crumb": {},
	} {
		if diff := cmp.Diff(want, namesOf(Search(bakery(), query))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", query, diff)
		}
	}
	if diff := cmp.Diff(namesOf(bakery()), namesOf(Search(bakery(), " - "))); diff != "" {
		t.Errorf("no word finds all (-want +got)\n%s", diff)
	}
}

func TestNearSuggestsCorrections(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]struct {
		spelt string
		some  []string
	}{
		"renmae the laof": {"rename loaf", []string{}},
		"toast bread":     {"", []string{"shop.loaf.bake"}},
		"toast loaf":      {"", []string{}}, // almost all cards match "loaf"
		"xyzzy":           {"", []string{}},
	} {
		spelt, some := Near(bakery(), query)
		if diff := cmp.Diff(want.some, namesOf(some)); spelt != want.spelt || diff != "" {
			t.Errorf("%q: spelt %q, want %q; (-want +got)\n%s", query, spelt, want.spelt, diff)
		}
	}
}

func TestWordsAreBareAndSingular(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"The User's Groups, and the user’s class": {"user", "group", "class"},
		"shop.loaf_slice.list":                    {"shop", "loaf", "slice", "list"},
		"Policies: policy":                        {"policy"},
		"to the":                                  {"to", "the"},
		"…":                                       nil,
	} {
		if got := wordsOf(text); !slices.Equal(got, want) {
			t.Errorf("%q has the words %q, want %q", text, got, want)
		}
	}
}
