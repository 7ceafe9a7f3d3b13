package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Function describes a function of the language. Documentation is made from it, and a test runs every example.
type Function struct {
	Theme     string // time, text, list, object, number, format or random
	Name      string
	Signature string // quote(text: string) string
	Summary   string // one sentence or two
	Example   string // an expression
	Result    string // its value, as JSON
}

// Functions are all functions of the language, by theme.
func Functions() []Function {
	all := make([]Function, len(functions))
	for i := range functions {
		f := &functions[i]
		all[i] = Function{f.theme, f.name, f.signature(), f.summary, f.example, f.result}
	}
	return all
}

// definition is a function: its name, its parameters, its result, its implementation and its documentation.
type definition struct {
	theme, name              string
	params                   []param
	returns                  Type
	infer                    func(c *checker, args []operand) Type // a better type than returns; may find mistakes
	call                     func(ev *evaluation, args []any) (any, error)
	walk                     func(w *walk) operand    // of a function with a closure, in place of params, infer and call
	hint                     func(kind string) string // for an argument of a kind that it does not accept; may be nil
	summary, example, result string
	written                  string // the signature, where params cannot say it
	light                    bool   // its cost does not depend on the size of its arguments
	shallow                  bool   // it does not look into the elements of its arguments
}

// param is a parameter. A value that it does not accept never reaches the function.
type param struct {
	name     string
	typ      Type
	optional bool
	repeated bool // any number of arguments, or none
}

func one(name string, typ Type) param      { return param{name: name, typ: typ} }
func optional(name string, typ Type) param { return param{name: name, typ: typ, optional: true} }
func repeated(name string, typ Type) param { return param{name: name, typ: typ, repeated: true} }

// functions is the whole language. The order is that of the documentation.
var functions = slices.Concat(timeFunctions, textFunctions, listFunctions, closures, objectFunctions, numberFunctions, formatFunctions, randomFunctions)

var byName = func() map[string]*definition {
	names := make(map[string]*definition, len(functions))
	for i := range functions {
		names[functions[i].name] = &functions[i]
	}
	return names
}()

// renamed are functions that expr-lang has and flowdeck has under another name, one name for one thing.
var renamed = map[string]string{
	"toJSON": "json(value)", "fromJSON": "unjson(string)", "toBase64": "base64(string)", "fromBase64": "unbase64(string)",
	"groupBy": `group_by(list, "path")`, "get": `path(value, "path")`, "hasPrefix": "startsWith, as in string startsWith part",
	"hasSuffix": "endsWith, as in string endsWith part", "timezone": `format_date(time, layout, "Europe/Berlin")`,
	"sort_by": "sortBy(list, closure)", "size": "len(value)", "length": "len(value)", "str": "string(value)",
	"to_json": "json(value)", "from_json": "unjson(string)", "number": "float(string)", "splitAfter": "split(string, separator)",
}

// arity is the least and the greatest number of arguments; -1 is no limit.
func (f *definition) arity() (least, most int) {
	for _, p := range f.params {
		switch {
		case p.repeated:
			return least, -1
		case !p.optional:
			least++
		}
		most++
	}
	return least, most
}

// param is the parameter of the nth argument.
func (f *definition) param(n int) param { return f.params[min(n, len(f.params)-1)] }

// accepts are the kinds that a parameter takes. A decimal without a fraction is an integer.
func (p param) accepts() kinds {
	set := p.typ.kinds()
	if set&kInt != 0 {
		set |= kFloat
	}
	return set
}

func (f *definition) signature() string {
	if f.written != "" {
		return f.written
	}
	var b strings.Builder
	b.WriteString(f.name + "(")
	for i, p := range f.params {
		if i > 0 {
			b.WriteString(", ")
		}
		switch {
		case p.repeated:
			fmt.Fprintf(&b, "%s…: %s", p.name, p.typ)
		case p.optional:
			fmt.Fprintf(&b, "%s?: %s", p.name, p.typ)
		default:
			fmt.Fprintf(&b, "%s: %s", p.name, p.typ)
		}
	}
	return b.String() + ") " + f.returns.String()
}

// run calls the function with arguments that it accepts, and refuses others. An Unknown is never given to a function,
// and one inside of an argument to a shallow function only.
func (f *definition) run(ev *evaluation, args []any) (any, error) {
	for i, arg := range args {
		p := f.param(i)
		kind := kindOf(arg)
		if kind == 0 {
			if u, ok := arg.(Unknown); ok {
				return u, nil
			}
			if p.typ.isAny() {
				continue
			}
		}
		if kind == kFloat && p.typ.kinds()&kNumber == kInt {
			n, ok := whole(arg)
			if !ok {
				return nil, f.refusal(i, "decimal").withHint("int(x) cuts off the fraction").at(i)
			}
			args[i], kind = n, kInt
		}
		if kind&p.accepts() == 0 {
			return nil, f.refusal(i, kindWord(arg)).at(i)
		}
	}
	if !f.light {
		if err := ev.read(args...); err != nil {
			return nil, err
		}
	}
	if !f.shallow {
		if u, some, err := ev.unknownIn(args...); some || err != nil {
			return u, err
		}
	}
	return f.call(ev, args)
}

// refusal is the fault of the nth argument, of a kind that its parameter does not accept.
func (f *definition) refusal(n int, kind string) *fault {
	p := f.param(n)
	subject := fmt.Sprintf("argument %d of %s", n+1, f.name)
	if len(f.params) == 1 && !p.repeated {
		subject = "the argument of " + f.name
	}
	fault := mustBe(subject, p.typ.String(), kind)
	switch {
	case kind == "nil" && p.typ.may(kList):
		fault.hint = "give a list for that case: x ?? []"
	case kind == "nil":
		fault.hint = "give a value for that case, as in x ?? y, or check x == nil first"
	case (kind == "time" || kind == "duration") && p.typ.may(kString):
		fault.hint = "string(x) is its text"
	case f.hint != nil:
		fault.hint = f.hint(kind)
	}
	return fault
}
