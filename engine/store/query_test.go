package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
)

func TestNamesOfAPersonLeadToEachOtherAndNotToOthers(t *testing.T) {
	t.Parallel()
	object := func(pairs ...any) map[string]any {
		o := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			o[pairs[i].(string)] = pairs[i+1]
		}
		return o
	}
	for name, try := range map[string]struct {
		in, out   engine.Value
		known     string
		addresses []string
		want      []string
	}{
		"a created user":              {object("login", "Ann@x"), object("id", "00u1"), "ann@x", []string{"ann@x"}, []string{"ann@x", "00u1", "ann@x"}},
		"an id in a record with one":  {object("user_id", "00u1"), nil, "ann@x", []string{"ann@x"}, []string{"00u1", "ann@x"}},
		"the id of that":              {object("user_id", "00u1"), nil, "00u1", []string{"ann@x"}, []string{"00u1", "ann@x"}},
		"the group of a membership":   {object("user_id", "00u1", "group_id", "00g1"), nil, "00g1", nil, nil},
		"the name of a created group": {object("name", "Staff"), object("id", "00g1"), "staff", nil, nil},
		"many people":                 {object("users", []any{"ann@x", "bob@x"}), nil, "ann@x", []string{"ann@x", "bob@x"}, nil},
	} {
		if diff := cmp.Diff(try.want, namesFor(Write{Intent: engine.Intent{In: try.in}, Result: try.out}, try.known, try.addresses)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}
