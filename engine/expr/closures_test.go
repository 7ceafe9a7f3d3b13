package expr

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/chance"
)

// alike are two ways to write each function with a closure. {L} is the list, {P} a condition, and {V} a number of its elements.
var alike = [][2]string{
	{"find({L}, {P})", "first(filter({L}, {P}))"},
	{"findLast({L}, {P})", "last(filter({L}, {P}))"},
	{"findIndex({L}, {P})", "first(filter(map({L}, ({P}) ? #index : nil), # != nil))"},
	{"findLastIndex({L}, {P})", "last(filter(map({L}, ({P}) ? #index : nil), # != nil))"},
	{"count({L}, {P})", "len(filter({L}, {P}))"},
	{"any({L}, {P})", "len(filter({L}, {P})) > 0"},
	{"all({L}, {P})", "len(filter({L}, not ({P}))) == 0"},
	{"none({L}, {P})", "not any({L}, {P})"},
	{"one({L}, {P})", "count({L}, {P}) == 1"},
	{"map({L}, {V})", "reduce({L}, concat(#acc, [{V}]), [])"},
	{"sum({L}, {V})", "reduce(map({L}, {V}), #acc + #, 0)"},
	{"filter({L}, {P})", "reduce({L}, ({P}) ? concat(#acc, [#]) : #acc, [])"},
	{"sort(map({L}, {V}))", "map(sortBy(map({L}, {V}), #), #)"},
}

// nest returns two expressions that are equal, inside of a closure, and whose own closures have closures in them.
func (g *generator) nest(ways [2]string) (one, other string) {
	outer := g.expression("list:user", 1)
	elem := chance.OneOf(&g.Choices, []string{"int", "str", "user"})
	var list, condition, number string
	g.within([]string{"", "user"}, func() string {
		list = g.expression("list:"+elem, 2)
		condition = g.closure([]string{"bool", elem}, 3)
		number = g.closure([]string{"int", elem}, 3)
		return ""
	})
	given := strings.NewReplacer("{L}", list, "{P}", condition, "{V}", number)
	wrap := func(body string) string { return "map(" + outer + ", (" + given.Replace(body) + "))" }
	return wrap(ways[0]), wrap(ways[1])
}

func TestNestedClosuresGiveWhatOtherWaysToWriteThemGive(t *testing.T) {
	t.Parallel()
	env := FromSchema(generatedSchema(t))
	for w, ways := range alike {
		t.Run(ways[0], func(t *testing.T) {
			t.Parallel()
			compared, nested := 0, 0
			for i := range 1_000 {
				g := seeded(w*1_000 + i)
				one, other := g.nest(ways)
				if strings.Contains(one, "random()") || strings.Contains(one, "uuid()") {
					continue
				}
				scope := testScope(g.values())
				values := make([]any, 0, 2)
				for _, source := range []string{one, other} {
					p, err := Compile(source, env)
					if err != nil {
						checkPlace(t, source, err)
						break
					}
					v, err := p.Eval(context.Background(), scope)
					if err != nil { // one way may stop before an element that is a mistake
						checkPlace(t, source, err)
						break
					}
					if err := admitted(p.Type(), v); err != nil {
						t.Fatalf("%s: %v", source, err)
					}
					values = append(values, v)
				}
				if len(values) < 2 {
					continue
				}
				if !equalValues(t, values[0], values[1]) {
					t.Fatalf("%s\n gives %v, but %s\n gives %v", one, values[0], other, values[1])
				}
				compared++
				if list, _ := values[0].([]any); len(list) > 0 && slices.ContainsFunc(closures, func(f definition) bool {
					return strings.Count(one, f.name+"(") > strings.Count(ways[0], f.name+"(")+1
				}) {
					nested++
				}
			}
			if compared < 200 || nested < 20 {
				t.Errorf("%d expressions were compared, %d of them with a nest that ran", compared, nested)
			}
		})
	}
}

// equalValues compares two values as expressions do.
func equalValues(t *testing.T, a, b any) bool {
	t.Helper()
	p := mustCompile(t, "x.a == x.b", ObjectOf(map[string]Type{"x": ObjectOf(map[string]Type{"a": Any, "b": Any}, false)}, false))
	v, err := p.Eval(context.Background(), testScope(map[string]any{"x": map[string]any{"a": a, "b": b}}))
	if err != nil {
		t.Fatal(err)
	}
	return v == true
}
