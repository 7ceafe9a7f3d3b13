package flowtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// value makes a value for a key of a form.
func (g *generator) value(form string, k flow.Key) any {
	switch form + ": " + k.Name {
	case "a retry: when":
		outside := g.scope.refs
		g.scope.refs = []ref{{"error.kind", Text}, {"error.message", Text}}
		defer func() { g.scope.refs = outside }()
		return prose(g.expression(Bool, 2))
	case "a trigger: inputs":
		var m mapping
		for _, in := range g.scope.inputs {
			if in.sort != Any && g.Pick(2) == 0 {
				m = append(m, field{in.name, g.literal(in.sort)})
			}
		}
		return m
	case "a trigger: schedule", "a step: schedule":
		return chance.OneOf(&g.Choices, []any{prose("@daily"), prose("0 7 * * 1-5")})
	case "a trigger: webhook":
		return scalar(g.name("hook")) // unique
	case "a trigger: secret":
		return mapping{{"env", scalar("HOOK_SECRET")}}
	case "a trigger: event":
		return scalar(g.vocabulary.Event)
	case "a trigger: poll":
		return scalar(g.vocabulary.Poll)
	case "a trigger: with":
		return mapping{{"filter", g.literal(Bool)}}
	case "a trigger: every":
		return scalar("5m")
	case "a trigger: timezone":
		return scalar("Europe/Berlin")
	case "a manual: roles":
		return list{scalar(g.name("role"))}
	case "a respond: status":
		return chance.OneOf(&g.Choices, []any{scalar("200"), scalar("404"), prose("${ 400 + 3 }")})
	case "a respond: headers":
		return mapping{{"x-kind", prose(chance.OneOf(&g.Choices, []string{"a", "${ 1 }"}))}}
	case "runs: per":
		return prose(chance.OneOf(&g.Choices, []string{"1", `"x"`, "len([1])"}))
	case "a wait: until":
		return prose(chance.OneOf(&g.Choices, []string{"now() + hours(1)", "now()", `date("2026-01-01")`, `"2026-01-01"`}))
	}
	return g.shaped(form, k.Shape)
}

// shaped makes a value of a shape.
func (g *generator) shaped(form string, s flow.Shape) any {
	switch s.Kind {
	case flow.ShapeAny:
		return g.template(2)
	case flow.ShapeText:
		return g.text()
	case flow.ShapeProse:
		return prose(chance.OneOf(&g.Choices, texts))
	case flow.ShapeName, flow.ShapeIdentifier:
		return scalar(g.name("n"))
	case flow.ShapeFlowName:
		return scalar(chance.OneOf(&g.Choices, g.flows).name)
	case flow.ShapeExpression:
		return prose(g.expression(chance.OneOf(&g.Choices, []Sort{Bool, Bool, Int, Text}), 2))
	case flow.ShapeDuration:
		return scalar(chance.OneOf(&g.Choices, append([]string{"1s", "30s", "2m", "1h", "100ms", "1h30m"}, s.Choices...)))
	case flow.ShapeWhole, flow.ShapeNumber:
		return scalar(fmt.Sprint(min(max(s.Min, s.Max/2)+g.Pick(4), max(s.Max, s.Min+3))))
	case flow.ShapeBoolean:
		return scalar(chance.OneOf(&g.Choices, []string{"true", "false"}))
	case flow.ShapeChoice:
		return scalar(chance.OneOf(&g.Choices, s.Choices))
	case flow.ShapeForm:
		return g.filled(s.Form)
	case flow.ShapeMap:
		var m mapping
		for range max(s.Min, g.Pick(3)) {
			m = append(m, field{g.name("k"), g.shaped(form, *s.Of)})
		}
		return m
	case flow.ShapeList:
		var l list
		for range max(s.Min, g.Pick(3)) {
			l = append(l, g.shaped(form, *s.Of))
		}
		return l
	case flow.ShapeOr:
		return g.shaped(form, chance.OneOf(&g.Choices, s.Any))
	case flow.ShapeSteps:
		return g.body(s, nil)
	}
	return mapping{}
}

