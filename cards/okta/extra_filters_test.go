package okta_test

import (
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The parameters of a query that are filters are filters in every input that has query parameters, so that a flow
// must quote the values in them.
func TestFiltersAmongExtraParametersAreDeclaredAsFilters(t *testing.T) {
	t.Parallel()
	inputs := 0
	for _, c := range okta.Cards() {
		for _, name := range []string{"extra_parameters", "query"} {
			in := c.In.Properties[name]
			if in == nil || in.Type != "object" && len(in.Types) == 0 {
				continue
			}
			inputs++
			for _, field := range []string{"search", "filter"} {
				if property := in.Properties[field]; property == nil || property.Extra["filter"] != true {
					t.Errorf("%s: %s of %s is not declared as a filter", c.Name, field, name)
				}
			}
			if _, empty := c.EmptyNarrowing(map[string]any{name: map[string]any{"q": ""}}); !empty {
				t.Errorf("%s: q of %s may be empty", c.Name, name)
			}
		}
	}
	if inputs < 4 {
		t.Errorf("%d inputs have query parameters, want at least 4", inputs)
	}
}

// To Okta an empty search is the same as none: it lists everything.
func TestEveryInputThatNarrowsAListMustNotBeEmpty(t *testing.T) {
	t.Parallel()
	found := 0
	for _, c := range okta.Cards() {
		for _, name := range []string{"q", "search", "filter", "keyword", "since", "until"} {
			if c.In.Properties[name] == nil || !c.IsList() {
				continue
			}
			found++
			for _, value := range []any{nil, "", " "} {
				if _, empty := c.EmptyNarrowing(map[string]any{name: value}); !empty {
					t.Errorf("%s: %s may be %q", c.Name, name, value)
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("%d inputs narrow a list, want at least 15", found)
	}
}

func TestAnEmptyURLDoesNotMeanAllEventHooks(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(okta.Cards(), func(c card.Card) bool { return c.Name == "okta.event_hook.delete_all" })
	for _, value := range []any{nil, "", " "} {
		if name, empty := okta.Cards()[i].EmptyNarrowing(map[string]any{"url": value}); !empty || name != "url" {
			t.Errorf("url may be %q", value)
		}
	}
	if _, empty := okta.Cards()[i].EmptyNarrowing(map[string]any{}); empty {
		t.Error("url cannot be left out")
	}
}
