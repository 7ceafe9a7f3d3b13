package expr

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/chance"
)

// generator makes expressions and values from choices: first the bytes of a fuzzer, then a random stream that depends
// on them. The expressions use generatedEnv. They are mostly well typed, and every function and operator occurs.
type generator struct {
	chance.Choices
	refs []reference // what an expression may read at this point
	lets int
}

// reference is a readable expression and its sort.
type reference struct{ text, sort string }

func newGenerator(data []byte) *generator { return choosing(chance.New(data)) }

// seeded returns a generator without a fuzzer.
func seeded(seed int) *generator { return choosing(chance.Seeded(fmt.Appendf(nil, "seed %d", seed))) }

func choosing(choices chance.Choices) *generator {
	g := &generator{Choices: choices}
	for _, root := range generatedRoots {
		sort := root.sort
		if sort == "enum" {
			sort = "str"
		}
		g.refs = append(g.refs, reference{root.text, sort})
	}
	return g
}

// generatedRoots are the paths of the environment, with their sorts and schemas.
var generatedRoots = []struct{ text, sort, schema string }{
	{"x.i", "int", `{"type":"integer"}`},
	{"x.n", "num", `{"type":"number"}`},
	{"x.s", "str", `{"type":"string"}`},
	{"x.t", "str", `{"type":"string"}`},
	{"x.e", "enum", `{"type":"string","enum":["red","dark blue"]}`},
	{"x.b", "bool", `{"type":"boolean"}`},
	{"x.mi", "int?", `{"type":["integer","null"]}`},
	{"x.ms", "str?", `{"type":["string","null"]}`},
	{"x.mb", "bool?", `{"type":["boolean","null"]}`},
	{"x.li", "list:int", `{"type":"array","items":{"type":"integer"}}`},
	{"x.ls", "list:str", `{"type":"array","items":{"type":"string"}}`},
	{"x.lu", "list:user", `{"type":"array","items":` + userSchema + `}`},
	{"x.u", "user", userSchema},
	{"x.mu", "user?", `{"anyOf":[{"type":"null"},` + userSchema + `]}`},
	{"x.any", "any", `{}`},
	{"x.open", "open", `{"type":"object","properties":{"id":{"type":"string"}},"additionalProperties":true}`},
	{"x.map", "map", `{"type":"object","additionalProperties":{"type":"integer"}}`},
}

const userSchema = `{"type":"object","properties":{"id":{"type":"string"},"n":{"type":"integer"},"on":{"type":"boolean"},` +
	`"at":{"type":["string","null"]},"p":{"type":"object","properties":{"x":{"type":"number"}},"additionalProperties":true}}}`

// generatedSchema returns the schema of generatedEnv.
func generatedSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	var fields []string
	for _, root := range generatedRoots {
		fields = append(fields, fmt.Sprintf("%q:%s", strings.TrimPrefix(root.text, "x."), root.schema))
	}
	s := new(jsonschema.Schema)
	text := `{"type":"object","properties":{"x":{"type":"object","properties":{` + strings.Join(fields, ",") + `}}}}`
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// values returns roots with random values of the types of the environment.
func (g *generator) values() map[string]any {
	in := map[string]any{}
	for _, root := range generatedRoots {
		in[strings.TrimPrefix(root.text, "x.")] = g.value(root.sort)
	}
	return map[string]any{"x": in}
}