// filled is a mapping with keys of a form and, if it has verbs, one of these.
func (g *generator) filled(f *flow.Form) mapping {
	keys, rules := f.Keys, f.Rules
	var m mapping
	if len(f.Verbs) > 0 {
		v := chance.OneOf(&g.Choices, f.Verbs)
		if slices.Contains([]string{"event", "poll"}, v.Name) && g.Pick(4) > 0 { // there are no cards for them
			v = f.Verbs[0]
		}
		keys, rules = slices.Concat(keys, v.Keys), slices.Concat(rules, v.Rules)
		m = mapping{{v.Name, g.value(f.Name, v.Key)}}
	}
	rest := g.fields(f.Name, keys, rules, func(k flow.Key) (any, bool) {
		if k.Required || k.Name == "timezone" || g.Pick(2) == 0 {
			return g.value(f.Name, k), true
		}
		return nil, false
	})
	return append(m, rest...)
}

// with makes something that sees some things more.
func (g *generator) with(sees []ref, do func() any) any {
	outside := g.scope.refs
	g.scope.refs = append(slices.Clone(outside), sees...)
	defer func() { g.scope.refs = outside }()
	return do()
}

var texts = []string{
	"", "a", "plain words", "Zoë", "with: colon", "# no comment", "- dash", "a\nb", " spaces ", "'single'", `"double"`, `back\slash`, "true", "null", "007", "1.50", "$${ not }", "tab\there",
	"a, b", "[x]", "{y}", "&z", "*z", "!t", "%", "@", "`",
}

// text is text in which there may be expressions.
func (g *generator) text() any {
	switch g.Pick(3) {
	case 0:
		return prose(chance.OneOf(&g.Choices, texts))
	case 1:
		return prose("${ " + g.expression(Text, 2) + " }")
	}
	return prose(fmt.Sprintf("%s ${ %s } and ${ %s }.", chance.OneOf(&g.Choices, []string{"a", "it's", "{", "x: "}), g.expression(Int, 2), g.expression(Text, 2)))
}

// template is any value in which there may be expressions.
func (g *generator) template(depth int) any {
	switch n := g.Pick(8); {
	case n < 2 && depth > 0:
		var m mapping
		for range g.Pick(3) {
			m = append(m, field{g.name("k"), g.template(depth - 1)})
		}
		return m
	case n == 2 && depth > 0:
		var l list
		for range g.Pick(3) {
			l = append(l, g.template(depth-1))
		}
		return l
	case n == 3:
		return g.text()
	case n == 4:
		return g.literal(chance.OneOf(&g.Choices, []Sort{Int, Bool, Text, Any}))
	}
	return prose("${ " + g.expression(chance.OneOf(&g.Choices, []Sort{Int, Text, Bool, List, Object, Any}), 3) + " }")
}

// literal is a value without expressions.
func (g *generator) literal(s Sort) any {
	switch s {
	case Int:
		return scalar(fmt.Sprint(g.Pick(4)))
	case Text:
		return prose(chance.OneOf(&g.Choices, []string{"a", "b c", "", "Zoë", "2026-01-01", "x: y"}))
	case Bool:
		return scalar(chance.OneOf(&g.Choices, []string{"true", "false"}))
	case List:
		return chance.OneOf(&g.Choices, []any{list{}, list{scalar("1"), scalar("2")}, list{prose("a")}})
	case Object:
		return chance.OneOf(&g.Choices, []any{mapping{}, mapping{{"id", prose("a")}}})
	}
	return chance.OneOf(&g.Choices, []any{scalar("null"), scalar("2.5"), mapping{{"a", scalar("1")}}, list{mapping{{"b", scalar("null")}}}})
}

