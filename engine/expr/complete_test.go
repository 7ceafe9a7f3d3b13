package expr

import (
	"slices"
	"testing"
)

func TestAnUnfinishedExpressionIsCompleted(t *testing.T) {
	t.Parallel()
	env := ObjectOf(map[string]Type{
		"inputs": TypeOf(map[string]any{"group": "x", "tags": []any{"a"}}),
		"record": TypeOf(map[string]any{"profile": map[string]any{"login": "a", "lastName": "b", "élan": 1, "a b": 1, "2nd": 1, "\x1b[31mred": 1}, "all": []any{map[string]any{"id": "x"}}}),
	}, false)
	for source, want := range map[string][]string{
		"in":                           {"indexOf(", "index_by(", "inputs", "int("},
		"record.profile.l":             {"lastName", "login"},
		"record?.profile?.lo":          {"login"},
		"record.profile.":              {"lastName", "login", "élan"}, // the other fields are not names: only record.profile["a b"] reads them
		`upper(record["profile"].lo`:   {"login"},
		`1 + len(inputs.`:              {"group", "tags"},
		"record.all[0].":               {"id"},
		"first(record.all)?.":          {"id"},
		"record.profile.él":            {"élan"},
		"inputs.group.":                nil,
		"inputs.none.":                 nil,
		`inputs.tags | filter(# in re`: {"record", "reduce(", "regex_find(", "regex_index(", "regex_replace(", "repeat(", "replace(", "reverse("},
		`")`:                           nil,
	} {
		from, got := Complete(source, env)
		if source == `")` {
			continue // anything but a panic
		}
		if !slices.Equal(got, want) || from > len(source) {
			t.Errorf("%s: got %q from %d, want %q", source, got, from, want)
		}
	}
}
