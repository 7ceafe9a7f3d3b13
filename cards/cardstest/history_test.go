package cardstest_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// somebody matches the description of an input that names a user, group or application.
var somebody = regexp.MustCompile(`\b(user|group|app|application|owner|manager|person|people|member)s?('s|s')? .*\b(ids?|logins?)\b|\b(ids?|logins?) of\b.*\b(users?|groups?|apps?|applications?)\b|email address`)

// namesSomebody returns the inputs of a schema that name somebody, each with a value that has only this name.
func namesSomebody(in *jsonschema.Schema, value string) map[string]any {
	found := map[string]any{}
	for name, input := range in.Properties {
		switch {
		case name == "type" || name == "path": // of users, not a user; and a path has its own test in engine/store
		case !strings.HasSuffix(name, "_id") && !strings.HasSuffix(name, "_ids") && !somebody.MatchString(input.Description) && name != "login" && name != "username":
		case slices.Contains(input.Types, "array") || input.Type == "array":
			found[name] = []any{value}
			if input.Items != nil && input.Items.Type == "object" {
				delete(found, name)
			}
		case input.Type == "string" || slices.Contains(input.Types, "string"):
			found[name] = value
		}
	}
	return found
}

func TestEachInputThatNamesSomebodyIsFoundInTheHistory(t *testing.T) {
	t.Parallel()
	history, err := store.Open(store.Config{State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = history.Close() })
	log, err := history.Create(t.Context(), store.Run{ID: "r1", Flow: "all"})
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(cards.All())) {
		c := cards.All()[name]
		if c.Effect == card.Reads {
			continue
		}
		for input := range namesSomebody(c.In, "") {
			subject := fmt.Sprintf("00u%d", len(expected))
			expected[subject] = name + " " + input
			at := engine.Place{}.Step(fmt.Sprint("s", len(expected)))
			if err := log.Begin(engine.Intent{Place: at, Card: name, In: map[string]any{input: namesSomebody(c.In, subject)[input]}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(expected) < 80 {
		t.Errorf("only %d inputs name somebody", len(expected))
	}
	for subject, input := range expected {
		if found, err := history.History(t.Context(), subject, store.Page{}); err != nil || len(found) != 1 {
			t.Errorf("%s: found %d writes, %v", input, len(found), err)
		}
	}
}