// value returns a random value of a sort.
func (g *generator) value(sort string) any {
	if rest, ok := strings.CutSuffix(sort, "?"); ok {
		if g.Pick(3) == 0 {
			return nil
		}
		sort = rest
	}
	if elem, ok := strings.CutPrefix(sort, "list:"); ok {
		list := []any{}
		for range g.Pick(4) {
			list = append(list, g.value(elem))
		}
		return list
	}
	switch sort {
	case "int":
		return chance.OneOf(&g.Choices, []any{0, 1, 2, 3, -1, 7, 300, 9223372036854775807})
	case "num":
		return chance.OneOf(&g.Choices, []any{0, 1, 2.5, 3.0, -1, 1e300})
	case "str":
		return chance.OneOf(&g.Choices, []any{"", "a", "b", "ab", "Zoë", "a,b", "2026-02-27", "2026-02-27T09:12:00.5Z", "7", "1.5", "36h", `{"a":1}`, "id", "p.x", `"`, `x" or id pr`, `\`})
	case "enum":
		return chance.OneOf(&g.Choices, []any{"red", "dark blue"})
	case "bool":
		return g.Pick(2) == 0
	case "user":
		return map[string]any{
			"id": g.value("str"), "n": g.value("int"), "on": g.value("bool"), "at": g.value("str?"),
			"p": map[string]any{"x": g.value("num"), "y": g.value("any")},
		}
	case "open":
		return map[string]any{"id": g.value("str"), "k": g.value("any")}
	case "map":
		return map[string]any{"a": g.value("int"), "id": g.value("int")}
	}
	return g.value(chance.OneOf(&g.Choices, []string{"int", "num", "str", "bool", "user?", "list:int", "list:any", "list:str", "open", "str?"}))
}

// productions are the ways to make an expression of each sort: written, and a call of each function that written does
// not call.
var productions = withCalls(written, functions)

// written are the productions written by hand. {int} is an expression of that sort, {bool/user} a closure over elements
// of the sort user, {int/int/int} one that also has #acc, and {int!} an expression outside of all closures.
var written = map[string][]string{
	"int": {
		"{int} + {int}", "{int} - {int}", "{int} * {int}", "{num} % {int}", "-{int}", "len({list})", "len({str})", "len({obj})", "int({num})", "int({str})",
		"round({num})", "floor({num})", "ceil({num})", "abs({int})", "indexOf({str}, {str})", "lastIndexOf({str}, {str})", "sum({list:int})",
		"sum({list:user}, {int/user})", "count({list:int}, {bool/int})", "count({list:user}, {bool/user})", "count(map({list:user}, .on))", "count({list:any})", "reduce({list:int}, {int/int/int}, {int!})",
		"reduce({list:int}, {int/int/int})", "{list:int}[{int}]", "max({int}, {int})", "{int?} ?? {int}", "{user}.n", "if {bool} { {int} } else { {int} }",
		"one({list:int}, {bool/int}) ? {int} : {int}", "let v = {int}; {int}", "({int}; {int})", "first({list:int}) ?? {int}",
	},
	"int?": {
		"first({list:int})", "last({list:int})", "find({list:int}, {bool/int})", "findLast({list:int}, {bool/int})", "findIndex({list:user}, {bool/user})",
		"findLastIndex({list:int}, {bool/int})", "min({list:int})", "max({list:int})", "{user?}?.n", "{map}.a", "{map}[{str}]", "{bool} ? nil : {int}", "{map}?.id",
	},
	"num": {
		"{int}", "{num} + {num}", "{num} - {num}", "{num} * {num}", "{num} / {num}", "{num} ** {int}", "float({str})", "float({num})", "{dur} / {dur}",
		"-{num}", "mean({list:int}) ?? {num}", "median({list:int}) ?? {num}", "{user}.p.x", "sum({list:num})", "random()", "abs({num})",
	},
	"str": {
		"{str} + {str}", "upper({str})", "lower({str})", "trim({str})", "trim({str}, {str})", "trimPrefix({str}, {str})", "trimSuffix({str}, {str})",
		"join({list:str}, {str})", "join({list:int})", "replace({str}, {str}, {str})", "regex_replace({str}, \"[a-z]\", {str})", "regex_replace({str}, {str}, {str})",
		"repeat({str}, {int})", "string({num})", "string({any})", "quote({str})", "quote({time})", "json({any})", "base64({str})", "unbase64({str})",
		"urlencode({str})", "sha256({str})", "hmac({str}, {str})", "ascii({str})", "slug({str})", "uuid()", "type({any})", "csv({list:user})",
		"csv({list:any}, \"id\", {str})", "format_date({time}, \"YYYY-MM-DD\")", "format_date({str}, {str}, \"UTC\")", "{str}[{int}:{int}]", "{str}[1:]",
		"{str?} ?? {str}", "{user}.id", "reduce({list:str}, {str/str/str}, {str!})", "{bool} ? {str} : {str}", "let v = {str}; {str}", "{list:str}[{int}]",
	},
	"str?": {"first({list:str})", "find({list:str}, {bool/str})", "{user}.at", "{user?}?.id", "{user?}?.at", "{bool} ? {str} : nil", "{str}"},
	"bool": {
		"{bool} and {bool}", "{bool} or {bool}", "{bool} && {bool}", "{bool} || {bool}", "not ({bool})", "!{bool}", "{int} == {int}", "{num} != {num}",
		"{any} == {any}", "{list} == {list}", "{user} == {user}", "{obj} != {obj}", "{str?} == nil", "{user?} != nil and {user?}.on", "{int?} == {int}",
		"{num} < {num}", "{num} <= {num}", "{str} > {str}", "{str} >= {str}", "{time} < {time}", "{dur} > {dur}", "{int} < {int} < {int}", "{str} contains {str}", "{str?} startsWith {str}",
		"{str} endsWith {str}", "{str} matches {str}", "{str} matches \"^a.*\"", "{int} in {list:int}", "{str} in {list:str}", "{str} in {obj}", "{str} not in {list:str}",
		"{int} in [1, 2, nil]", "{user} in {list:user}", "{any} in {any}", "all({list:int}, {bool/int})", "any({list:user}, {bool/user})", "none({list:str}, {bool/str})",
		"one({list:int}, {bool/int})", "{bool?} ?? {bool}", "{user}.on", "{bool} ? {bool} : {bool}", "{user?} == nil or {user?}.on", "let v = {bool}; {bool}", "{bool?} == true",
	},
	"bool?": {"{bool}", "first(map({list:user}, {bool/user}))", "{bool} ? {bool} : nil", "{user?}?.on"},
	"time":  {"now()", "date({str})", "date({int})", "{time} + {dur}", "{time} - {dur}", "{dur} + {time}", "max([{time}, {time}])", "date({time})"},
	"dur": {
		"days({num})", "hours({num})", "duration({str})", "{time} - {time}", "{dur} + {dur}", "{dur} - {dur}", "{dur} * {num}", "{num} * {dur}", "{dur} / {num}",
		"-{dur}", "abs({dur})", "duration({dur})",
	},
	"list:int": {
		"[{int}, {int}]", "[{int}]", "1..{int}", "{int}..3", "map({list:int}, {int/int})", "map({list:user}, {int/user})", "filter({list:int}, {bool/int})", "sort({list:int})",
		"sort({list:int}, \"desc\")", "sortBy({list:int}, {int/int})", "reverse({list:int})", "uniq({list:int})", "concat({list:int}, {list:int})", "take({list:int}, {int})",
		"{list:int}[{int}:{int}]", "{list:int}[:1]", "values({map})", "{list:int} | filter({bool/int})", "reduce({list:int}, concat({list:int/int/list:int}, [#]), {list:int!})",
		"pluck({list:user}, \"n\")", "flatten([{list:int}, {list:int}])", "map({list:int}, #index)",
	},
	"list:num": {"[{num}, {num}]", "map({list:int}, {num/int})", "{list:int}"},
	"list:str": {
		"[{str}, {str}]", "map({list:str}, {str/str})", "map({list:user}, .id)", "filter({list:str}, {bool/str})", "split({str}, {str})", "split({str}, {str}, {int})",
		"keys({obj})", "sort({list:str}, {str})", "sortBy({list:str}, {str/str}, \"desc\")", "uniq({list:str})", "concat({list:str}, {list:str})", "pluck({list:user}, \"id\")",
	},
	"list:user": {
		"[{user}]", "filter({list:user}, {bool/user})", "sortBy({list:user}, {str/user})", "sortBy({list:user}, {int/user}, {str})", "reverse({list:user})", "uniq({list:user})",
		"take({list:user}, {int})", "concat({list:user}, {list:user})", "{list:user} | filter({bool/user})", "{list:user}[1:]",
	},
	"list:any": {
		"[{any}, {any}]", "[{any}, {str}, nil]", "map({list:int}, {any/int})", "map({list:user}, {any/user})", "toPairs({obj})", "flatten({list})", "values({obj})",
		"uncsv({str})", "pluck({list}, {str})", "pluck({list}, \"id\")", "pluck({list:any}, \"p.x\")", "concat({list}, {list})", "uniq({list})", "sort({list})", "map(uncsv({str}), merge(#, {a: \"b\"}))", "[]", "filter({list}, {bool/any})",
	},
	"list":  {"{list:int}", "{list:str}", "{list:user}", "{list:any}", "{list:num}"},
	"user":  {"first({list:user}) ?? {user}", "{list:user}[{int}]", "{bool} ? {user} : {user}", "{user?} ?? {user}", "find({list:user}, {bool/user}) ?? {user}"},
	"user?": {"first({list:user})", "last({list:user})", "find({list:user}, {bool/user})", "findLast({list:user}, {bool/user})", "{bool} ? {user} : nil", "index_by({list:user}, \"id\")[{str}]"},
	"map":   {"fromPairs([[{str}, {int}]])", "{a: {int}, id: {int}}", "merge({map}, {map})", "{map}"},
	"open":  {"merge({open}, {open})", "{id: {str}, k: {any}}", "merge({open}, {user})", "{(\"k\" + {str}): {any}, id: {str}}", "pick({open}, \"id\")", "pick({open}, \"id\", \"k\")"},
	"obj": {
		"{user}", "{open}", "{map}", "{}", "{a: {int}, b: {any}}", "omit({user}, \"id\")", "omit({obj}, {str})", "pick({user}, \"id\", \"n\")", "pick({obj}, {str})", "merge({obj}, {obj})",
		"group_by({list:user}, \"id\")", "index_by({list:user}, \"n\")", "index_by({list}, {str})", "fromPairs({list:any})", "unjson(\"{}\")", "first(uncsv({str})) ?? {}",
	},
	"any": {
		"{int}", "{num}", "{str}", "{bool}", "{time}", "{dur}", "{list}", "{obj}", "{int?}", "{str?}", "{user?}", "nil", "path({obj}, {str})", "path({any}, \"p.x\")", "unjson({str})",
		"{open}.k", "{any}?.x", "{any}?.[{int}]", "{open}[{str}]", "min({any}, {any})", "max({list})", "first({list})", "{any} ?? {any}", "{user}[{str}]", "{any}[{int}:]",
		"reduce({list}, {any/any/any}, {any!})", "{bool} ? {any} : {any}", "let v = {any}; {any}",
	},
}

// withCalls adds a production for each function that has none. A function with a closure needs one written by hand.
func withCalls(productions map[string][]string, functions []definition) map[string][]string {
	all := maps.Clone(productions)
	text := fmt.Sprint(productions)
	for i := range functions {
		f := &functions[i]
		if f.walk != nil || regexp.MustCompile(`\b`+f.name+`\(`).MatchString(text) {
			continue
		}
		var args []string
		for _, p := range f.params {
			args = append(args, "{"+sortOf(p.typ)+"}")
		}
		sort := sortOf(f.returns)
		all[sort] = append(slices.Clone(all[sort]), f.name+"("+strings.Join(args, ", ")+")")
	}
	return all
}

// sortOf returns the sort of the values of a type.
func sortOf(t Type) string {
	set := t.kinds()
	for _, s := range []struct {
		set  kinds
		sort string
	}{{kString, "str"}, {kInt, "int"}, {kNumber, "num"}, {kBool, "bool"}, {kTime, "time"}, {kDuration, "dur"}, {kList, "list"}, {kObject, "obj"}} {
		if set&s.set != 0 && set&^(s.set|kNil) == 0 {
			return s.sort
		}
	}
	return "any"
}

func TestAFunctionWithoutAProductionIsCalledByOne(t *testing.T) {
	t.Parallel()
	got := withCalls(written, []definition{
		{name: "shout", params: []param{one("string", String), optional("times", Int)}, returns: String},
		{name: "upper", params: []param{one("string", String)}, returns: String},
	})
	if added := got["str"][len(written["str"]):]; !slices.Equal(added, []string{"shout({str}, {int})"}) {
		t.Errorf("got %q", added)
	}
}

// leaves are literals of each sort.
var leaves = map[string][]string{
	"int": {"0", "1", "2", "-1", "3"}, "num": {"0.5", "2.0", "1e3", "1"}, "str": {`"a"`, `""`, `"id"`, "`b`", `"2026-02-27"`, `"id eq \"x\""`, `"\""`}, "bool": {"true", "false"},
	"time": {"now()", `date("2026-01-01")`}, "dur": {"days(1)", "hours(0.5)"}, "any": {"nil", "1", `"x"`}, "obj": {"{}", "{a: 1}"}, "list": {"[]", "[1]", "[nil]"},
}

// sorts are all sorts, sorted.
var sorts = func() []string {
	var all []string
	for sort := range productions {
		all = append(all, sort)
	}
	slices.Sort(all)
	return all
}()

// expression returns an expression of a sort, and sometimes one of another sort.
func (g *generator) expression(sort string, depth int) string {
	if g.Pick(40) == 0 {
		sort = chance.OneOf(&g.Choices, sorts)
	}
	if depth <= 0 || g.Pick(4) == 0 {
		return g.leaf(sort)
	}
	made := g.fill(chance.OneOf(&g.Choices, productions[sort]), depth-1)
	if strings.ContainsAny(made, " ;?") {
		made = "(" + made + ")"
	}
	return made
}

// leaf returns a reference of the sort or of a compatible one, or a literal.
func (g *generator) leaf(sort string) string {
	var fitting []string
	for _, r := range g.refs {
		if r.sort == sort || r.sort+"?" == sort || sort == "any" || sort == "list" && strings.HasPrefix(r.sort, "list:") ||
			sort == "obj" && (r.sort == "user" || r.sort == "open" || r.sort == "map") || sort == "num" && r.sort == "int" {
			fitting = append(fitting, r.text)
		}
	}
	fitting = append(fitting, leaves[strings.TrimSuffix(sort, "?")]...)
	if len(fitting) == 0 {
		return "x.any"
	}
	return chance.OneOf(&g.Choices, fitting)
}

// fill replaces the {sorts} in a production.
func (g *generator) fill(production string, depth int) string {
	var b strings.Builder
	refs := g.refs
	for {
		before, rest, found := strings.Cut(production, "{")
		b.WriteString(before)
		if !found {
			g.refs = refs
			return b.String()
		}
		hole, after, _ := strings.Cut(rest, "}")
		parts := strings.Split(hole, "/")
		sort := strings.TrimSuffix(parts[0], "!")
		if productions[sort] == nil { // braces of the expression itself
			b.WriteString("{")
			production = rest
			continue
		}
		production = after
		switch {
		case strings.HasSuffix(parts[0], "!"):
			b.WriteString(g.outside(sort, depth))
		case len(parts) > 1:
			b.WriteString(g.closure(parts, depth))
		default:
			b.WriteString(g.expression(sort, depth))
		}
		if name, ok := strings.CutPrefix(before, "let v = "); ok && name == "" { // the rest may read v
			g.lets++
			text := strings.TrimPrefix(b.String(), "let v = ")
			b.Reset()
			fmt.Fprintf(&b, "let v%d = %s", g.lets, text)
			g.refs = append(slices.Clone(g.refs), reference{fmt.Sprintf("v%d", g.lets), sort})
		}
	}
}

// outside returns an expression that does not read elements of closures.
func (g *generator) outside(sort string, depth int) string {
	refs := g.refs
	g.refs = slices.DeleteFunc(slices.Clone(refs), func(r reference) bool { return strings.ContainsAny(r.text[:1], "#.") })
	made := g.expression(sort, depth)
	g.refs = refs
	return made
}

// closure returns the body of a closure over elements of a sort. It cannot read the elements of outer closures.
func (g *generator) closure(parts []string, depth int) string {
	return g.within(parts, func() string { return g.expression(parts[0], depth) })
}

// within makes something that reads the elements of a closure.
func (g *generator) within(parts []string, make func() string) string {
	refs := g.refs
	inner := slices.DeleteFunc(slices.Clone(refs), func(r reference) bool { return strings.ContainsAny(r.text[:1], "#.") })
	inner = append(inner, reference{"#", parts[1]}, reference{"#", parts[1]}, reference{"#index", "int"})
	if parts[1] == "user" {
		inner = append(inner, reference{".id", "str"}, reference{".n", "int"}, reference{".on", "bool"}, reference{".at", "str?"})
	}
	if len(parts) > 2 {
		inner = append(inner, reference{"#acc", parts[2]}, reference{"#acc", parts[2]})
	}
	g.refs = inner
	made := make()
	g.refs = refs
	return made
}

func TestGeneratedExpressionsUseTheWholeLanguage(t *testing.T) {
	t.Parallel()
	env := FromSchema(generatedSchema(t))
	accepted, all := 0, 5_000
	used := map[string]bool{}
	for i := range all {
		source := seeded(i).expression("any", 4)
		if _, err := Compile(source, env); err == nil {
			accepted++
			for name := range byName {
				if strings.Contains(source, name+"(") {
					used[name] = true
				}
			}
			for _, op := range operators {
				if strings.Contains(source, op.names[0]) {
					used[op.names[0]] = true
				}
			}
		}
	}
	if accepted < all/2 || accepted > all*95/100 {
		t.Errorf("%d of %d expressions compile, want most and not all", accepted, all)
	}
	for name := range byName {
		if !used[name] {
			t.Errorf("no expression that compiles calls %s: add a production that does to written in engine/expr/generate_test.go", name)
		}
	}
	for _, op := range operators {
		if name := op.names[0]; name != "? :" && !used[name] {
			t.Errorf("no expression that compiles has the operator %s: add a production with it to written in engine/expr/generate_test.go", name)
		}
	}
}
