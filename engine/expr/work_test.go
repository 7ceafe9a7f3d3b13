package expr

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// largeCalls are calls of each function, and uses of each operator, on what is large in the roots: a text t, a list of a kind or
// an object m.
func largeCalls() []string {
	sources := []string{
		`t matches "z$"`, `t contains "zz"`, `t startsWith t2`, `t endsWith t2`, `t == t2`, `t != t2`, `t < t2`, `t + t`, `t in m`, `t in [t2]`, `t in strings`,
		`ints == ints2`, `m == m2`, `[t] == [t2]`, `objects == objects2`, `-1 in ints`, `t[1:]`, `ints[1:] == ints2[1:]`, `1..len(ints)`,
		`regex_replace(t, "q|z", "")`, `unjson(json)`, `uncsv(csv)`, `unbase64(base64)`, `int(digits)`, `float(digits)`, `date(digits)`, `duration(digits)`,
		`pluck([m, m], t)`, `path(m, t)`, `pick(m, t)`, `index_by([{a: t}], "a")`, `group_by([{a: t}], "a")`, `fromPairs([[t, 1]])`, `max(t, t2)`, `sort([t, t2])`, `uniq([t, t2])`, `uniq([[t]])`,
		`csv([[t]])`, `join([t])`, `json(t)`, `json(objects)`,
	}
	for i := range functions {
		f := &functions[i]
		reads := slices.ContainsFunc(f.params, func(p param) bool { return p.typ.may(kString | kList | kObject) })
		if f.walk != nil || f.light || !reads {
			continue
		}
		for _, list := range []string{"ints", "strings", "objects", "pairs"} {
			var args []string
			for _, p := range f.params {
				switch set := p.typ.kinds(); {
				case p.name == "pattern":
					args = append(args, `"a"`)
				case set&kList != 0:
					args = append(args, list)
				case set&kObject != 0:
					args = append(args, "m")
				case set&kString != 0:
					args = append(args, "t")
				case set&kTime != 0:
					args = append(args, "now()")
				default:
					args = append(args, "3")
				}
				sources = append(sources, fmt.Sprintf("%s(%s)", f.name, strings.Join(args, ", ")))
			}
		}
	}
	return sources
}

// largeRoots are roots of a size.
func largeRoots(n int) map[string]any {
	object, ints, texts, objects, pairs := map[string]any{}, []any{}, []any{}, []any{}, []any{}
	for i := range n {
		object[fmt.Sprint(i)] = i
		ints = append(ints, (i*7919)%n)
		texts = append(texts, fmt.Sprint(i))
		objects = append(objects, map[string]any{"id": fmt.Sprint(i)})
		pairs = append(pairs, []any{fmt.Sprint(i), i})
	}
	text := strings.Repeat("ab, c", n)
	again := map[string]any{}
	for name, v := range object {
		again[name] = v
	}
	return map[string]any{
		"t": text, "t2": strings.Clone(text), "m": object, "m2": again, "ints": ints, "ints2": append([]any{}, ints...), "strings": texts, "objects": objects,
		"objects2": append([]any{}, objects...), "pairs": pairs, "digits": strings.Repeat("1", n), "base64": strings.Repeat("YWFh", n),
		"json": "[" + strings.Repeat("{},", n) + "1]", "csv": "a,b\n" + strings.Repeat("1,2\n", n),
	}
}

// Whatever reads much counts it: that is how an expression ends when it does too much, and sees that the run is canceled.
func TestWorkOnLargeValuesIsCounted(t *testing.T) {
	t.Parallel()
	const n = 1000
	small, large := largeRoots(n), largeRoots(10*n)
	seen := map[string]bool{}
	for _, source := range largeCalls() {
		if seen[source] {
			continue
		}
		seen[source] = true
		p, err := Compile(source, Any)
		if err != nil {
			continue
		}
		work := func(roots map[string]any) (int, error) {
			ev := newEvaluation(context.Background(), Scope{Roots: roots, Site: &testSite{}})
			_, err := p.run(ev)
			return ev.work, err
		}
		few, wrong := work(small)
		more, _ := work(large)
		if more < 5*few || more < 5*n {
			t.Errorf("%s (%v) counts %d, and %d on values 10 times as large", source, wrong, few, more)
		}
	}
}

