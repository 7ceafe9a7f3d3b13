package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unknownRoots returns the roots of a dry run in which a user was not created.
func unknownRoots() map[string]any {
	id := Unknown{Of: "okta.user.create", Text: "«okta.user.create#1».id"}
	return map[string]any{
		"u": id,
		"o": map[string]any{"id": id, "login": "ann", "n": 1},
		"l": []any{1, id, 3},
		"f": false, "t": true, "n": nil, "z": []any{},
	}
}

func TestUnknownSpreadsUnlessTheResultIsCertain(t *testing.T) {
	t.Parallel()
	unknown := Unknown{Of: "okta.user.create", Text: "«okta.user.create#1».id"}
	for source, want := range map[string]any{
		// Certain.
		`f and u`: false, `u and f`: false, `t or u`: true, `u or t`: true, `f and u.x.y`: false, `u.x == 1 and f`: false,
		`u ? 1 : 1`: 1, `u == 1 ? "a" : "a"`: "a", `o == nil`: false, `o != nil`: true, `nil == o`: false, `n ?? 1`: 1,
		`len(l)`: 3, `l[0]`: 1, `first(l)`: 1, `last(l)`: 3, `o.login`: "ann", `o.login == "ann"`: true, `o.id2 == nil`: true,
		`o == {id: 1, login: "bob", n: 1}`: false, `l == [1, 2]`: false, `l == [2, 2, 3]`: false, `l != [1, 2, 4]`: true,
		`1 in l`: true, `"login" in o`: true, `u in z`: false,
		`all(l, # == 4)`: false, `any(l, # == 1)`: true, `none(l, # == 3)`: false, `one(l, # == 1 or # == 3)`: false,
		`find(l, # == 1)`: 1, `findLast(l, # == 3)`: 3, `findIndex(l, # == 1)`: 0, `count(l, true)`: 3, `filter(l, false)`: []any{},
		`map(l, 1)`: []any{1, 1, 1}, `take(l, 1)`: []any{1}, `l[2:]`: []any{3}, `reverse(l)[0]`: 3, `reduce(l, #index)`: 2,
		`path(o, "login")`: "ann", `pluck([o], "login")`: []any{"ann"}, `omit(o, "id")`: map[string]any{"login": "ann", "n": 1},
		`merge(o, {id: 2}).id`: 2, `all(z, u)`: true, `sum(map(l, 2))`: 6, `let x = u; 1`: 1,
		// Not certain, although a known value is involved.
		`u`: unknown, `t and u`: unknown, `u and t`: unknown, `f or u`: unknown, `u or f`: unknown, `not u`: unknown, `u == 1`: unknown, `u != 1`: unknown,
		`u == u`: unknown, `u == nil`: unknown, `u ?? 1`: unknown, `u ? 1 : 2`: unknown, `u + 1`: unknown, `1 - u`: unknown, `-u`: unknown, `u < 1`: unknown,
		`u..3`: unknown, `u contains "a"`: unknown, `"a" matches u`: unknown, `2 in l`: unknown, `"id" in o`: unknown, `u in l`: unknown, `1 in u`: unknown, `u in o`: unknown,
		`o == {id: 1, login: "ann", n: 1}`: unknown, `l == [1, 2, 3]`: unknown, `o == {login: "ann", n: 1}`: unknown,
		`all(l, # > 0)`: unknown, `any(l, # == 2)`: unknown, `none(l, # == 2)`: unknown, `one(l, # == 1)`: unknown, `count(l, # == 1)`: unknown,
		`find(l, # == 3)`: unknown, `findIndex(l, # == 3)`: unknown, `filter(l, # > 1)`: unknown, `sortBy(l, #)`: unknown, `sum(l)`: unknown, `max(l)`: unknown,
		`reduce(l, #acc + #)`: unknown, `map(u, 1)`: unknown, `filter(u, true)`: unknown, `upper(u)`: unknown, `string(u)`: unknown, `len(u)`: unknown,
		`json(o)`: unknown, `keys(o) == ["id"]`: unknown, `join(l)`: unknown, `uniq(l)`: unknown, `type(u)`: unknown, `l[u]`: unknown, `l[u:]`: unknown, `u[0]`: unknown,
		`{(u): 1}`: unknown, `o.id`: unknown, `o?.id`: unknown, `path(o, "id")`: unknown, `any(l, # == 2 or # == 3 and [][0] == 1)`: unknown, `len(o)`: unknown, `u and [][0]`: unknown,
		`u ? [][0] : 1`: unknown, `u and all(1..1000, all(1..1000, true))`: unknown, `date(u) < now()`: unknown, `u?.x.y`: unknown.Field("x").Field("y"),
		// Certain in part.
		`[u, 1]`: []any{unknown, 1}, `{a: u}`: map[string]any{"a": unknown}, `pluck([o], "id")`: []any{unknown}, `merge({id: 2}, o).id`: unknown,
	} {
		p, err := Compile(source, Any)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := p.Eval(context.Background(), Scope{Roots: unknownRoots(), Site: &testSite{}, Dry: true})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
	}
}

