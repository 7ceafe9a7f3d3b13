package host

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// author writes flows from choices: the bytes of a fuzzer first, and then a stream that depends on them. The flows use
// the cards of a shop, and every verb but approve; what they read may be known only in a real run.
type author struct {
	chance.Choices

	names   int                 // of steps and variables
	depth   int                 // of steps inside of steps
	left    int                 // steps that the flow may still have
	sees    map[string][]string // what an expression may read, by its sort: int, text, bool, list
	helpers int                 // the helpers h0, h1, … that the flow may call
}

func newAuthor(data []byte) *author { return &author{Choices: chance.New(data)} }

func (a *author) one(of ...string) string { return of[a.Pick(len(of))] }

type (
	node = map[string]any
	list = []any
)

const helperReturns = `{"type":"object","properties":{"k":{"type":"integer"},"t":{"type":"string"},"f":{"type":"boolean"}},"required":["k","t","f"],"additionalProperties":false}`

// workspace writes the flow main, three helpers of which each may run the later ones, one for the records of a loop,
// and one that runs itself.
func (a *author) workspace() fstest.MapFS {
	files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte("connections: {}\n")}}
	put := func(name string, f node) {
		f["flow"] = name
		text, err := json.Marshal(f)
		if err != nil {
			panic(err)
		}
		files[name+".yaml"] = &fstest.MapFile{Data: text}
	}
	a.helpers = 0
	put("record", node{
		"inputs": node{"record": node{"of": "shop.item.list"}, "index": "integer", "state": node{"type": "object", "properties": node{"n": node{"type": "integer"}}}},
		"steps":  a.flow(4, map[string][]string{"int": {"inputs.index", "inputs.record.n", "(inputs.state.n ?? 0)"}, "text": {"inputs.record.id", "inputs.record.name"}, "bool": {"inputs.record.hot"}}),
	})
	for i := range 3 {
		a.helpers = i
		f := node{
			"inputs": node{"n": "integer", "t": "string", "f": node{"type": "boolean", "default": true}},
			"steps":  a.flow(5, map[string][]string{"int": {"inputs.n"}, "text": {"inputs.t"}, "bool": {"inputs.f"}}),
		}
		if i > 0 {
			f["returns"] = json.RawMessage(helperReturns)
			f["steps"] = append(f["steps"].(list), node{"return": a.result()})
		}
		put(fmt.Sprint("h", i), f)
	}
	a.helpers = 3
	put("again", node{"inputs": node{"n": "integer"}, "steps": list{
		node{"card": "shop.item.create", "with": node{"name": "${ string(inputs.n) }"}},
		node{"if": "inputs.n > 0", "then": list{node{"call": "again", "with": node{"n": "${ inputs.n - 1 }"}}}},
	}})
	put("main", node{"steps": a.flow(12, nil)})
	return files
}

// flow is the steps of a flow.
func (a *author) flow(size int, sees map[string][]string) list {
	a.left, a.depth = size, 0
	a.sees = map[string][]string{}
	maps.Copy(a.sees, sees)
	return a.steps()
}

// result fits helperReturns.
func (a *author) result() node {
	return node{"k": a.hole("int"), "t": a.hole("text"), "f": a.hole("bool")}
}

// steps is one step or more.
func (a *author) steps() (steps list) {
	a.depth++
	for n := 1 + a.Pick(4); n > 0 && (a.left > 0 || len(steps) == 0); n-- {
		a.left--
		steps = append(steps, a.step()...)
	}
	a.depth--
	return steps
}

// branches is lists of steps of which one runs: none reads what another binds, and the later steps read all.
func (a *author) branches(n int) (all []list) {
	before, bound := a.sees, map[string][]string{}
	for range n {
		a.sees = map[string][]string{}
		for sort, texts := range before {
			a.sees[sort] = slices.Clip(texts)
		}
		all = append(all, a.steps())
		for sort, texts := range a.sees {
			bound[sort] = append(bound[sort], texts[len(before[sort]):]...)
		}
	}
	a.sees = before
	for sort, texts := range bound {
		a.see(sort, texts...)
	}
	return all
}

// inner is steps with a scope of their own.
func (a *author) inner(sees map[string][]string) list {
	outside := a.sees
	a.sees = map[string][]string{}
	for sort, texts := range outside {
		a.sees[sort] = slices.Clone(texts)
		if sees != nil { // of a loop
			a.sees[sort] = slices.DeleteFunc(a.sees[sort], func(text string) bool { return strings.Contains(text, "record") || text == "index" })
		}
	}
	for sort, texts := range sees {
		a.sees[sort] = append(a.sees[sort], texts...)
	}
	steps := a.steps()
	a.sees = outside
	return steps
}

func (a *author) name() string {
	a.names++
	return fmt.Sprint("s", a.names)
}

// see lets later expressions read something.
func (a *author) see(sort string, texts ...string) { a.sees[sort] = append(a.sees[sort], texts...) }

// hole is an expression in a value.
func (a *author) hole(sort string) string { return "${ " + a.expression(sort, 2) + " }" }

// expression is one of a sort.
func (a *author) expression(sort string, depth int) string {
	if seen := a.sees[sort]; len(seen) > 0 && a.Pick(5) < 3 {
		return seen[a.Pick(len(seen))]
	}
	if depth == 0 {
		return map[string]string{"int": "2", "text": `"one"`, "bool": "true", "list": "[]"}[sort]
	}
	e := func(sort string) string { return a.expression(sort, depth-1) }
	switch sort {
	case "int":
		return a.one("1", "0", "("+e("int")+" + 1)", "len("+e("list")+")", "sum("+e("list")+", #.n)", "count("+e("list")+", #.n > "+e("int")+")",
			"("+e("bool")+" ? "+e("int")+" : "+e("int")+")", "len("+e("text")+")", "max("+e("int")+", 1)")
	case "text":
		return a.one(`"two"`, `"i2"`, "string("+e("int")+")", "("+e("text")+` + "x")`, "upper("+e("text")+")", `join(map(`+e("list")+`, #.name), ",")`,
			`(find(`+e("list")+`, #.n > `+e("int")+`)?.id ?? "i1")`, `(first(sortBy(`+e("list")+`, -#.n))?.name ?? "")`, "("+e("bool")+" ? "+e("text")+" : "+e("text")+")")
	case "list":
		return a.one("[]", `[{id: "i1", name: `+e("text")+`, n: `+e("int")+`}]`, "filter("+e("list")+", #.n > "+e("int")+")", "take("+e("list")+", 1)", "concat("+e("list")+", "+e("list")+")")
	}
	return a.one("true", "false", "("+e("int")+" > "+e("int")+")", "("+e("int")+" == "+e("int")+")", "("+e("text")+" == "+e("text")+")",
		"("+e("bool")+" and "+e("bool")+")", "("+e("bool")+" or "+e("bool")+")", "(not "+e("bool")+")", "any("+e("list")+", #.n == "+e("int")+")",
		"("+e("text")+` contains "o")`, "("+e("text")+` matches "^[a-m]")`, "("+e("int")+" in [1, "+e("int")+"])", "all("+e("list")+", #.n > 1)",
		"("+e("list")+" == "+e("list")+")")
}
