package engine

import (
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// The interpreter declares the type of each value that it makes next to the code that makes it. The checker uses these
// types.
func TestEveryValueOfTheInterpreterFitsItsType(t *testing.T) {
	t.Parallel()
	failure := &Error{Cause: &card.Error{Kind: card.Failed, Details: map[string]any{"n": 1}}, Card: "okta.user.get", Attempts: 2}
	for name, test := range map[string]struct {
		value map[string]any
		typ   expr.Type
	}{
		"error":    {failure.data(), ErrorType},
		"tally":    {Tally{Read: 1, OK: 1, Results: "sweep"}.value(), TallyType},
		"run":      {Start{Run: "r1", By: "ada", AsOf: &AsOf{}}.root(&Plan{Flow: "f"}, nil), RunType},
		"approval": {approved(Place{}), ApprovalType},
	} {
		names := test.typ.Fields()
		slices.Sort(names)
		if got := expr.TypeOf(test.value).Fields(); !slices.Equal(slices.Sorted(slices.Values(got)), names) {
			t.Errorf("%s: the value has the fields %v, the type %v", name, got, names)
			continue
		}
		for _, field := range names {
			typ, _ := test.typ.Field(field)
			got := expr.TypeOf(test.value[field])
			if _, unknown := test.value[field].(expr.Unknown); unknown { // of a dry run
				continue
			}
			if typ.Kind() != expr.KindAny && got.Kind() != typ.Kind() && !(test.value[field] == nil && typ.Nullable()) {
				t.Errorf("%s: the field %s is of type %s, and the value has %s", name, field, typ, got)
			}
		}
	}
}