func TestUnknownDoesNotHideCertainMistakes(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`[u, 1 / 0]`, `o.login + 1`, `first(z).x == u`, `l[7]`, `(1 / 0 == 1) and u`, `map(l, 1 / 0)`, `o.login ? u : u`} {
		p, err := Compile(source, Any)
		if err != nil {
			continue // covered above
		}
		v, err := p.Eval(context.Background(), Scope{Roots: unknownRoots(), Dry: true})
		if wrong := (*Error)(nil); !errors.As(err, &wrong) {
			t.Errorf("%s: got %v, %v, want an error", source, v, err)
		}
	}
}

func TestTemplateShowsAnUnknownInItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`${ u }`:                      Unknown{"okta.user.create", "«okta.user.create#1».id"},
		`user ${ u } of ${ o.login }`: Unknown{"okta.user.create", "user «okta.user.create#1».id of ann"},
		`${ u.profile.email }!`:       Unknown{"okta.user.create", "«okta.user.create#1».id.profile.email!"},
		`${ o.login }`:                "ann",
	} {
		tmpl, err := CompileText(text, Any)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.Eval(context.Background(), Scope{Roots: unknownRoots(), Dry: true})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestConditionsOnAnUnknownAreUndecidable(t *testing.T) {
	t.Parallel()
	p, err := CompileBool(`u == "x"`, Any)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.EvalBool(context.Background(), Scope{Roots: unknownRoots(), Dry: true})
	undecidable := (*UndecidableError)(nil)
	if !errors.As(err, &undecidable) || undecidable.Unknown.Of != "okta.user.create" ||
		err.Error() != "undecidable: depends on the result of okta.user.create, unknown in a dry run" {
		t.Errorf("got %v", err)
	}
}

func TestUnknownIsWrittenAsItsText(t *testing.T) {
	t.Parallel()
	u := Unknown{Of: "okta.user.create", Text: "«okta.user.create#1».id"}
	b, err := json.Marshal(map[string]any{"id": u})
	if string(b) != `{"id":"«okta.user.create#1».id"}` || fmt.Sprint(u) != u.Text || err != nil {
		t.Errorf("got %s, %s, %v", b, u, err)
	}
	if got, ok := FirstUnknown(map[string]any{"b": []any{Unknown{Of: "2"}}, "a": map[string]any{"x": 1, "y": Unknown{Of: "1"}}}); got.Of != "1" || !ok {
		t.Errorf("the first Unknown is %v", got)
	}
	if got, ok := FirstUnknown(map[string]any{"a": []any{1, "«okta.user.create#1».id"}}); ok {
		t.Errorf("a string is taken for the Unknown %v", got)
	}
}

// masked returns a copy of a value in which random parts are Unknown.
func (g *generator) masked(v any) any {
	if g.Pick(8) == 0 {
		return Unknown{Of: "card", Text: "«card#1»"}
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = g.masked(e)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out[name] = g.masked(v[name])
		}
		return out
	}
	return v
}