// productions are ways to make an expression of a sort, the first without others in it. {int} is one of that sort.
var productions = map[Sort][]string{
	Int:    {"0", "1", "2", "{int} + {int}", "{int} - 1", "len({list})", "len({text})", "{bool} ? {int} : {int}", "count({list}, # != nil)", "{any} == nil ? {int} : 1", "[{int}, 2][{int}]", "10 % {int}"},
	Text:   {`"a"`, `"x y"`, "upper({text})", "{text} + {text}", "string({int})", "json({any})", `{bool} ? {text} : "no"`, "uuid()", "string(now())", "quote({text})"},
	Bool:   {"true", "false", "{int} == {int}", "{int} < {int}", "{text} == {text}", "not ({bool})", "{bool} and {bool}", "{bool} or {bool}", "{any} == nil", "{text} contains {text}", "nil in {list}", `{text} matches "^a"`, "{list} == []"},
	List:   {"[]", "[1, 2, 3]", "1..{int}", "[{any}, {int}]", "map({list}, #)", "filter({list}, # != nil)", "concat({list}, {list})", "keys({object})", `["a", "b", "a"]`, "take({list}, 2)", "reverse({list})"},
	Object: {"{}", "{a: {int}, id: {text}}", "merge({object}, {object})", "{id: {any}}", "omit({object}, lower({text}))"},
	Any:    {"nil", "{int}", "{text}", "{bool}", "{list}", "{object}", "first({list})", "path({object}, lower({text}))", "unjson({text})", "1.5", "1 / {int}", "int({text})"},
}

// examples are those of all functions, by the sort of their values.
var examples = sync.OnceValue(func() map[Sort][]string {
	all := map[Sort][]string{}
	for _, f := range expr.Functions() {
		p, err := expr.Compile(f.Example, expr.Any)
		if err != nil {
			continue
		}
		sort := sortOf(p.Type())
		if _, err := expr.Compile("("+f.Example+`) + ""`, expr.Any); sort == Text && err != nil {
			sort = Any // a time or a duration is a string only once it has left its expression
		}
		all[sort] = append(all[sort], f.Example)
	}
	return all
})

func sortOf(t expr.Type) Sort {
	switch {
	case t.Nullable():
	case t.Kind() == expr.KindInt:
		return Int
	case t.Kind() == expr.KindString:
		return Text
	case t.Kind() == expr.KindBool:
		return Bool
	case t.Kind() == expr.KindList:
		return List
	case t.Kind() == expr.KindObject:
		return Object
	}
	return Any
}

// expression makes an expression of a sort, mostly.
func (g *generator) expression(s Sort, depth int) string {
	var reads []string
	for _, r := range g.scope.refs {
		if r.sort == s || s == Any {
			reads = append(reads, r.text)
		}
	}
	switch n := g.Pick(8); {
	case len(reads) > 0 && (n < 4 || depth <= 0):
		return chance.OneOf(&g.Choices, reads)
	case n == 4 && len(examples()[s]) > 0 || depth <= 0 && n > 4 && len(examples()[s]) > 0:
		return "(" + chance.OneOf(&g.Choices, examples()[s]) + ")"
	case depth <= 0:
		return productions[s][0]
	}
	var b strings.Builder
	rest := chance.OneOf(&g.Choices, productions[s])
	for {
		before, after, _ := strings.Cut(rest, "{")
		b.WriteString(before)
		if after == "" {
			break
		}
		hole, more, _ := strings.Cut(after, "}")
		if productions[Sort(hole)] == nil { // braces of the language
			b.WriteString("{")
			rest = after
			continue
		}
		b.WriteString("(" + g.expression(Sort(hole), depth-1) + ")")
		rest = more
	}
	return b.String()
}

// name is one that nothing else has.
func (g *generator) name(prefix string) string {
	g.named++
	return fmt.Sprintf("%s%d", prefix, g.named)
}
