package expr

import (
	"fmt"
	"strings"
	"testing"
)

func TestClosuresNameTheirElements(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		`filter([1, 2, 3], n => n > 1)`:                                               []any{2, 3},
		"map([1, 2],\n\tn=>n * 10)":                                                   []any{10, 20},
		`map([[1, 2], [3]], row => map(row, n => n * len(row)))`:                      []any{[]any{2, 4}, []any{3}},
		`map([1, 2], a => map([10, 20], b => a + b))`:                                 []any{[]any{11, 21}, []any{12, 22}},
		`sortBy([{n: 2}, {n: 1}], e => e.n, "desc")[0].n`:                             2,
		`reduce([1, 2, 3], n => #acc + n, 0)`:                                         6,
		`map(["a"], _x1 => "ü => " + _x1 + 'y => z')`:                                 []any{"ü => ay => z"},
		`map(["a"], x => ({name: x, n: #index}))`:                                     []any{map[string]any{"name": "a", "n": 0}},
		`count([{a: nil}, {a: "2026-01-01"}], u => u.a != nil and date(u.a) < now())`: 1,
		`[1, 2, 3] | filter(n => n > 1) | map( n => n * 2 ) | sortBy(n => -n)`:        []any{6, 4},
		`sum([{n: 1}], e => e.n) + sum([{n: 2}], e => e.n)`:                           3,
	} {
		if got, err := value(t, source); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gives %v, %v; want %v", source, got, err, want)
		}
	}
}

// A name that is the first argument without a pipe, or after the operator ||, names no element.
func TestArrowsNeedAFunction(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`true || len(n => n)`, `len(n => n)`} {
		if got, err := value(t, source); err == nil || !strings.Contains(err.Error(), `unexpected "=>"`) && !strings.Contains(err.Error(), `unexpected "="`) {
			t.Errorf("%s gives %v, %v", source, got, err)
		}
	}
}