// filled returns a masked value with values for the Unknowns; original is the value before masking.
func (g *generator) filled(masked, original any) any {
	switch m := masked.(type) {
	case Unknown:
		switch g.Pick(4) {
		case 0:
			return original
		case 1:
			return g.value("any")
		}
		for sort, typ := range map[string]Type{"int": Int, "num": Float, "str": String, "bool": Bool, "list:any": anyList, "user": object} {
			if typ.set == kindOf(original) {
				return g.value(sort)
			}
		}
		return g.value("any?")
	case []any:
		out := make([]any, len(m))
		for i, e := range m {
			out[i] = g.filled(e, original.([]any)[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if _, unknown := m[name].(Unknown); unknown && g.Pick(6) == 0 {
				continue // the answer does not have this field
			}
			out[name] = g.filled(m[name], original.(map[string]any)[name])
		}
		return out
	}
	return masked
}

// admits reports whether a result of a real run agrees with one of a dry run: they are equal except for Unknowns.
func admits(dry, real any) bool {
	switch d := dry.(type) {
	case Unknown:
		return true
	case []any:
		r, ok := real.([]any)
		if !ok || len(d) != len(r) {
			return false
		}
		for i := range d {
			if !admits(d[i], r[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		r, ok := real.(map[string]any)
		if !ok {
			return false
		}
		for name, v := range d {
			if _, unknown := v.(Unknown); unknown {
				continue
			}
			if w, ok := r[name]; !ok || !admits(v, w) {
				return false
			}
		}
		for name := range r {
			if _, ok := d[name]; !ok {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(dry, real)
}

// still is a site whose count does not change, since a dry run may count differently.
type still struct{ testSite }

func (*still) Count() int { return 0 }

// checkUnknown compares an evaluation with Unknowns with evaluations that have values in their place. A certain result
// must be the same in all of them, and an error must occur in all of them.
func checkUnknown(t *testing.T, g *generator, env Type) (certain bool) {
	t.Helper()
	source := g.expression("any", 4)
	p, err := Compile(source, env)
	if err != nil {
		return false
	}
	original := g.values()
	roots := map[string]any{"x": g.masked(original["x"])}
	eval := func(roots map[string]any, dry bool) (any, error) {
		return p.Eval(context.Background(), Scope{Roots: roots, Site: &still{}, Dry: dry})
	}
	got, wrong := eval(roots, true)
	if wrong == nil {
		if _, unknown := got.(Unknown); unknown {
			return false
		}
	}
	for range 4 {
		known := map[string]any{"x": g.filled(roots["x"], original["x"])}
		want, err := eval(known, false)
		if wrong != nil && err == nil {
			t.Fatalf("%s\n fails in a dry run: %v\n and gives %v\n of %v\n for %v", source, wrong, want, roots, known)
		}
		if wrong == nil && err == nil && !admits(got, want) {
			t.Fatalf("%s\n is %v in a dry run\n and %v in a real one\n of %v\n for %v", source, got, want, roots, known)
		}
	}
	return true
}

func TestCertainResultsOfADryRunHoldForEveryRealRun(t *testing.T) {
	t.Parallel()
	env := FromSchema(generatedSchema(t))
	certain, all := 0, 5_000
	for i := range all {
		if checkUnknown(t, seeded(i), env) {
			certain++
		}
	}
	if certain < all/5 {
		t.Errorf("only %d of %d expressions are certain", certain, all)
	}
}

func FuzzUnknown(f *testing.F) {
	env := FromSchema(generatedSchema(f))
	for i := range 50 {
		f.Add(fmt.Appendf(nil, "%d", i))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkUnknown(t, newGenerator(data), env) })
}