// A cancel in the midst of the work on one large value ends it.
func TestACancelEndsWorkOnALargeValue(t *testing.T) {
	t.Parallel()
	roots := map[string]any{"t": strings.Repeat("ab ", 2<<20)}
	for _, source := range []string{`t matches "(x+x+)+y"`, `regex_replace(t, "a(.*z)?", "")`, `regex_replace(t, "(a?){300}z", "")`} {
		ctx := &dying{Context: context.Background(), after: 2}
		if _, err := mustCompile(t, source, Any).Eval(ctx, Scope{Roots: roots}); err != context.Canceled {
			t.Errorf("%s: got %v", source, err)
		}
	}
}

// Work on an object asks again and again whether the run is still wanted, not only before and after it.
func TestWorkOnALargeObjectIsCanceledInTheMidst(t *testing.T) {
	t.Parallel()
	const n = 50_000
	object, records, pairs := make(map[string]any, n), make([]any, n), make([]any, n)
	for i := range n {
		name := fmt.Sprint((i * 7919) % n)
		object[name], records[i], pairs[i] = i, map[string]any{"id": name}, []any{name, i}
	}
	roots := map[string]any{"o": object, "l": records, "p": pairs, "json": "{\"a\": [" + strings.Repeat("{},", n) + "1]}"}
	for _, source := range []string{
		"keys(o)", "values(o)", "toPairs(o)", "fromPairs(p)", "merge(o, {a: 1})", `omit(o, "x")`, `index_by(l, "id")`, `group_by(l, "id")`, "o == o", "[o] == [o]", "o in [o]",
		"json(o)", "uniq([o, o])", "csv([o])", "unjson(json)",
	} {
		for _, dry := range []bool{false, true} {
			ctx := &dying{Context: context.Background(), after: 1 << 30}
			_, _ = mustCompile(t, source, Any).Eval(ctx, Scope{Roots: roots, Site: &testSite{}, Dry: dry})
			asked := 1<<30 - ctx.after
			if asked < n/pauseAfter {
				t.Errorf("%s, dry %t: asked %d times", source, dry, asked)
			}
			ctx = &dying{Context: context.Background(), after: asked / 2}
			if _, err := mustCompile(t, source, Any).Eval(ctx, Scope{Roots: roots, Site: &testSite{}, Dry: dry}); err != context.Canceled {
				t.Errorf("%s, dry %t: got %v", source, dry, err)
			}
		}
	}
}

func TestAMessageQuotesAPartOfALongText(t *testing.T) {
	t.Parallel()
	roots := map[string]any{"t": strings.Repeat("ü", 1<<20)}
	for _, source := range []string{`int(t)`, `date(t)`, `duration(t)`, `index_by([{a: []}], t)`, `format_date(now(), "YYYY", t)`, `[][t]`, `sort([1], t)`} {
		_, err := mustCompile(t, source, Any).Eval(context.Background(), Scope{Roots: roots, Site: &testSite{}})
		if err == nil || len(err.Error()) > 1000 || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: a message of %d bytes", source, len(fmt.Sprint(err)))
		}
	}
}

// dying is a context that is canceled once it was asked so often.
type dying struct {
	context.Context
	after int
}

func (d *dying) Err() error {
	if d.after--; d.after < 0 {
		return context.Canceled
	}
	return nil
}

func TestManyObjectsHaveNoDuplicates(t *testing.T) {
	t.Parallel()
	list := []any{}
	for i := range 20_000 {
		list = append(list, map[string]any{"id": fmt.Sprint(i % 10_000), "n": []any{i % 2, 1.5}})
	}
	v, err := mustCompile(t, `len(uniq(l))`, Any).Eval(context.Background(), Scope{Roots: map[string]any{"l": list}})
	if v != 10_000 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestEqualValuesHaveOneIdentity(t *testing.T) {
	t.Parallel()
	g := seeded(1)
	values := []any{1, 1.0, 0, math.Copysign(0, -1), 1e300, "1", "", "1e0", true, "true", nil, "z", []any{}, []any{nil}, []any{1, 2}, []any{12}, []any{"1", "2"}, []any{"1,2"},
		map[string]any{}, map[string]any{"a": 1}, map[string]any{"a": 1.0}, map[string]any{"a": nil}, []any{"a", 1}, []any{[]any{1}, 2}, []any{[]any{1, 2}}}
	for range 60 {
		values = append(values, g.value("any"), g.value("user"), g.value("list:any"))
	}
	ev := newEvaluation(context.Background(), Scope{})
	for _, a := range values {
		for _, b := range values {
			same, _ := equal(ev, a, b)
			x, _ := identity(ev, a)
			y, _ := identity(ev, b)
			ev.work = 0
			if (same == yes) != (x == y) {
				t.Fatalf("%#v and %#v: equal %v, identities %q and %q", a, b, same, x, y)
			}
		}
	}
}
